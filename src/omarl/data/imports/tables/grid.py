"""The grid of a log with one row per agent and step: which row belongs to which agent at which moment."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Shaped

from omarl.data.imports.tables.columns import Labels
from omarl.errors import RequestError


class Grid(NamedTuple):
    """Moments in time order, episode after episode, and each agent's row of the log at that moment.

    `left` marks agents that left before the moment; their `row` is then their last one.
    """

    row: Int[np.ndarray, "moments agent"]
    left: Bool[np.ndarray, "moments agent"]
    episode: Int[np.ndarray, "moments"]
    last: Bool[np.ndarray, "moments"]


def make_grid(episode: Labels, step: Shaped[np.ndarray, "rows"], agent: Labels) -> Grid:
    """The grid of a log, whose rows may be in any order.

    An agent may leave before the episode's end, but it must not come late or come back. Raises `RequestError`
    with the episode, step and agent of a repeated or missing row. `steps` looks for missing steps.
    """
    order = np.lexsort((step, episode.code))
    fresh = np.ones(len(order), bool)
    fresh[1:] = np.diff(episode.code[order]) != 0
    start = fresh.copy()
    fresh[1:] |= step[order][1:] != step[order][:-1]
    moment = np.cumsum(fresh) - 1
    moments, at = int(moment[-1]) + 1, np.flatnonzero(fresh)
    row = np.full((moments, len(agent.names)), -1)
    row[moment, agent.code[order]] = order
    first = start[at]
    grid = _with_leavers(row, first, episode.code[order][at])
    _refuse_doubles(row, episode, step, agent)
    _refuse_gaps(grid, row, first, step[order][at], episode, agent)
    return grid


def _with_leavers(row: np.ndarray, first: np.ndarray, episode: np.ndarray) -> Grid:
    """The grid in which the last row of an agent that left is repeated to the end of the episode."""
    index = np.arange(len(row))[:, None]
    begin = np.maximum.accumulate(np.where(first, np.arange(len(row)), 0))[:, None]
    seen = np.maximum.accumulate(np.where(row >= 0, index, -1), 0)
    known = np.where(seen >= begin, seen, index)
    last = np.append(first[1:], True)
    return Grid(np.take_along_axis(row, known, 0), row < 0, episode, last)


def _refuse_doubles(row: np.ndarray, episode: Labels, step: np.ndarray, agent: Labels) -> None:
    """Raise `RequestError` if two rows have the same episode, step and agent."""
    kept = np.zeros(len(step), bool)
    kept[row[row >= 0]] = True
    if not kept.all():
        i = int(np.argmin(kept))
        raise RequestError(
            f"two rows of episode {episode.names[episode.code[i]]!r}, step {step[i]}, agent "
            f"{agent.names[agent.code[i]]!r}: expected one, drop the repetition, or "
            "name in a mapping all columns that tell episodes and agents apart"
        )


def _refuse_gaps(
    grid: Grid, row: np.ndarray, first: np.ndarray, step: np.ndarray, episode: Labels, agent: Labels
) -> None:
    """Raise `RequestError` if an agent comes late or comes back."""
    returned = np.zeros_like(row, bool)
    returned[:-1] = (row[:-1] < 0) & (row[1:] >= 0) & ~first[1:, None]
    absent = np.argwhere(returned | ((row < 0) & first[:, None]))
    if len(absent):
        moment, who = absent[0]
        raise RequestError(
            f"episode {episode.names[grid.episode[moment]]!r}, step {step[moment]} has no row of agent "
            f"{agent.names[who]!r}: expected one for every agent at every step"
        )
