"""The columns of each agent of a log: its observations and its actions."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.imports.columns import Block
from omarl.data.imports.mapping import Bounds, Columns
from omarl.data.imports.rows import one_hot, pad, rescale
from omarl.errors import RequestError
from omarl.types import TeamSpec

Absent = Bool[np.ndarray, "moments agent"]
LogRows = Int[np.ndarray, "moments agent"]


def agent_columns(
    block: Block, absent: Absent, row: LogRows, agents: tuple[str, ...], what: str
) -> list[np.ndarray]:
    """For each agent the indices of its columns: those with a value in any of its rows.

    Raises `RequestError` if an agent has no columns, or if a value is missing in one; the message has its
    `row` in the log.
    """
    found = []
    for i, name in enumerate(agents):
        missing = block.missing[~absent[:, i], i]
        columns = np.flatnonzero(~missing.all(0))
        if not len(columns):
            raise RequestError(f"agent {name!r} has no {what} at all: name the columns that hold it")
        gaps = row[~absent[:, i], i][missing[:, columns].any(1)]
        if len(gaps):
            raise RequestError(
                f"agent {name!r} lacks {what} values in {len(gaps)} rows, the first is row {gaps.min()} of "
                "the log (counted from 0): fill them or drop these episodes"
            )
        found.append(columns)
    return found


def observations_of(block: Block, columns: list[np.ndarray]) -> Float[np.ndarray, "moments agent obs"]:
    """The values of every agent's columns, padded."""
    if block.values.shape[-1] <= max(int(c.max()) for c in columns):
        raise RequestError(f"{block.values.shape[-1]} next_observation columns: expected one per observation")
    return pad([block.values[:, i, c] for i, c in enumerate(columns)], max(map(len, columns)))


def actions_of(
    block: Block, absent: Absent, row: LogRows, agents: tuple[str, ...], columns: Columns
) -> tuple[list[np.ndarray], list[str]]:
    """Every agent's action vectors in the team's action set, and notes for the user.

    An absent agent's action is zero, or the first choice.
    """
    present = agent_columns(block, absent, row, agents, "action")
    values = [np.where(absent[:, i, None], 0, block.values[:, i, c]) for i, c in enumerate(present)]
    if columns.kind == "continuous":
        low, high = (_per_column(b, block.values.shape[-1]) for b in (columns.low, columns.high))
        if low is None or high is None:
            return values, []
        scaled = [rescale(v, low[c], high[c]) for v, c in zip(values, present, strict=True)]
        return [np.where(absent[:, i, None], 0, v) for i, v in enumerate(scaled)], []
    return _discrete(values, agents, columns.choices)


def team_of(seen: list[np.ndarray], actions: list[np.ndarray], kind: str) -> TeamSpec:
    """The team whose members have these columns."""
    return TeamSpec(
        observation_sizes=tuple(map(len, seen)),
        action_sizes=tuple(action.shape[1] for action in actions),
        action_kind="discrete" if kind == "discrete" else "continuous",
    )


def _discrete(
    values: list[np.ndarray], agents: tuple[str, ...], choices: int | Mapping[str, int] | None
) -> tuple[list[np.ndarray], list[str]]:
    """One-hot vectors of the choices, whose number is given or taken from the largest choice."""
    notes, vectors = [], []
    for name, value in zip(agents, values, strict=True):
        if value.shape[1] != 1:
            raise RequestError(f"agent {name!r} has {value.shape[1]} action columns: a choice is one column")
        count = choices.get(name) if isinstance(choices, Mapping) else choices
        if count is None:
            count = int(np.clip(np.nan_to_num(value.max()), 0, 1 << 16)) + 1
            notes.append(
                f"agent {name!r}: {count} choices taken from the largest seen, set choices if there are more"
            )
        vectors.append(one_hot(value[:, 0], count))
    return vectors, notes


def _per_column(bounds: Bounds | None, count: int) -> Float[np.ndarray, "columns"] | None:
    """One bound for each action column."""
    if isinstance(bounds, tuple) and len(bounds) != count:
        raise RequestError(
            f"{len(bounds)} action bounds for {count} action columns: give one each, or one for all"
        )
    return None if bounds is None else np.broadcast_to(np.asarray(bounds, np.float64), (count,))
