"""Which rows of a Minari dataset end an episode, and how."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from omarl.data.imports.minari.episode import StoredEpisode
from omarl.data.imports.rows import Terminals, settle_ends
from omarl.errors import RequestError


class Marks(NamedTuple):
    """Which rows of all episodes are terminated, truncated, and the last of their episode.

    `truncated` is None if the source does not say.
    """

    terminated: Bool[np.ndarray, "rows"]
    truncated: Bool[np.ndarray, "rows"] | None
    end: Bool[np.ndarray, "rows"]


def episode_marks(episodes: Sequence[StoredEpisode]) -> Marks:
    """The marks of all rows, in order."""
    terminated = [_marked(episode, "terminations") for episode in episodes]
    known = all(episode.width("truncations") == 1 for episode in episodes)
    truncated = np.concatenate([_marked(episode, "truncations") for episode in episodes]) if known else None
    end = np.concatenate([np.arange(len(rows)) == len(rows) - 1 for rows in terminated])
    return Marks(np.concatenate(terminated), truncated, end)


def _marked(episode: StoredEpisode, name: str) -> Bool[np.ndarray, "rows"]:
    """Which rows of an episode are marked."""
    marks = episode.numbers(name)[:, 0] != 0
    if not len(marks):
        raise RequestError(f"{episode.name} is empty: expected at least one step")
    return marks


def settled(marks: Marks, terminals: Terminals) -> tuple[Bool[np.ndarray, "rows"], list[str]]:
    """Which rows are true ends, and notes; where the source tells time limits apart, `auto` believes it."""
    if marks.truncated is None or len(marks.truncated) != len(marks.end):
        return settle_ends(marks.terminated, marks.end, terminals)
    terminal, notes = settle_ends(marks.terminated, marks.end, "keep" if terminals == "auto" else terminals)
    open_ends = int((marks.end & ~marks.terminated & ~marks.truncated).sum())
    inside = int((marks.terminated & ~marks.end).sum())
    if open_ends:
        notes.append(f"{open_ends} episodes end without a mark: stored as time limits")
    if inside:
        notes.append(
            f"{inside} rows are marked terminated, but their episodes go on: they are not taken for ends"
        )
    return terminal, notes
