"""Episodes as a run directory holds them in `episode.json`; they are checked before anything draws them.

Files of earlier versions have discs and landmarks alone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from omarl.errors import RequestError
from omarl.report.draw.trajectory import Trajectory
from omarl.report.draw.typed_file import typed

LONGEST = 2000
"""The most frames that a page plays."""
GREATEST = 1e9
"""Where numbers end that a picture can show."""
USUAL_TRAIL = 12
"""How many steps a disc's path reaches back in a file that does not say so."""
LATER_LISTS = {"bodies", "body_radius", "walls"}
"""Lists that files of earlier versions do not have."""
MAY_BE_NULL = {"ground", "trail", "width", "margin"}
"""Numbers that may be null."""


def parse_trajectories(found: Any, path: Path) -> tuple[Trajectory, ...]:
    """The episodes in the JSON value `found`, read from `path`; raises `RequestError` if one is malformed."""
    if not isinstance(found, list):
        raise RequestError(f"{path} must hold a list of episodes, got {type(found).__name__}")
    return tuple(_trajectory(each, f"{path}, episode {place}") for place, each in enumerate(found))


def _trajectory(found: Any, place: str) -> Trajectory:
    if not isinstance(found, Mapping):
        raise RequestError(f"{place} must be a JSON object, got {type(found).__name__}")
    agents, bodies = _points(_array(found, "agents", 3, place), "agents", place), _bodies(found, place)
    frames, team, capsules = max(len(agents), len(bodies)), agents.shape[1], bodies.shape[1]
    if not 1 <= frames <= LONGEST or not team + capsules:
        raise RequestError(f"{place}: agents must hold 1 to {LONGEST} frames of a team, got {agents.shape}")
    for name, things in {"agents": agents, "bodies": bodies}.items():
        if things.shape[1] and len(things) != frames:
            raise RequestError(f"{place}: {name} must hold {frames} frames, got {len(things)}")
    landmarks = _landmarks(found, frames, place)
    every = _number(found, "every", 1, place, whole=True, least=1.0)
    trail = _number(found, "trail", USUAL_TRAIL, place, whole=True)
    return Trajectory(
        label=str(found.get("label", "unnamed")),
        total=float(_array(found, "return", 0, place)),
        agents=agents if team else np.zeros((frames, 0, 2)),
        radius=_sizes(found, "radius", team, place),
        kinds=_kinds(found.get("kinds"), team, place),
        landmarks=landmarks,
        landmark_radius=_sizes(found, "landmark_radius", landmarks.shape[1], place),
        bodies=bodies if capsules else np.zeros((frames, 0, 4)),
        body_radius=_sizes(found, "body_radius", capsules, place),
        body_agent=_owners(found.get("body_agent", []), capsules, place),
        walls=_quadruples(_array(found, "walls", 2, place), "walls", place),
        ground=_number(found, "ground", None, place, least=-GREATEST),
        trail=None if trail is None else -(-trail // every),
        width=_number(found, "width", None, place, least=0.1),
        reward=_reward(_array(found, "reward", 1, place), frames, place),
        every=every,
        steps=_steps(found, frames, every, place),
        margin=_number(found, "margin", None, place),
        **typed(found, frames, team, place),
    )


def _array(found: Mapping[str, Any], name: str, rank: int, place: str) -> np.ndarray:
    """The finite numbers under `name` as an array of `rank` dimensions, which may be empty."""
    try:
        values = np.array(found.get(name, []) if name in LATER_LISTS else found[name], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RequestError(f"{place}: {name} must be numbers in lists of equal length") from None
    if values.size == 0 and rank:
        return np.zeros((0,) * (rank - 1) + (2,) * (rank > 1) if rank > 1 else (0,))
    if values.ndim != rank or not (np.abs(values) < GREATEST).all():
        raise RequestError(f"{place}: {name} must be finite numbers, {rank} lists deep, got {values.shape}")
    return values


def _points(values: np.ndarray, name: str, place: str) -> np.ndarray:
    """Positions in the plane; those on a line get the second coordinate zero."""
    if values.shape[-1] not in (1, 2):
        raise RequestError(f"{place}: {name} must have one or two coordinates, got {values.shape[-1]}")
    return np.concatenate([values, np.zeros_like(values)], axis=-1)[..., :2]


def _landmarks(found: Mapping[str, Any], frames: int, place: str) -> np.ndarray:
    """Landmarks that stand still, with one position for the whole episode, or move with every frame."""
    shown = found.get("landmarks")
    nested = isinstance(shown, list) and shown and isinstance(shown[0], list) and shown[0]
    moving = bool(nested) and isinstance(nested[0], list)
    values = _points(_array(found, "landmarks", 3 if moving else 2, place), "landmarks", place)
    if moving and len(values) != frames:
        raise RequestError(f"{place}: landmarks must hold {frames} frames, got {len(values)}")
    return values if moving else values[None]


def _bodies(found: Mapping[str, Any], place: str) -> np.ndarray:
    """Both ends of each body's axis, frame by frame."""
    return _quadruples(_array(found, "bodies", 3, place), "bodies", place)


def _quadruples(values: np.ndarray, name: str, place: str) -> np.ndarray:
    if values.size and values.shape[-1] != 4:
        raise RequestError(f"{place}: {name} must have four coordinates, got {values.shape[-1]}")
    return values if values.size else np.zeros((*values.shape[:-1], 4))


def _sizes(found: Mapping[str, Any], name: str, count: int, place: str) -> np.ndarray:
    values = _array(found, name, 1, place)
    if len(values) != count or (values < 0).any():
        raise RequestError(f"{place}: {name} must hold {count} sizes of at least 0, got {values.tolist()}")
    return values


def _reward(values: np.ndarray, frames: int, place: str) -> np.ndarray:
    """A reward per frame; if there is one less, the first frame gets zero."""
    if len(values) not in (frames, frames - 1):
        raise RequestError(f"{place}: reward must hold {frames} or {frames - 1} numbers, got {len(values)}")
    return np.concatenate([np.zeros(frames - len(values)), values])


def _kinds(found: Any, team: int, place: str) -> tuple[str, ...]:
    if found is None:
        return ("agent",) * team
    if not isinstance(found, list) or len(found) != team:
        raise RequestError(f"{place}: kinds must name each of the {team} agents, got {str(found)[:60]}")
    return tuple(map(str, found))


def _owners(found: Any, count: int, place: str) -> tuple[int | None, ...]:
    """The agent of each body."""
    sound = isinstance(found, list) and len(found) == count
    if not sound or not all(each is None or (type(each) is int and each >= 0) for each in found):
        raise RequestError(
            f"{place}: body_agent must hold an agent's number or null for each of {count} bodies"
        )
    return tuple(found)


def _number(
    found: Mapping[str, Any], name: str, default: Any, place: str, whole: bool = False, least: float = 0.0
) -> Any:
    """The number under `name`, or None where the file says so; `default` where it says nothing."""
    value = found.get(name, default)
    if value is None and name in MAY_BE_NULL:
        return None
    kinds = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value < GREATEST:
        what = "a whole number" if whole else "a number"
        raise RequestError(f"{place}: {name} must be {what} of at least {least:g}, got {str(value)[:40]!r}")
    return value if whole else float(value)


def _steps(found: Mapping[str, Any], frames: int, every: int, place: str) -> int:
    """How many steps the episode had; without a word in the file, as many as frames follow each other."""
    steps = _number(found, "steps", (frames - 1) * every, place, whole=True)
    if -(-steps // every) != frames - 1:
        raise RequestError(
            f"{place}: {steps} steps, every {every} of them a frame, do not make {frames} frames"
        )
    return steps
