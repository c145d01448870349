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
    Raises `RequestError` with the episode, step and agent of a repeated row. `steps` looks for missing
    steps.
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
    return Grid(row, row < 0, episode.code[order][at], np.append(start[at][1:], True))


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
