"""The grid of a log with one row per agent and step: which row belongs to which agent at which moment."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Shaped

from omarl.data.imports.tables.columns import Labels
from omarl.errors import RequestError


class Grid(NamedTuple):
    """Moments in time order, episode after episode, and each agent's row of the log at that moment.

    `left` marks agents that are not there at the moment; their `row` then has no meaning.
    """

    row: Int[np.ndarray, "moments agent"]
    left: Bool[np.ndarray, "moments agent"]
    episode: Int[np.ndarray, "moments"]
    last: Bool[np.ndarray, "moments"]


def make_grid(episode: Labels, step: Shaped[np.ndarray, "rows"], agent: Labels) -> Grid:
    """The grid of a log, whose rows may be in any order.

    An agent need not have a row at every moment: it may come late, leave, or take no part in an episode.
    Raises `RequestError` with the episode, step and agent of a repeated row, or of an agent that is missing
    between most of its own rows. `steps` looks for missing steps.
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
    _refuse_doubles(row, episode, step, agent)
    grid = Grid(row, row < 0, episode.code[order][at], np.append(start[at][1:], True))
    _refuse_scattered(grid, step[order][at], episode, agent)
    return grid


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


def _refuse_scattered(grid: Grid, step: np.ndarray, episode: Labels, agent: Labels) -> None:
    """Raise `RequestError` if an agent is missing between most of its rows, as in logs of several clocks."""
    there = ~grid.left
    ending = there & (np.roll(grid.left, -1, 0) | grid.last[:, None])
    index = np.arange(len(there))[:, None]
    stop = np.flatnonzero(grid.last)[grid.last.cumsum() - grid.last]
    returns = ending & (_next_there(there, index) <= stop[:, None])
    scattered = 2 * returns.sum(0) > there.sum(0)
    if scattered.any():
        who = int(np.argmax(scattered))
        moment = int(np.argmax(returns[:, who])) + 1
        raise RequestError(
            f"episode {episode.names[grid.episode[moment]]!r}, step {step[moment]} has no row of agent "
            f"{agent.names[who]!r}, which is missing between most of its own rows: log all agents at "
            "the same steps"
        )


def _next_there(there: Bool[np.ndarray, "moments agent"], index: np.ndarray) -> np.ndarray:
    """The next moment at which each agent is there, in whatever episode; a large number if there is none."""
    later = np.minimum.accumulate(np.where(there, index, len(there))[::-1], 0)[::-1]
    return np.append(later[1:], np.full((1, there.shape[1]), len(there)), 0)
