"""The columns of each agent of a log: its observations and its actions."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.imports.acting import settle_actions
from omarl.data.imports.mapping import Columns
from omarl.data.imports.reading import converted
from omarl.data.imports.rows import pad
from omarl.data.imports.survey import survey
from omarl.data.imports.tables.columns import Block
from omarl.data.imports.tables.words import Logged
from omarl.errors import RequestError
from omarl.types import ActionKind, TeamSpec

Absent = Bool[np.ndarray, "moments agent"]
LogRows = Int[np.ndarray, "moments agent"]


class Acts(NamedTuple):
    """Every agent's action vectors, the kind of action, the units of each, and notes for the user."""

    vectors: list[np.ndarray]
    kind: ActionKind
    units: list[dict[str, Any]]
    notes: list[str]


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
    logged: Logged, absent: Absent, row: LogRows, agents: tuple[str, ...], columns: Columns
) -> Acts:
    """Every agent's actions in the team's action set.

    An absent agent's action is zero, or the first choice.
    """
    block = logged.block
    present = agent_columns(block, absent, row, agents, "action")
    acted = [(~absent[:, i], block.values[~absent[:, i], i][:, c]) for i, c in enumerate(present)]
    named = [tuple(logged.columns[k] for k in c) for c in present]
    surveys = [
        survey(agent, mine, [values], logged.whole)
        for agent, mine, (_, values) in zip(agents, named, acted, strict=True)
    ]
    kind, readings, notes = settle_actions(surveys, columns, logged.columns, logged.words)
    vectors = []
    for i, (reading, (acts, values)) in enumerate(zip(readings, acted, strict=True)):
        vector = np.zeros((len(acts), reading.size))
        vector[~acts, 0] = kind == "discrete"
        vector[acts] = converted(reading, values, row[acts, i])
        vectors.append(vector)
    return Acts(vectors, kind, [reading.units for reading in readings], notes)


def team_of(seen: list[np.ndarray], actions: list[np.ndarray], kind: ActionKind) -> TeamSpec:
    """The team whose members have these columns."""
    return TeamSpec(
        observation_sizes=tuple(map(len, seen)),
        action_sizes=tuple(action.shape[1] for action in actions),
        action_kind=kind,
    )
