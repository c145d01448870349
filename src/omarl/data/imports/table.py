"""Import of tables: logs with one row per episode, step and agent, or with one per episode and step."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Metadata
from omarl.data.imports.axes import agents_of, places
from omarl.data.imports.columns import (
    Block,
    joint_labels,
    numbers,
    stored_metadata,
)
from omarl.data.imports.flags import marks_of
from omarl.data.imports.flatten import plain_columns
from omarl.data.imports.grid import Grid, make_grid
from omarl.data.imports.guessed import as_wide
from omarl.data.imports.kept import kept_columns
from omarl.data.imports.legal import legal_at, legal_of
from omarl.data.imports.mapping import SEVERAL, Columns, read_mapping
from omarl.data.imports.members import actions_of, agent_columns, observations_of, team_of
from omarl.data.imports.roles import Roles, roles_of, told, with_parts
from omarl.data.imports.rows import (
    Import,
    Rows,
    Terminals,
    default_id,
    drop_unknown,
    lengths_note,
    pad,
    settle_ends,
    to_episodes,
)
from omarl.data.imports.sources import read_table
from omarl.data.imports.wide import to_long
from omarl.errors import RequestError


class Log(NamedTuple):
    """The table's content on the grid; blocks have the axes `moments agent columns`.

    `idle` marks moments at the end of an episode at which no agent acts, which hold the last observation.
    """

    grid: Grid
    agents: tuple[str, ...]
    obs: Block
    next_obs: Block
    action: Block
    legal: Block
    reward: Block
    terminal: Bool[np.ndarray, "moments agent"]
    truncated: Bool[np.ndarray, "moments agent"]
    idle: Bool[np.ndarray, "moments"]


class ReadAs(NamedTuple):
    """Which columns were read as what, and what is said about it."""

    roles: Roles
    notes: list[str]


def from_table(
    path: str | Path,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | Columns | None = None,
) -> Import:
    """The dataset in a table; `mapping` is a TOML file with the meaning of the columns.

    `path` is a file (Parquet, Feather or Arrow, CSV, JSON lines), a folder of such files, or a name pattern.
    The observation after an episode's last action is read from a last row without action, otherwise from the
    `next_observation` columns. Without both, a last row cut by a time limit is left out.
    """
    source = Path(path)
    table, read_notes = read_table(source)
    stored = stored_metadata(table)
    columns = mapping if isinstance(mapping, Columns) else _columns(mapping, stored)
    log, columns, read_as = _read(table, columns)
    seen = agent_columns(log.obs, log.grid.left, log.grid.row, log.agents, "observation")
    absent = log.grid.left | log.idle[:, None]
    acting = agent_columns(log.action, absent, log.grid.row, log.agents, "action")
    actions, notes = actions_of(log.action, absent, log.grid.row, log.agents, columns)
    team = team_of(seen, actions, columns.kind)
    made_by = {"function": "import", "format": "table", "source": source.name, "agents": list(log.agents)}
    fresh = Metadata(
        id=columns.id or default_id(source),
        team=team,
        made_by=made_by,
        licence="unknown",
        columns=kept_columns(log.agents, seen, acting, read_as.roles, columns),
    )
    metadata = replace(stored, team=team) if stored is not None else fresh
    believed = "keep" if stored is not None and terminals == "auto" else terminals
    rows, known, more = _rows(log, seen, actions, believed)
    legal, masked = legal_at(log.legal, _stack(actions), absent, log.grid, log.agents, team)
    kept = legal_of(legal, rows, known, ~log.idle, log.grid.last, team)
    episodes = to_episodes(drop_unknown(rows, known))._replace(legal=kept)
    said = [*read_notes, *read_as.notes, *notes, *masked, *more]
    return Import(replace(metadata, id=id or metadata.id), iter([episodes]), said)


def _columns(mapping: str | Path | None, stored: Metadata | None) -> Columns:
    """The mapping in a file; without a file, the names that an export writes."""
    if mapping is not None:
        return read_mapping(mapping)
    if stored is None or stored.team.action_kind == "continuous":
        return Columns()
    return Columns(
        kind="discrete",
        action=("action",),
        choices={str(i): n for i, n in enumerate(stored.team.action_sizes)},
    )


def _read(table: Any, columns: Columns) -> tuple[Log, Columns, ReadAs]:
    """The table's columns on the grid of moments and agents, their meaning, and what is said about it."""
    if table.num_rows == 0:
        raise RequestError("the table has no rows: a dataset needs at least one transition")
    table, columns, notes = to_long(table, as_wide(table.column_names, columns))
    flat = plain_columns(table)
    table, columns = flat.table, with_parts(columns, flat.parts)
    roles = roles_of(table.column_names, columns)
    episode, agent = joint_labels(table, roles.columns["episode"]), agents_of(table, roles)
    step = _complete(numbers(table, list(roles.columns["step"])), "step") if roles.columns["step"] else None
    grid = make_grid(episode, places(episode, agent) if step is None else step, agent)
    marks, said = marks_of(table, roles, columns.values)
    flags = {name: _flags(mark, grid) for name, mark in marks.items()}
    obs, next_obs, action, legal, reward = (
        _on_grid(numbers(table, list(roles.columns[name])), grid) for name in (*SEVERAL, "reward")
    )
    idle = (action.missing.all(-1) | grid.left).all(1) & grid.last
    log = Log(grid, agent.names, obs, next_obs, action, legal, reward, **flags, idle=idle)
    return log, columns, ReadAs(roles, [*notes, *told(roles), *said])


def _rows(
    log: Log, seen: list[np.ndarray], actions: list[np.ndarray], terminals: Terminals
) -> tuple[Rows, Bool[np.ndarray, "rows"], list[str]]:
    """The moments with an action as rows, which of them have a next observation, and notes for the user."""
    obs = observations_of(log.obs, seen)
    acted, before_idle = ~log.idle, np.append(log.idle[1:], False) & ~log.grid.last
    next_obs, known = np.roll(obs, -1, 0), before_idle
    if log.next_obs.values.shape[-1]:
        closing = (log.grid.last & acted)[:, None, None]
        next_obs, known = np.where(closing, observations_of(log.next_obs, seen), next_obs), known | acted
    end = (log.grid.last | before_idle)[acted]
    _refuse_early_end(log, before_idle)
    terminal = _at_rows(log.terminal, log.idle, before_idle)[acted]
    settled, notes = settle_ends(terminal, end, terminals)
    rows = Rows(obs[acted], _stack(actions)[acted], _rewards(log)[acted], next_obs[acted], settled, end)
    unused = int(np.count_nonzero(end & ~settled & ~known[acted]))
    if unused:
        notes.append(f"the observation after {unused} time limits is unknown: their last rows are left out")
    return rows, known[acted], [lengths_note(end), *notes]


def _at_rows(flag: np.ndarray, idle: np.ndarray, before_idle: np.ndarray) -> Bool[np.ndarray, "moments"]:
    """Moments at which the flag is set for any agent; a flag at an idle moment belongs to the one before."""
    anyone = flag.any(1)
    return anyone | (before_idle & np.roll(anyone & idle, -1))


def _refuse_early_end(log: Log, before_idle: np.ndarray) -> None:
    """Raise `RequestError` if an episode continues after it ended for all agents that are present."""
    over = ((log.terminal | log.truncated) | log.grid.left).all(1)
    early = over & ~log.grid.last & ~before_idle
    if early.any():
        episode = int(log.grid.episode[np.argmax(early)])
        raise RequestError(
            f"an episode goes on after its end (number {episode} in the log, counted from 0): "
            "give what follows an episode name of its own"
        )


def _rewards(log: Log) -> np.ndarray:
    """Rewards, zero for agents that have left; raises `RequestError` for a missing one."""
    absent = log.grid.left | log.idle[:, None]
    agent_columns(log.reward, absent, log.grid.row, log.agents, "reward")
    return np.where(absent, 0, log.reward.values[..., 0]).astype(np.float32)


def _stack(actions: list[np.ndarray]) -> np.ndarray:
    """Every agent's action vectors as one array, padded."""
    return pad(actions, max(action.shape[1] for action in actions))


def _on_grid(block: Block, grid: Grid) -> Block:
    """The block's rows in the order of the grid."""
    return Block(block.values[grid.row], block.missing[grid.row])


def _flags(block: Block, grid: Grid) -> Bool[np.ndarray, "moments agent"]:
    """A flag on the grid; it is false if it was not recorded, and for agents that have left."""
    if not block.values.shape[1]:
        return np.zeros_like(grid.left)
    return (block.values[grid.row, 0] != 0) & ~block.missing[grid.row, 0] & ~grid.left


def _complete(block: Block, name: str) -> np.ndarray:
    """A single column; raises `RequestError` for missing values."""
    if block.missing.any() or not np.isfinite(block.values).all():
        raise RequestError(f"column {name!r} has missing values: every row needs one")
    return block.values[:, 0]
