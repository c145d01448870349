"""Which choices were legal, as a table's columns say it."""

import numpy as np
from jaxtyping import Bool, Float

from omarl.data.imports.rows import Rows, drop_unknown, to_episodes
from omarl.data.imports.tables.columns import Block
from omarl.data.imports.tables.grid import Grid
from omarl.data.imports.tables.members import Absent, agent_columns
from omarl.errors import RequestError
from omarl.types import TeamSpec

LegalAt = Bool[np.ndarray, "moments agent act"]


def legal_at(
    block: Block,
    action: Float[np.ndarray, "moments agent act"],
    absent: Absent,
    grid: Grid,
    agents: tuple[str, ...],
    team: TeamSpec,
) -> tuple[LegalAt | None, list[str]]:
    """The legal choices of every agent at every moment, and notes for the user; None if none were recorded.

    An absent agent has its first choice. After an episode's last action all choices are legal where nothing
    is recorded. Raises `RequestError` unless each agent has a column per choice, and for an illegal action.
    """
    if not block.values.shape[-1]:
        return None, []
    if team.action_kind != "discrete":
        return None, ["columns of legal choices are not used: the actions are no choices"]
    legal = np.broadcast_to(team.action_mask, action.shape).copy()
    blank = grid.left | (block.missing.all(-1) & grid.last[:, None])
    found = agent_columns(block, blank, grid.row, agents, "legal")
    for i, columns in enumerate(found):
        _refuse_other_number(agents[i], len(columns), team.action_sizes[i])
        told = ~blank[:, i]
        legal[told, i, : len(columns)] = block.values[told, i][:, columns] != 0
    _refuse_illegal(legal, action, ~absent, grid)
    legal[grid.left] = np.arange(team.action_size) == 0
    return np.where(legal.any(-1, keepdims=True), legal, team.action_mask), []


def legal_of(
    legal: LegalAt | None,
    rows: Rows,
    known: Bool[np.ndarray, "rows"],
    acted: Bool[np.ndarray, "moments"],
    last: Bool[np.ndarray, "moments"],
    team: TeamSpec,
) -> Bool[np.ndarray, "rows_and_episodes agent act"] | None:
    """The legal choices at every observation that the episodes of these rows keep.

    The masks go the way of the observations, from the moments at which someone `acted` and the ones after
    them. An episode's `last` moment has none after it: there all choices are legal.
    """
    if legal is None:
        return None
    following = np.where(last[:, None, None], team.action_mask, np.roll(legal, -1, 0))
    masks = [values[acted].astype(np.float32) for values in (legal, following)]
    return to_episodes(drop_unknown(rows._replace(obs=masks[0], next_obs=masks[1]), known)).obs != 0


def _refuse_other_number(agent: str, columns: int, choices: int) -> None:
    """Raise `RequestError` unless an agent has a column for each of its choices."""
    if columns != choices:
        raise RequestError(
            f"agent {agent!r} has {columns} columns of legal choices and {choices} choices: expected one "
            "for each, in the order of the choices"
        )


def _refuse_illegal(legal: LegalAt, action: np.ndarray, acted: Absent, grid: Grid) -> None:
    """Raise `RequestError` if an agent that `acted` did what was not legal."""
    wrong = acted & (action.astype(bool) & ~legal).any(-1)
    if wrong.any():
        raise RequestError(
            f"{int(wrong.sum())} actions were not legal, the first is in row {grid.row[wrong].min()} of the "
            "log (counted from 0): record what was legal before the action, in the order of the choices"
        )
