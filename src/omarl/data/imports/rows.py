"""What all importers share: rows with their next observation, and their conversion to episodes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from omarl.data.dataset import Dataset, Metadata
from omarl.data.episodes import CHUNK_ROWS, Episodes, join
from omarl.data.writer import Writer
from omarl.errors import RequestError

Terminals = Literal["auto", "keep", "drop"]


class Import(NamedTuple):
    """A foreign dataset ready to be written; `episodes` can be read once, `notes` are for the user."""

    metadata: Metadata
    episodes: Iterator[Episodes]
    notes: list[str]

    def dataset(self) -> Dataset:
        """The whole dataset in memory."""
        return join(self.metadata, self.episodes)

    def write(self, path: str | Path) -> Path:
        """The new dataset at `path`, written without having all of it in memory."""
        with Writer(path, self.metadata) as writer:
            for part in self.episodes:
                writer.append(part)
        return Path(path)


class Rows(NamedTuple):
    """Joint transitions in time order, each with its next observation; `end` marks an episode's last row."""

    obs: Float[np.ndarray, "rows agent obs"]
    action: Float[np.ndarray, "rows agent act"]
    reward: Float[np.ndarray, "rows agent"]
    next_obs: Float[np.ndarray, "rows agent obs"]
    terminal: Bool[np.ndarray, "rows"]
    end: Bool[np.ndarray, "rows"]


def to_episodes(rows: Rows) -> Episodes:
    """The same transitions without storing an observation twice."""
    index = np.arange(len(rows.end)) + np.cumsum(rows.end) - rows.end
    obs = np.empty((len(rows.end) + int(rows.end.sum()), *rows.obs.shape[1:]), np.float32)
    obs[index] = rows.obs
    obs[index[rows.end] + 1] = rows.next_obs[rows.end]
    action, reward = np.asarray(rows.action, np.float32), np.asarray(rows.reward, np.float32)
    return Episodes(obs, action, reward, rows.terminal & rows.end, rows.end & ~rows.terminal)


def drop_unknown(rows: Rows, known: Bool[np.ndarray, "rows"]) -> Rows:
    """The usable rows if the last observation is only known for some episodes.

    `known` marks ends whose next observation was recorded. After a true end it is not needed, and the
    observation before is used instead. At a time limit it is needed: without it the row is removed, and its
    observation becomes the next observation of the row before. `next_obs` of all other rows must be set.
    """
    lost = rows.end & ~known
    gone = lost & ~rows.terminal
    stand_in = (lost & rows.terminal)[:, None, None]
    closes = np.append(gone[1:], False)
    filled = rows._replace(next_obs=np.where(stand_in, rows.obs, rows.next_obs), end=rows.end | closes)
    return Rows(*(field[~gone] for field in filled))


def settle_ends(
    terminal: Bool[np.ndarray, "rows"], end: Bool[np.ndarray, "rows"], terminals: Terminals
) -> tuple[Bool[np.ndarray, "rows"], list[str]]:
    """Which rows are true ends, and notes for the user about that.

    `keep` believes the source, and `drop` takes every end for a time limit. `auto` is `drop` if all episodes
    have the same length and end with a terminal, otherwise `keep`.
    """
    lengths, episodes = np.diff(np.flatnonzero(end), prepend=-1), int(end.sum())
    if not (terminal & end).any():
        return terminal & end, [f"no row is marked terminal: all {episodes} ends are stored as time limits"]
    same = episodes > 1 and lengths.min() == lengths.max() > 1 and bool(terminal[end].all())
    if terminals == "drop":
        return np.zeros_like(terminal), [f"terminals dropped: all {episodes} ends are stored as time limits"]
    if terminals == "auto" and same:
        return np.zeros_like(terminal), [
            f"all {episodes} episodes are {lengths[0]} rows long and marked terminal: a time limit stored as "
            "a true end, taken for a time limit (keep them with --terminals keep)"
        ]
    return terminal & end, []


def lone_ends(
    terminal: Bool[np.ndarray, "rows"],
    truncated: Bool[np.ndarray, "rows"],
    end: Bool[np.ndarray, "rows"],
    known: Bool[np.ndarray, "rows"],
    terminals: Terminals,
) -> tuple[Bool[np.ndarray, "rows"], list[str]]:
    """Which rows are marked terminal if every episode may be a single row, and a note about that.

    Where nothing says how such episodes end and no next observation is known, they truly end, as those of a
    contextual bandit do; otherwise no row could be used.
    """
    told = terminal.any() or truncated.any() or known.any() or terminals == "drop"
    if told or not end.all():
        return terminal, []
    return end, ["nothing says how episodes of one row end: all are taken for true ends, without a next step"]


def differ(
    left: Float[np.ndarray, "rows columns"], right: Float[np.ndarray, "rows columns"]
) -> Bool[np.ndarray, "rows"]:
    """Which rows differ in the coarser of both precisions, which is never finer than single precision."""
    floats = [side.dtype for side in (left, right) if side.dtype.kind == "f"]
    coarse = min([np.dtype(np.float32), *floats], key=lambda dtype: dtype.itemsize)
    with np.errstate(over="ignore"):
        return (left.astype(coarse) != right.astype(coarse)).any(1)


def spans(end: Bool[np.ndarray, "rows"], rows: int = CHUNK_ROWS) -> Iterator[slice]:
    """Slices of whole episodes with about `rows` rows each; the last row must be an end."""
    stops, low = np.flatnonzero(end) + 1, 0
    while low < len(end):
        high = int(stops[min(np.searchsorted(stops, low + rows), len(stops) - 1)])
        yield slice(low, high)
        low = high


def lengths_note(end: Bool[np.ndarray, "rows"]) -> str:
    """A note about episodes whose ends were derived from the observations."""
    lengths = np.diff(np.flatnonzero(end), prepend=-1)
    if lengths.max() == 1:
        return "no row follows the one before it: every transition is stored as an episode of its own"
    return f"{len(lengths)} episodes of {lengths.min()} to {lengths.max()} rows found"


def default_id(source: Path) -> str:
    """An id made from the source's name, for when the user gives none."""
    name = re.sub(r"-v\d+$", "", re.sub(r"[^A-Za-z0-9_-]+", "-", source.stem)).strip("-")
    return f"imported/{name or 'data'}-v0"


def pad(
    parts: list[Float[np.ndarray, "rows _"]], size: int, dtype: type = np.float32
) -> Float[np.ndarray, "rows agent size"]:
    """The agents' columns as one array, padded with zeros to `size`."""
    out = np.zeros((len(parts[0]), len(parts), size), dtype)
    for agent, part in enumerate(parts):
        out[:, agent, : part.shape[1]] = part
    return out


def rescale(action: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Actions rescaled from `low` and `high` to [-1, 1]; raises `RequestError` for wrong bounds."""
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
        raise RequestError(f"action bounds {low.tolist()} to {high.tolist()}: expected finite and low < high")
    return 2 * (action - low) / (high - low) - 1
