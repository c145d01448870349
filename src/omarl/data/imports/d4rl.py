"""Import of D4RL's HDF5 files: one agent's `observations`, `actions`, `rewards`, `terminals`, `timeouts`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Metadata
from omarl.data.episodes import CHUNK_ROWS, Episodes
from omarl.data.imports import hdf5
from omarl.data.imports.rows import (
    Import,
    Rows,
    Terminals,
    default_id,
    drop_unknown,
    lengths_note,
    settle_ends,
    spans,
    to_episodes,
)
from omarl.errors import RequestError
from omarl.types import TeamSpec

D4RL_FIELDS = ("observations", "actions", "rewards", "terminals", "timeouts", "next_observations")


def from_d4rl(path: str | Path, id: str | None = None, terminals: Terminals = "auto") -> Import:
    """The dataset of one agent in a D4RL file; actions are in [-1, 1].

    If `next_observations` is missing, the last row of an episode cut by a time limit is left out.
    """
    source = Path(path)
    with hdf5.open_file(source) as file:
        observations, actions = (hdf5.array(file, name) for name in ("observations", "actions"))
        team = TeamSpec(observation_sizes=(_width(observations),), action_sizes=(_width(actions),))
        dones, end, notes = _ends(file)
        complete = "next_observations" in file
        notes += hdf5.left_out(file, D4RL_FIELDS)
    terminal, more = settle_ends(dones, end, terminals)
    cut = int(np.count_nonzero(end & ~terminal))
    if not complete and cut:
        more.append(f"no next_observations: the last row of {cut} episodes cut by a time limit is left out")
    made_by = {"function": "import", "format": "d4rl", "source": source.name}
    metadata = Metadata(id=id or default_id(source), team=team, made_by=made_by, licence="unknown")
    return Import(metadata, _episodes(source, terminal, end, complete), [*notes, lengths_note(end), *more])


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
    if "next_observations" in file:
        end |= _breaks(file)
    end[-1] = True
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
        breaks[low:high] = (hdf5.columns(after, slice(low, high)) != following).any(1)
    return breaks


def _episodes(path: Path, terminal: np.ndarray, end: np.ndarray, complete: bool) -> Iterator[Episodes]:
    """The episodes in chunks; the file is open while they are read."""
    with hdf5.open_file(path) as file:
        for rows in spans(end):
            part = _rows(file, rows, terminal[rows], end[rows], complete)
            if len(part.end):
                yield to_episodes(part)


def _rows(file, rows: slice, terminal: np.ndarray, end: np.ndarray, complete: bool) -> Rows:
    """Some rows of the file as those of a team of one agent."""
    obs, action, reward = (
        hdf5.columns(hdf5.array(file, name), rows).astype(np.float32)
        for name in ("observations", "actions", "rewards")
    )
    if complete:
        after = hdf5.columns(hdf5.array(file, "next_observations"), rows).astype(np.float32)
        return Rows(obs[:, None], action[:, None], reward, after[:, None], terminal, end)
    following = np.roll(obs, -1, 0)
    whole = Rows(obs[:, None], action[:, None], reward, following[:, None], terminal, end)
    return drop_unknown(whole, known=np.zeros(len(end), bool))
