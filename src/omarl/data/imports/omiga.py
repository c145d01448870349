"""Import of OMIGA's HDF5 files for MuJoCo: `o`, `a`, `r` and `d`, and the state `s`, which is not read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Metadata
from omarl.data.imports import hdf5
from omarl.data.imports.acting import settle_actions
from omarl.data.imports.log_steps import (
    Ends,
    LogSteps,
    as_episodes,
    settle,
    some_ends,
    steps_at_once,
)
from omarl.data.imports.mapping import Columns, read_action_mapping
from omarl.data.imports.reading import CUT_SHARE, ActionReading, cut_note, team_vectors
from omarl.data.imports.rows import Import, Terminals, default_id, spans
from omarl.data.imports.survey import team_survey
from omarl.data.units import made_units
from omarl.errors import RequestError
from omarl.types import ActionKind, TeamSpec

OMIGA_ARRAYS = ("o", "a", "r", "d")


def from_omiga(
    path: str | Path,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | None = None,
) -> Import:
    """The dataset in an OMIGA file; `mapping` is a TOML file with the meaning of the actions.

    Actions slightly beyond their bounds, which are -1 and 1 without a mapping, are cut to them. `d` marks the
    row that only holds the observation after an episode's last action: the action and the reward of that row
    are not used. The file does not tell true ends from time limits.
    """
    source, said = Path(path), read_action_mapping(mapping)
    with hdf5.open_file(source) as file:
        sizes = _observation_sizes(file)
        ends, notes = settle(_omiga_ends(file), terminals)
        kind, readings, assumed = _actions(file, ends.acted, said)
        unread = hdf5.left_out(file, OMIGA_ARRAYS)
    metadata = Metadata(
        id=id or said.id or default_id(source),
        team=TeamSpec(
            observation_sizes=sizes,
            action_sizes=tuple(reading.size for reading in readings),
            action_kind=kind,
        ),
        made_by={"function": "import", "format": "omiga", "source": source.name},
        licence="unknown",
        units=made_units([reading.units for reading in readings], []),
    )
    return Import(metadata, as_episodes(_parts(source, readings, ends)), [*unread, *assumed, *notes])


def _observation_sizes(file) -> tuple[int, ...]:
    """Each agent's size of an observation; raises `RequestError` if the arrays do not fit each other."""
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
    return (obs.shape[2],) * agents


def _omiga_ends(file) -> Ends:
    """The ends of the file's episodes; the last row closes an episode in any case."""
    done = np.asarray(hdf5.columns(hdf5.array(file, "d")).all(1))
    last = done.copy()
    last[-1] = True
    return Ends(last, ~last & np.append(done[1:], False), ~last)


def _actions(
    file, acted: Bool[np.ndarray, "rows"], said: Columns
) -> tuple[ActionKind, list[ActionReading], list[str]]:
    """The kind of action, how each agent's actions are read, and notes for the user."""
    found = hdf5.array(file, "a")
    names = tuple(f"column {k} of a" for k in range(found.shape[2]))
    surveys = team_survey(names, _acted_parts(found, acted), typed=found.dtype.kind != "f")
    kind, readings, notes = settle_actions(surveys, said, names, cut=CUT_SHARE)
    return kind, readings, [*notes, *cut_note(readings, _acted_parts(found, acted))]


def _acted_parts(found, acted: Bool[np.ndarray, "rows"]) -> Iterator[np.ndarray]:
    """The actions that count, in parts."""
    at_once = steps_at_once(found.nbytes // len(found))
    for low in range(0, len(found), at_once):
        yield np.asarray(found[low : low + at_once])[acted[low : low + at_once]]


def _parts(path: Path, readings: list[ActionReading], ends: Ends) -> Iterator[LogSteps]:
    """Whole episodes, read one after the other."""
    with hdf5.open_file(path) as file:
        arrays = [hdf5.array(file, name) for name in OMIGA_ARRAYS[:3]]
        at_once = steps_at_once(sum(array.nbytes for array in arrays) // len(arrays[0]))
        for rows in spans(ends.last, at_once):
            obs, logged, reward = (np.asarray(array[rows]) for array in arrays)
            shared = np.broadcast_to(reward.reshape(len(reward), -1), obs.shape[:2])
            here = some_ends(ends, rows)
            at = np.flatnonzero(here.acted)
            vectors = team_vectors(readings, logged[at], rows.start + at)
            action = np.zeros((len(obs), *vectors.shape[1:]), np.float32)
            action[at] = vectors
            yield LogSteps(obs.astype(np.float32), action, shared, None, here)
