"""Import of D4RL's HDF5 files: one agent's `observations`, `actions`, `rewards`, `terminals`, `timeouts`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Metadata
from omarl.data.episodes import CHUNK_ROWS, Episodes
from omarl.data.imports import hdf5
from omarl.data.imports.acting import settle_actions
from omarl.data.imports.mapping import Columns, read_action_mapping
from omarl.data.imports.precision import refuse_merging, windows
from omarl.data.imports.reading import ActionReading, converted
from omarl.data.imports.rows import (
    Import,
    Rows,
    Terminals,
    default_id,
    differ,
    drop_unknown,
    lengths_note,
    settle_ends,
    spans,
    to_episodes,
)
from omarl.data.imports.survey import survey
from omarl.data.units import made_units
from omarl.errors import RequestError
from omarl.types import ActionKind, TeamSpec

D4RL_FIELDS = ("observations", "actions", "rewards", "terminals", "timeouts", "next_observations")


def from_d4rl(
    path: str | Path,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | None = None,
) -> Import:
    """The dataset of one agent in a D4RL file; `mapping` is a TOML file with the meaning of the actions.

    Without it actions are in [-1, 1], one-hot, or the numbers of choices. If `next_observations` is missing,
    the last row of an episode cut by a time limit is left out. Ends that `timeouts` tells apart are believed.
    """
    source, columns = Path(path), read_action_mapping(mapping)
    with hdf5.open_file(source) as file:
        dones, end, notes = _ends(file)
        _refuse_imprecise(file)
        kind, reading, said = _actions(file, columns)
        size = _width(hdf5.array(file, "observations"))
        notes += hdf5.left_out(file, D4RL_FIELDS)
        complete, told = "next_observations" in file, "timeouts" in file
    team = TeamSpec(observation_sizes=(size,), action_sizes=(reading.size,), action_kind=kind)
    terminal, more = settle_ends(dones, end, "keep" if told and terminals == "auto" else terminals)
    cut = int(np.count_nonzero(end & ~terminal))
    if not complete and cut:
        more.append(f"no next_observations: the last row of {cut} episodes cut by a time limit is left out")
    made_by = {"function": "import", "format": "d4rl", "source": source.name}
    about: dict[str, Any] = {
        "made_by": made_by,
        "licence": "unknown",
        "units": made_units([reading.units], []),
    }
    metadata = Metadata(id=id or columns.id or default_id(source), team=team, **about)
    episodes = _episodes(source, reading, terminal, end, complete)
    return Import(metadata, episodes, [*notes, *said, lengths_note(end), *more])


def _actions(file, columns: Columns) -> tuple[ActionKind, ActionReading, list[str]]:
    """The kind of action, how actions are read, and notes for the user."""
    found = hdf5.array(file, "actions")
    names = tuple(f"column {k} of actions" for k in range(_width(found)))
    parts = (hdf5.columns(found, slice(low, low + CHUNK_ROWS)) for low in range(0, len(found), CHUNK_ROWS))
    looked = survey("0", names, parts, typed=found.dtype.kind != "f")
    kind, (reading,), notes = settle_actions([looked], columns, names)
    return kind, reading, notes


def _refuse_imprecise(file) -> None:
    """Raise `RequestError` if single precision would lose what observations or rewards tell."""
    for name in ("observations", "rewards"):
        found = hdf5.array(file, name)
        for rows in windows(len(found)):
            refuse_merging(hdf5.columns(found, rows), name)


def _width(found) -> int:
    """Number of columns of an array with two axes."""
    if found.ndim > 2:
        raise RequestError(f"{found.name} has shape {found.shape}, expected (rows, columns)")
    return 1 if found.ndim == 1 else found.shape[1]


def _ends(file) -> tuple[Bool[np.ndarray, "rows"], Bool[np.ndarray, "rows"], list[str]]:
    """Rows marked terminal, rows that end an episode, and notes for the user."""
    rows = len(hdf5.array(file, "observations"))
    present = [name for name in D4RL_FIELDS if name in file or name in D4RL_FIELDS[:4]]
    for name in present:
        found = hdf5.array(file, name)
        if len(found) != rows or rows == 0:
            raise RequestError(f"{name} has {len(found)} rows, expected {rows or 'some'} as observations")
        if name in ("rewards", "terminals", "timeouts") and _width(found) != 1:
            raise RequestError(f"{name} has shape {found.shape}, expected one column")
    dones = hdf5.columns(hdf5.array(file, "terminals"))[:, 0] != 0
    end = dones.copy()
    notes = []
    if "timeouts" in file:
        end |= hdf5.columns(hdf5.array(file, "timeouts"))[:, 0] != 0
    else:
        notes.append("no timeouts: only terminals and breaks between observations close an episode")
    end[-1] = True
    if "next_observations" in file:
        breaks = _breaks(file) & ~end
        if "timeouts" in file and 2 * np.count_nonzero(breaks) > np.count_nonzero(~end):
            notes.append(
                f"timeouts and next_observations contradict each other: {np.count_nonzero(breaks)} of "
                f"{np.count_nonzero(~end)} rows that should go on are not followed by their next observation"
            )
        end |= breaks
    return dones, end, notes


def _breaks(file) -> Bool[np.ndarray, "rows"]:
    """Rows whose next observation is not the observation of the next row."""
    obs, after = hdf5.array(file, "observations"), hdf5.array(file, "next_observations")
    if obs.shape != after.shape:
        raise RequestError(f"next_observations has shape {after.shape}, expected {obs.shape}")
    breaks = np.ones(len(obs), bool)
    for low in range(0, len(obs) - 1, CHUNK_ROWS):
        high = min(low + CHUNK_ROWS, len(obs) - 1)
        following = hdf5.columns(obs, slice(low + 1, high + 1))
        breaks[low:high] = differ(hdf5.columns(after, slice(low, high)), following)
    return breaks


def _episodes(
    path: Path, reading: ActionReading, terminal: np.ndarray, end: np.ndarray, complete: bool
) -> Iterator[Episodes]:
    """The episodes in chunks; the file is open while they are read."""
    with hdf5.open_file(path) as file:
        for rows in spans(end):
            part = _rows(file, reading, rows, terminal[rows], end[rows], complete)
            if len(part.end):
                yield to_episodes(part)


def _rows(
    file, reading: ActionReading, rows: slice, terminal: np.ndarray, end: np.ndarray, complete: bool
) -> Rows:
    """Some rows of the file as those of a team of one agent."""
    obs, logged, reward = (
        hdf5.columns(hdf5.array(file, name), rows) for name in ("observations", "actions", "rewards")
    )
    obs, reward = obs.astype(np.float32), reward.astype(np.float32)
    action = converted(reading, logged.astype(np.float64), np.arange(rows.start, rows.stop)).astype(
        np.float32
    )
    if complete:
        after = hdf5.columns(hdf5.array(file, "next_observations"), rows).astype(np.float32)
        return Rows(obs[:, None], action[:, None], reward, after[:, None], terminal, end)
    following = np.roll(obs, -1, 0)
    whole = Rows(obs[:, None], action[:, None], reward, following[:, None], terminal, end)
    return drop_unknown(whole, known=np.zeros(len(end), bool))
