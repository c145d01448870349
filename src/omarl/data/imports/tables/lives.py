"""The life of each agent of a log with one row per agent and step: when it is there, and how it ends.

An agent is there where it has a row, until its own end. Rows after its own end are fillers of whoever wrote
the log, and so are marks of ends in them.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool

from omarl.data.episodes import Episodes
from omarl.data.imports.rows import Rows, Terminals, drop_unknown, to_episodes
from omarl.data.imports.tables.columns import Block
from omarl.data.imports.tables.grid import Grid
from omarl.data.life import Life, only_if_needed
from omarl.errors import RequestError

OfAgents = Bool[np.ndarray, "moments agent"]
AtMoments = Bool[np.ndarray, "moments"]


class OwnMarks(NamedTuple):
    """One kind of mark on the grid; `told` says where the log has any, set or not."""

    given: OfAgents
    told: OfAgents


class Lives(NamedTuple):
    """Who acts when, and how that ends.

    `grid` is the log's, in which `left` marks all agents that are not there. `idle` marks moments at the end
    of an episode at which no agent acts, which hold the last observation. `terminal` and `truncated` mark an
    agent's own end at its last action. `together` marks an episode's last actions if all that still acted
    were terminated. An agent whose cell is blank there ends as the others do.
    """

    grid: Grid
    idle: AtMoments
    terminal: OfAgents
    truncated: OfAgents
    together: AtMoments

    @property
    def before_idle(self) -> AtMoments:
        """The last moments at which somebody acts, where an idle one follows."""
        return np.append(self.idle[1:], False) & ~self.grid.last

    @property
    def ends(self) -> AtMoments:
        """The last moments at which somebody acts."""
        return (self.grid.last & ~self.idle) | self.before_idle

    @property
    def acts(self) -> OfAgents:
        """Which agents act."""
        return ~self.grid.left & ~self.idle[:, None]


def marks_on(block: Block, grid: Grid) -> OwnMarks:
    """A column of marks on the grid."""
    if not block.values.shape[1]:
        return OwnMarks(np.zeros_like(grid.left), np.zeros_like(grid.left))
    told = ~block.missing[grid.row, 0] & ~grid.left
    return OwnMarks((block.values[grid.row, 0] != 0) & told, told)


def lives_of(grid: Grid, logged: OfAgents, terminal: OwnMarks, truncated: OwnMarks) -> Lives:
    """When each agent of the log is there; `logged` says where a row has an action.

    Raises `RequestError` if an episode goes on after everybody's end.
    """
    ended = terminal.given | truncated.given
    over = _earlier(ended, grid.last)
    gone = grid.left | over
    idle = grid.last & (~logged | grid.left | _previous(over, grid.last)).all(1)
    _refuse_going_on(gone, idle, grid)
    closes = idle[:, None] | (~logged & ended & ~gone)
    acts = ~gone & ~closes
    there = acts | (idle[:, None] & ~grid.left & _previous(acts, grid.last))
    dies, leaves = (
        acts & (mark.given | _following(mark.given & closes, grid.last)) for mark in (terminal, truncated)
    )
    told = terminal.told | _following(terminal.told & closes, grid.last)
    together: Any = (dies | (~told & ~leaves) | ~acts).all(1) & dies.any(1)
    found = Lives(grid._replace(left=~there), idle, dies, leaves, together)
    return found._replace(together=together & found.ends)


def died_in(
    lives: Lives, terminal: Bool[np.ndarray, "rows"], settled: Bool[np.ndarray, "rows"], terminals: Terminals
) -> Bool[np.ndarray, "rows agent"]:
    """Which agents truly ended in each row in which their team did not.

    `terminal` marks the team's true ends as the log has them, `settled` those that are taken for such.
    """
    own = lives.terminal[~lives.idle]
    return own & ~terminal[:, None] & ~settled[:, None] & (terminals != "drop")


def lived(
    episodes: Episodes, lives: Lives, rows: Rows, died: Bool[np.ndarray, "rows agent"], known: np.ndarray
) -> Episodes:
    """The episodes made of these rows, with who is there in them, and fillers where an agent is not.

    `known` marks the rows with a next observation. Who is there goes the way of the observations.
    """
    acted = ~lives.idle
    there = lives.acts[acted], _next_there(lives)[acted] & ~died & (known | ~rows.end)[:, None]
    way = rows._replace(
        obs=there[0][..., None].astype(np.float32),
        next_obs=there[1][..., None].astype(np.float32),
        reward=died.astype(np.float32),
    )
    kept = to_episodes(drop_unknown(way, known | died.any(1)))
    life = Life(kept.obs[..., 0] != 0, kept.reward != 0)
    legal = episodes.legal
    if legal is not None:
        first = np.arange(legal.shape[-1]) == 0
        legal = np.where(life.alive[..., None], legal, first)
    obs = np.where(life.alive[..., None], episodes.obs, np.float32(0))
    return episodes._replace(obs=obs, legal=legal, **only_if_needed(life))


def _next_there(lives: Lives) -> OfAgents:
    """Who has an observation after each moment; at an episode's last one those who act in it."""
    return np.where(lives.grid.last[:, None], lives.acts, np.roll(~lives.grid.left, -1, 0))


def _earlier(ended: OfAgents, last: AtMoments) -> OfAgents:
    """Which agents have ended at an earlier moment of the same episode."""
    before = np.cumsum(ended, 0) - ended
    first = np.append(True, last[:-1])
    start = np.maximum.accumulate(np.where(first, np.arange(len(last)), 0))
    return before > before[start]


def _previous(marks: OfAgents, last: AtMoments) -> OfAgents:
    """The marks of the moment before in the same episode; none at its first moment."""
    return np.roll(marks, 1, 0) & ~np.append(True, last[:-1])[:, None]


def _following(marks: OfAgents, last: AtMoments) -> OfAgents:
    """The marks of the moment after in the same episode; none at its last moment."""
    return np.roll(marks, -1, 0) & ~last[:, None]


def _refuse_going_on(gone: OfAgents, idle: AtMoments, grid: Grid) -> None:
    """Raise `RequestError` if an episode continues after it ended for all agents."""
    early = gone.all(1) & ~idle
    if early.any():
        episode = int(grid.episode[np.argmax(early)])
        raise RequestError(
            f"an episode goes on after its end (number {episode} in the log, counted from 0): "
            "give what follows an episode name of its own"
        )
