"""Import of Minari datasets of one agent: `main_data.hdf5` with a group per episode, and `metadata.json`."""

import math
import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from omarl.data.dataset import Metadata
from omarl.data.episodes import Episodes
from omarl.data.imports import hdf5
from omarl.data.imports.rows import (
    Import,
    Rows,
    Terminals,
    default_id,
    one_hot,
    rescale,
    settle_ends,
    to_episodes,
)
from omarl.errors import RequestError
from omarl.files import strict_json
from omarl.types import TeamSpec

MAIN = "main_data.hdf5"


class BoxSpace(NamedTuple):
    """Bounds of a continuous action, flattened."""

    low: np.ndarray
    high: np.ndarray


class DiscreteSpace(NamedTuple):
    """An action space of `choices` whole numbers, beginning with `start`."""

    choices: int
    start: int


def from_minari(path: str | Path, id: str | None = None, terminals: Terminals = "auto") -> Import:
    """The dataset in a Minari directory, or in its `data` directory or main file.

    Box actions are rescaled to [-1, 1] by the bounds of the action space, and Discrete actions become one-hot
    vectors. Parts of a Dict observation are joined in the order of their names.
    """
    source = _main_file(Path(path))
    space = _action_space(source.parent / "metadata.json")
    with hdf5.open_file(source) as file:
        names = sorted((name for name in file if re.fullmatch(r"episode_\d{1,12}", name)), key=_number)
        if not names:
            raise RequestError(f"{source} holds no episode_0: expected a Minari dataset")
        team = _team(hdf5.member(file, names[0]), space)
        flags = [_flags(hdf5.member(file, name)) for name in names]
    end = np.concatenate([np.arange(len(done)) == len(done) - 1 for done in flags])
    terminal, notes = settle_ends(np.concatenate(flags), end, terminals)
    made_by = {"function": "import", "format": "minari", "source": source.parent.parent.name}
    metadata = Metadata(
        id=id or default_id(source.parent.parent), team=team, made_by=made_by, licence="unknown"
    )
    return Import(metadata, _episodes(source, names, space, terminal, end), notes)


def _main_file(path: Path) -> Path:
    """The HDF5 file of a Minari dataset."""
    choices = (path / "data" / MAIN, path / MAIN, path)
    found = next((choice for choice in choices if choice.is_file()), None)
    if found is None:
        raise RequestError(f"{path} holds no {MAIN}: expected a Minari dataset stored as HDF5")
    return found


def _action_space(path: Path) -> BoxSpace | DiscreteSpace:
    """The action space in the metadata."""
    about = strict_json.read(path)
    text = about.get("action_space") if isinstance(about, dict) else None
    space: Any = strict_json.parse(text.encode(), "action_space") if isinstance(text, str) else text
    try:
        if space["type"] == "Discrete":
            return DiscreteSpace(operator.index(space["n"]), operator.index(space.get("start", 0)))
        if space["type"] == "Box":
            return BoxSpace(*(np.asarray(space[side], np.float64).reshape(-1) for side in ("low", "high")))
    except (TypeError, KeyError, ValueError):
        pass
    raise RequestError(f"{path}: action space {str(space)[:80]}, expected a Box or Discrete one")


def _number(name: str) -> int:
    """The episode's number in its group's name."""
    return int(name.removeprefix("episode_"))


def _team(group: Any, space: BoxSpace | DiscreteSpace) -> TeamSpec:
    """A team of one agent."""
    size = sum(math.prod(found.shape[1:]) for found in _observations(group))
    if isinstance(space, DiscreteSpace):
        return TeamSpec(observation_sizes=(size,), action_sizes=(space.choices,), action_kind="discrete")
    return TeamSpec(observation_sizes=(size,), action_sizes=(len(space.low),))


def _observations(group: Any) -> list[Any]:
    """The arrays that make up an observation."""
    found = hdf5.member(group, "observations")
    if hasattr(found, "keys"):
        return [hdf5.array(found, name) for name in sorted(found)]
    return [hdf5.array(group, "observations")]


def _flags(group: Any) -> np.ndarray:
    """Which rows of an episode are marked terminal."""
    flags = hdf5.columns(hdf5.array(group, "terminations"))[:, 0] != 0
    if not len(flags):
        raise RequestError(f"{group.name} is empty: expected at least one step")
    return flags


def _episodes(
    path: Path, names: list[str], space: BoxSpace | DiscreteSpace, terminal: np.ndarray, end: np.ndarray
) -> Iterator[Episodes]:
    """The episodes one by one; the file is open while they are read."""
    starts = np.concatenate([[0], np.flatnonzero(end)[:-1] + 1])
    stops = np.flatnonzero(end) + 1
    with hdf5.open_file(path) as file:
        for name, low, high in zip(names, starts.tolist(), stops.tolist(), strict=True):
            yield _episode(hdf5.member(file, name), space, terminal[low:high], end[low:high])


def _episode(group: Any, space: BoxSpace | DiscreteSpace, terminal: np.ndarray, end: np.ndarray) -> Episodes:
    """One episode; raises `RequestError` unless it has one observation more than steps."""
    obs = np.concatenate([hdf5.columns(found) for found in _observations(group)], 1).astype(np.float32)
    action = _action(hdf5.columns(hdf5.array(group, "actions")), space)
    reward = hdf5.columns(hdf5.array(group, "rewards")).astype(np.float32)
    if not len(obs) - 1 == len(action) == len(reward) == len(end):
        raise RequestError(
            f"{group.name} has {len(obs)} observations for {len(action)} actions, expected one more"
        )
    return to_episodes(Rows(obs[:-1, None], action[:, None], reward, obs[1:, None], terminal, end))


def _action(action: np.ndarray, space: BoxSpace | DiscreteSpace) -> np.ndarray:
    """Actions in the team's action set."""
    if isinstance(space, DiscreteSpace):
        return one_hot(action[:, 0] - space.start, space.choices)
    return rescale(action, space.low, space.high).astype(np.float32)
