"""From the columns of a table to a dataset: the rows on the grid of moments and agents, and their ends."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from omarl.data.dataset import Metadata
from omarl.data.imports.mapping import Columns, read_mapping
from omarl.data.imports.precision import refuse_merging
from omarl.data.imports.rows import (
    Import,
    Rows,
    Terminals,
    default_id,
    drop_unknown,
    lengths_note,
    lone_ends,
    pad,
    settle_ends,
    to_episodes,
)
from omarl.data.imports.tables.arrow import ArrowTable
from omarl.data.imports.tables.axes import agents_of, places
from omarl.data.imports.tables.columns import (
    Block,
    joint_labels,
    numbers,
    stored_metadata,
)
from omarl.data.imports.tables.flags import marks_of
from omarl.data.imports.tables.flatten import plain_columns
from omarl.data.imports.tables.grid import Grid, make_grid
from omarl.data.imports.tables.guessed import as_wide
from omarl.data.imports.tables.kept import kept_columns
from omarl.data.imports.tables.legal import legal_at, legal_of
from omarl.data.imports.tables.life_notes import life_notes
from omarl.data.imports.tables.lives import Lives, died_in, lived, lives_of, marks_on
from omarl.data.imports.tables.members import actions_of, agent_columns, observations_of, team_of
from omarl.data.imports.tables.offsets import offsets_of, shifted, without_giants
from omarl.data.imports.tables.roles import Roles, roles_of, told, with_parts
from omarl.data.imports.tables.sources import read_table
from omarl.data.imports.tables.steps import step_notes, step_values
from omarl.data.imports.tables.wide import to_long
from omarl.data.imports.tables.words import Logged, logged_actions
from omarl.data.units import made_units
from omarl.errors import RequestError


class Log(NamedTuple):
    """The table's content on the grid; blocks have the axes `moments agent columns`.

    `lives` says who is there when; `grid` and `idle` are its. `observed` are the names of the observation
    columns, and `subtracted` is what was taken off them already.
    `explicit` says that the table tells terminal and truncated apart.
    """

    grid: Grid
    agents: tuple[str, ...]
    obs: Block
    next_obs: Block
    action: Logged
    legal: Block
    reward: Block
    lives: Lives
    idle: Bool[np.ndarray, "moments"]
    explicit: bool
    observed: list[str]
    subtracted: Float[np.ndarray, "columns"]
    notes: list[str]


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
    acting = agent_columns(log.action.block, absent, log.grid.row, log.agents, "action")
    offsets, rounding = offsets_of(log.obs, log.grid.left, seen, log.agents, log.observed, log.subtracted)
    log = log._replace(obs=shifted(log.obs, seen, offsets), next_obs=shifted(log.next_obs, seen, offsets))
    acts = actions_of(log.action, absent, log.grid.row, log.agents, columns)
    team = team_of(seen, acts.vectors, acts.kind)
    units = made_units(acts.units, [o + log.subtracted[c] for o, c in zip(offsets, seen, strict=True)])
    metadata = Metadata(
        id=columns.id or default_id(source),
        team=team,
        made_by={"function": "import", "format": "table", "source": source.name, "agents": list(log.agents)},
        licence="unknown",
        columns=kept_columns(log.agents, seen, acting, read_as.roles),
        units=units,
    )
    if stored is not None:
        metadata = replace(stored, team=team, units=stored.units if mapping is None else units)
    believed = "keep" if terminals == "auto" and (stored is not None or log.explicit) else terminals
    rows, known, died, more = _rows(log, seen, acts.vectors, believed)
    legal, masked = legal_at(log.legal, _stack(acts.vectors), absent, log.grid, log.agents, team)
    usable = known | died.any(1)
    kept = legal_of(legal, rows, usable, ~log.idle, log.grid.last, team)
    episodes = to_episodes(drop_unknown(rows, usable))._replace(legal=kept)
    episodes = lived(episodes, log.lives, rows, died, known)
    said = [*read_notes, *read_as.notes, *log.notes, *rounding, *acts.notes, *masked, *more]
    return Import(replace(metadata, id=id or metadata.id), iter([episodes]), said)


def _columns(mapping: str | Path | None, stored: Metadata | None) -> Columns:
    """The mapping in a file; without a file, the names that an export writes."""
    if mapping is not None:
        return read_mapping(mapping)
    if stored is None:
        return Columns()
    if stored.team.action_kind == "continuous":
        return Columns(kind="continuous")
    return Columns(
        kind="discrete",
        action=("action",),
        choices={str(i): n for i, n in enumerate(stored.team.action_sizes)},
    )


def _read(table: ArrowTable, columns: Columns) -> tuple[Log, Columns, ReadAs]:
    """The table's columns on the grid of moments and agents, their meaning, and what is said about it."""
    if table.num_rows == 0:
        raise RequestError("the table has no rows: a dataset needs at least one transition")
    table, columns, notes = to_long(table, as_wide(table.column_names, columns))
    flat = plain_columns(table)
    table, columns = flat.table, with_parts(columns, flat.parts)
    roles = roles_of(table.column_names, columns)
    named = {role: list(found) for role, found in roles.columns.items()}
    episode, agent = joint_labels(table, roles.columns["episode"]), agents_of(table, roles)
    step = step_values(table, named["step"][0]) if named["step"] else places(episode, agent)
    grid = make_grid(episode, step, agent)
    marks, said = marks_of(table, roles, columns.values)
    table, subtracted = without_giants(table, named["observation"], named["next_observation"])
    action = logged_actions(table, named["action"])
    action = action._replace(block=_on_grid(action.block, grid))
    ends = (marks_on(marks[name], grid) for name in ("terminal", "truncated"))
    lives = lives_of(grid, ~action.block.missing.all(-1) & ~grid.left, *ends)
    obs, next_obs, legal, reward = (
        _on_grid(numbers(table, named[name]), grid)
        for name in ("observation", "next_observation", "legal", "reward")
    )
    log = Log(
        lives.grid,
        agent.names,
        obs,
        next_obs,
        action,
        legal,
        reward,
        lives,
        idle=lives.idle,
        explicit=bool(named["truncated"]),
        observed=named["observation"],
        subtracted=subtracted,
        notes=[*step_notes(grid, step, episode), *life_notes(lives, grid.left, agent.names)],
    )
    return log, columns, ReadAs(roles, [*notes, *told(roles), *said])


def _rows(
    log: Log, seen: list[np.ndarray], actions: list[np.ndarray], terminals: Terminals
) -> tuple[Rows, Bool[np.ndarray, "rows"], Bool[np.ndarray, "rows agent"], list[str]]:
    """The moments with an action as rows, and notes for the user.

    With them, which of them have a next observation, and which agents died in them.
    """
    obs = observations_of(log.obs, seen)
    acted, before_idle = ~log.idle, log.lives.before_idle
    next_obs, known = np.roll(obs, -1, 0), before_idle
    if log.next_obs.values.shape[-1]:
        closing = (log.grid.last & acted)[:, None, None]
        next_obs, known = np.where(closing, observations_of(log.next_obs, seen), next_obs), known | acted
    end = (log.grid.last | before_idle)[acted]
    told: Any = (log.lives.terminal | log.lives.truncated)[acted].any(1)
    terminal, lone = lone_ends(log.lives.together[acted], told, end, known[acted], terminals)
    settled, notes = settle_ends(terminal, end, terminals)
    died = died_in(log.lives, terminal, settled, terminals)
    if died.any() and not terminal.any():
        notes = [f"no episode truly ends for the whole team: all {end.sum()} ends are stored as time limits"]
    rows = Rows(obs[acted], _stack(actions)[acted], _rewards(log)[acted], next_obs[acted], settled, end)
    unused = int(np.count_nonzero(end & ~settled & ~known[acted] & ~died.any(1)))
    if unused:
        notes.append(f"the observation after {unused} time limits is unknown: their last rows are left out")
    if unused == len(end):
        raise RequestError(
            "every episode is one row that ends at a time limit, and the observation after it is unknown: "
            "mark rows terminal that truly end their episode, or name next_observation columns"
        )
    return rows, known[acted], died, [lengths_note(end), *lone, *notes]


def _rewards(log: Log) -> np.ndarray:
    """Rewards, zero for agents that have left; raises `RequestError` for a missing or imprecise one."""
    absent = log.grid.left | log.idle[:, None]
    agent_columns(log.reward, absent, log.grid.row, log.agents, "reward")
    for i, name in enumerate(log.agents):
        refuse_merging(log.reward.values[~absent[:, i], i], f"reward of agent {name!r}")
    return np.where(absent, 0, log.reward.values[..., 0]).astype(np.float32)


def _stack(actions: list[np.ndarray]) -> np.ndarray:
    """Every agent's action vectors as one array, padded."""
    return pad(actions, max(action.shape[1] for action in actions))


def _on_grid(block: Block, grid: Grid) -> Block:
    """The block's rows in the order of the grid."""
    return Block(block.values[grid.row], block.missing[grid.row])
