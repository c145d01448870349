"""Import of OMIGA's HDF5 files for MuJoCo: `o`, `a`, `r` and `d`, and the state `s`, which is not read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Metadata
from omarl.data.imports import hdf5
from omarl.data.imports.log_steps import (
    Ends,
    LogSteps,
    as_episodes,
    box_note,
    settle,
    some_ends,
    steps_at_once,
)
from omarl.data.imports.rows import Import, Terminals, default_id, spans
from omarl.errors import RequestError
from omarl.types import TeamSpec

OMIGA_ARRAYS = ("o", "a", "r", "d")


def from_omiga(path: str | Path, id: str | None = None, terminals: Terminals = "auto") -> Import:
    """The dataset in an OMIGA file; actions are cut to [-1, 1].

    `d` marks the row that only holds the observation after an episode's last action: the action and the
    reward of that row are not used. The file does not tell true ends from time limits.
    """
    source = Path(path)
    with hdf5.open_file(source) as file:
        team = _omiga_team(file)
        done = np.asarray(hdf5.columns(hdf5.array(file, "d")).all(1))
        notes = hdf5.left_out(file, OMIGA_ARRAYS) + box_note(
            np.asarray(file["a"][rows]) for rows in _all_rows(file)
        )
    ends, more = settle(_omiga_ends(done), terminals)
    made_by = {"function": "import", "format": "omiga", "source": source.name}
    metadata = Metadata(id=id or default_id(source), team=team, made_by=made_by, licence="unknown")
    return Import(metadata, as_episodes(_parts(source, ends)), [*notes, *more])


def _omiga_team(file) -> TeamSpec:
    """The team that the arrays' shapes tell; raises `RequestError` if they do not fit each other."""
    obs, action, reward, done = (hdf5.array(file, name) for name in OMIGA_ARRAYS)
    if (
        obs.ndim != 3
        or action.ndim != 3
        or obs.shape[:2] != action.shape[:2]
        or 0 in obs.shape + action.shape
    ):
        raise RequestError(f"o is {obs.shape} and a {action.shape}, expected (rows, agents, size) for both")
    rows, agents = obs.shape[:2]
    for name, found in (("r", reward), ("d", done)):
        if len(found) != rows or found.size not in (rows, rows * agents):
            raise RequestError(
                f"{name} has shape {found.shape}, expected {rows} rows with one number or {agents}"
            )
    return TeamSpec(observation_sizes=(obs.shape[2],) * agents, action_sizes=(action.shape[2],) * agents)


def _omiga_ends(done: Bool[np.ndarray, "rows"]) -> Ends:
    """The ends of the file's episodes; the last row closes an episode in any case."""
    last = done.copy()
    last[-1] = True
    return Ends(last, ~last & np.append(done[1:], False), ~last)


def _all_rows(file) -> Iterator[slice]:
    """Slices of the file's actions."""
    rows, at_once = len(file["a"]), steps_at_once(file["a"].nbytes // len(file["a"]))
    return (slice(low, min(low + at_once, rows)) for low in range(0, rows, at_once))


def _parts(path: Path, ends: Ends) -> Iterator[LogSteps]:
    """Whole episodes, read one after the other."""
    with hdf5.open_file(path) as file:
        arrays = [hdf5.array(file, name) for name in OMIGA_ARRAYS[:3]]
        at_once = steps_at_once(sum(array.nbytes for array in arrays) // len(arrays[0]))
        for rows in spans(ends.last, at_once):
            obs, action, reward = (np.asarray(array[rows], np.float32) for array in arrays)
            shared = np.broadcast_to(reward.reshape(len(reward), -1), obs.shape[:2])
            yield LogSteps(obs, np.clip(action, -1, 1), shared, None, some_ends(ends, rows))
