"""Recorded episodes, frame by frame, which are checked before a page may show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from omarl.errors import RequestError

LONGEST = 2000
"""The most frames that a page plays."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """One episode of one policy.

    `reward[t]` is the team's reward for reaching frame `t` (zero for the first frame), so that its running
    sum is the return so far. `kinds` says what each agent is (`agent`, `prey`, ...).
    """

    label: str
    total: float
    agents: Float[np.ndarray, "frame agent 2"]
    radius: Float[np.ndarray, "agent"]
    kinds: tuple[str, ...]
    landmarks: Float[np.ndarray, "landmark 2"]
    landmark_radius: Float[np.ndarray, "landmark"]
    reward: Float[np.ndarray, "frame"]

    def json(self) -> dict[str, Any]:
        """The form that the player in the page reads, with four decimals."""
        return {
            "label": self.label,
            "total": round(self.total, 4),
            "agents": self.agents.round(4).tolist(),
            "radius": self.radius.round(4).tolist(),
            "kinds": list(self.kinds),
            "landmarks": self.landmarks.round(4).tolist(),
            "landmarkRadius": self.landmark_radius.round(4).tolist(),
            "returns": np.cumsum(self.reward).round(4).tolist(),
        }


def parse_trajectories(found: Any, path: Path) -> tuple[Trajectory, ...]:
    """The episodes in the JSON value `found`, read from `path`; raises `RequestError` if one is malformed."""
    if not isinstance(found, list):
        raise RequestError(f"{path} must hold a list of episodes, got {type(found).__name__}")
    return tuple(_trajectory(each, f"{path}, episode {place}") for place, each in enumerate(found))


def _trajectory(found: Any, place: str) -> Trajectory:
    if not isinstance(found, Mapping):
        raise RequestError(f"{place} must be a JSON object, got {type(found).__name__}")
    agents = _points(_array(found, "agents", 3, place), "agents", place)
    frames, team = agents.shape[:2]
    if not 1 <= frames <= LONGEST or not team:
        raise RequestError(f"{place}: agents must hold 1 to {LONGEST} frames of a team, got {agents.shape}")
    landmarks = _points(_array(found, "landmarks", 2, place), "landmarks", place)
    reward = _reward(_array(found, "reward", 1, place), frames, place)
    return Trajectory(
        label=str(found.get("label", "unnamed")),
        total=float(_array(found, "return", 0, place)),
        agents=agents,
        radius=_per(_array(found, "radius", 1, place), team, "radius", place),
        kinds=_kinds(found.get("kinds"), team, place),
        landmarks=landmarks,
        landmark_radius=_per(
            _array(found, "landmark_radius", 1, place), len(landmarks), "landmark_radius", place
        ),
        reward=reward,
    )


def _array(found: Mapping[str, Any], name: str, rank: int, place: str) -> np.ndarray:
    """The finite numbers under `name` as an array of `rank` dimensions, which may be empty."""
    try:
        values = np.array(found[name], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RequestError(f"{place}: {name} must be numbers in lists of equal length") from None
    if values.size == 0 and rank:
        return np.zeros((0,) * (rank - 1) + (2,) * (rank > 1) if rank > 1 else (0,))
    if values.ndim != rank or not np.isfinite(values).all():
        raise RequestError(f"{place}: {name} must be finite numbers, {rank} lists deep, got {values.shape}")
    return values


def _points(values: np.ndarray, name: str, place: str) -> np.ndarray:
    """Positions in the plane; those on a line get the second coordinate zero."""
    if values.shape[-1] not in (1, 2):
        raise RequestError(f"{place}: {name} must have one or two coordinates, got {values.shape[-1]}")
    return np.concatenate([values, np.zeros_like(values)], axis=-1)[..., :2]


def _per(values: np.ndarray, count: int, name: str, place: str) -> np.ndarray:
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
