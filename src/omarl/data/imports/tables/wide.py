"""Wide tables, which have one row per step and columns for each agent, as tables with a row per agent."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from omarl.data.imports.mapping import AGENT_MARK, SEVERAL, SINGLE, Columns
from omarl.data.imports.tables.arrow import ArrowTable
from omarl.data.imports.tables.columns import natural
from omarl.data.imports.tables.names import shortened
from omarl.errors import RequestError


class Long(NamedTuple):
    """A table with a row per agent and step, the meaning of its columns, and notes for the user."""

    table: ArrowTable
    columns: Columns
    notes: list[str]


def to_long(table: ArrowTable, columns: Columns) -> Long:
    """A row per agent of a table whose columns have `{agent}` in the mapping; any other table as it is.

    The new columns are named as in the mapping, with `{agent}`. An agent has no row where all of its cells
    are blank. Raises `RequestError` if no agent can be found, or if a column would be that of two.
    """
    import pyarrow

    patterns = _patterns(columns)
    if not patterns:
        return Long(table, columns, [])
    names = table.column_names
    agents = columns.agents or _agents(names, patterns)
    own = {agent: _own(names, patterns, agent) for agent in agents}
    _refuse_unclear(own, patterns)
    owned = {name for found in own.values() for name in found}
    common = [name for name in names if name not in owned]
    parts = [_rows_of(table, common, agent, found) for agent, found in own.items()]
    note = f"a row holds the agents {shortened(agents)}: every one gets rows of its own"
    joined = pyarrow.concat_tables(parts, promote_options="permissive")
    return Long(joined, replace(columns, agent=AGENT_MARK), [note])


def _patterns(columns: Columns) -> dict[str, tuple[str, ...]]:
    """The entries with `{agent}`, by their role."""
    found = {}
    for role in (*SINGLE, *SEVERAL):
        given = getattr(columns, role) or ()
        entries = (given,) if isinstance(given, str) else given
        found[role] = tuple(entry for entry in entries if AGENT_MARK in entry)
    return {role: entries for role, entries in found.items() if entries}


def _agents(names: list[str], patterns: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The agents for whom there are columns, in natural order."""
    entries = [entry for given in patterns.values() for entry in given]
    clear = [entry for entry in entries if "*" not in entry] or entries
    found = {match["agent"] for entry in clear for name in names if (match := _regex(entry).fullmatch(name))}
    needed = [patterns[role] for role in ("observation", "action") if role in patterns]
    whole = [
        agent
        for agent in sorted(found, key=natural)
        if all(any(_columns_of(names, entry, agent) for entry in given) for given in needed)
    ]
    if not whole:
        lacking = next((given[0] for given in needed if not _seen(names, given)), entries[0])
        raise RequestError(
            f"no columns are like {lacking!r}: the table has {shortened(names, 30)[:600]}; mend the mapping, "
            "or name the agents in it, agents = [...]"
        )
    return tuple(whole)


def _seen(names: list[str], entries: tuple[str, ...]) -> bool:
    """Whether any column is like one of the entries."""
    return any(_regex(entry).fullmatch(name) for entry in entries for name in names)


def _own(names: list[str], patterns: Mapping[str, tuple[str, ...]], agent: str) -> dict[str, str]:
    """The columns of an agent, and what they are called in the long table."""
    entries = [entry for given in patterns.values() for entry in given]
    return {name: new for entry in entries for name, new in _columns_of(names, entry, agent).items()}


def _columns_of(names: list[str], entry: str, agent: str) -> dict[str, str]:
    """The columns that an entry means for an agent, and the same names with `{agent}`."""
    found = {}
    for name in names:
        match = _regex(entry, agent).fullmatch(name)
        if match:
            stars = iter(match.groups())
            found[name] = re.sub(r"\*", lambda _, stars=stars: next(stars), entry)
    return found


def _regex(entry: str, agent: str | None = None) -> re.Pattern[str]:
    """An entry as a regular expression, for one agent or for any."""
    parts = [re.escape(part).replace(r"\*", "(.*)") for part in entry.split(AGENT_MARK)]
    if agent is not None:
        return re.compile(re.escape(agent).join(parts))
    return re.compile("(?P<agent>.+?)".join(parts[:2]) + "".join(f"(?P=agent){part}" for part in parts[2:]))


def _refuse_unclear(own: Mapping[str, Mapping[str, str]], patterns: Mapping[str, tuple[str, ...]]) -> None:
    """Raise `RequestError` if a column is that of two agents, or if an agent has none."""
    owner: dict[str, str] = {}
    for agent, found in own.items():
        if not found:
            raise RequestError(f"agent {agent!r} has no columns like {next(iter(patterns.values()))[0]!r}")
        for name in found:
            if name in owner:
                raise RequestError(
                    f"column {name!r} could be of agent {owner[name]!r} or {agent!r}: list the columns "
                    "without a star, or name the agents in the mapping, agents = [...]"
                )
            owner[name] = agent


def _rows_of(table: ArrowTable, common: list[str], agent: str, own: Mapping[str, str]) -> ArrowTable:
    """The rows of one agent: the columns that all share, and its own where it has any value."""
    import pyarrow.compute

    compute: Any = pyarrow.compute
    present = compute.is_valid(table.column(next(iter(own))))
    for name in own:
        present = compute.or_(present, compute.is_valid(table.column(name)))
    rows = table.select([*common, *own]).rename_columns([*common, *own.values()]).filter(present)
    return rows.append_column(AGENT_MARK, pyarrow.repeat(agent, rows.num_rows))
