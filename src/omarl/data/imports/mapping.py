"""The meaning of a log's columns, from a small TOML file, or as `omarl data export` names them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omarl.errors import RequestError

MAPPING_BYTES = 1 << 20
Bounds = float | tuple[float, ...]
MarkValue = str | int | float | bool
AGENT_MARK = "{agent}"
SINGLE = ("episode", "step", "agent", "reward", "terminal", "truncated")
FLAGS = ("terminal", "truncated")
SEVERAL = ("observation", "next_observation", "action", "legal")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The meaning of a table's columns: one row per episode, step and agent, or one per episode and step.

    An entry that is None means the usual names. `observation`, `next_observation`, `action` and `legal` (a
    column per choice) are lists of names, or one name; `*` in a name stands for any text. Where a row holds
    all agents, `{agent}` in an entry stands for an agent's name, and `agents` lists the names if they cannot
    be read off the columns. Several columns of `episode` name one together. `values` has the values that mean
    true in the columns of ends.
    """

    id: str | None = None
    episode: str | tuple[str, ...] | None = None
    step: str | None = None
    agent: str | None = None
    reward: str | None = None
    terminal: str | None = None
    truncated: str | None = None
    observation: str | tuple[str, ...] | None = None
    next_observation: str | tuple[str, ...] | None = None
    action: str | tuple[str, ...] | None = None
    legal: str | tuple[str, ...] | None = None
    agents: tuple[str, ...] = ()
    values: Mapping[str, tuple[MarkValue, ...]] = field(default_factory=dict)
    kind: str = "continuous"
    low: Bounds | None = None
    high: Bounds | None = None
    choices: int | Mapping[str, int] | None = None


def read_mapping(path: str | Path) -> Columns:
    """The mapping in a TOML file with `id` and the tables `[columns]` and `[action]`."""
    source = Path(path)
    if not source.is_file() or source.stat().st_size > MAPPING_BYTES:
        raise RequestError(f"{source} is no file of at most {MAPPING_BYTES} bytes: expected a TOML mapping")
    try:
        value = tomllib.loads(source.read_bytes().decode("utf-8"))
        return _parse(value)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{source}: {str(error)[:300] or 'nested too deeply'}") from None


def _parse(value: Mapping[str, Any]) -> Columns:
    """The mapping in the tables of a TOML file."""
    _known(value, ("id", "columns", "action"), "the mapping")
    columns, action = (_table(value.get(name, {}), name) for name in ("columns", "action"))
    _known(columns, (*SINGLE, *SEVERAL, "agents"), "[columns]")
    _known(action, ("kind", "low", "high", "choices"), "[action]")
    fields = _column_fields(columns)
    fields |= {name: _bounds(action[name], name) for name in ("low", "high") if name in action}
    if ("low" in action) != ("high" in action):
        raise RequestError(
            "[action] gives one of low and high: give both, or neither if actions are in [-1, 1]"
        )
    made = replace(Columns(), **fields)
    made = replace(made, id=None if "id" not in value else _name(value["id"], "id"))
    return replace(
        made, kind=_kind(action.get("kind", "continuous")), choices=_choices(action.get("choices"))
    )


def _column_fields(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What `[columns]` says, as fields of `Columns`."""
    flags = {name: _flag(columns[name], name) for name in FLAGS if isinstance(columns.get(name), dict)}
    named = {**columns, **{name: flag["column"] for name, flag in flags.items()}}
    fields: dict[str, Any] = {name: _name(named[name], name) for name in SINGLE[1:] if name in named}
    fields |= {name: _names(columns[name], name) for name in ("episode", *SEVERAL) if name in columns}
    fields["values"] = {name: _values(flag["values"], name) for name, flag in flags.items()}
    if "agents" in columns:
        fields["agents"] = _agent_names(columns["agents"], columns)
    return fields


def _known(table: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    """Raise `RequestError` for a member with another name, which would otherwise be ignored."""
    for name in table.keys() - set(names):
        raise RequestError(f"{where} has an unknown entry {name[:80]!r}, expected only {', '.join(names)}")


def _table(value: Any, name: str) -> dict[str, Any]:
    """A TOML table."""
    if not isinstance(value, dict):
        raise RequestError(f"{name} is {str(value)[:80]!r}, expected a table [{name}]")
    return value


def _name(value: Any, where: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise RequestError(f"{where} is {str(value)[:80]!r}, expected the name of a column")
    return value


def _flag(value: dict[str, Any], where: str) -> dict[str, Any]:
    """A column of ends and the values in it that mean true."""
    _known(value, ("column", "values"), where)
    if value.keys() != {"column", "values"}:
        raise RequestError(f"{where} needs both: {where} = {{column = NAME, values = [...]}}")
    return value


def _values(value: Any, where: str) -> tuple[MarkValue, ...]:
    """The values that mean true: texts, numbers or truth values."""
    if not isinstance(value, list) or not value or any(not isinstance(v, MarkValue) for v in value):
        raise RequestError(f"values of {where} are {str(value)[:80]!r}, expected a list of texts or numbers")
    return tuple(value)


def _agent_names(value: Any, columns: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the agents of a wide table, whose columns are named with `{agent}`."""
    found = _names(value, "agents")
    if isinstance(found, str) or not found or len(set(found)) != len(found):
        raise RequestError(f"agents is {str(value)[:80]!r}, expected a list of distinct names")
    if AGENT_MARK not in str(columns):
        raise RequestError(
            f"agents are listed, but no entry of [columns] has {AGENT_MARK}: write it where columns have the "
            f'name of an agent, as in observation = "{AGENT_MARK}_obs_*"'
        )
    return found


def _names(value: Any, where: str) -> str | tuple[str, ...]:
    """A list of column names, or one name with a star."""
    return _name(value, where) if not isinstance(value, list) else tuple(_name(v, where) for v in value)


def _bounds(value: Any, where: str) -> Bounds:
    """One number for all action columns, or one per column."""
    numbers = value if isinstance(value, list) else [value]
    if not numbers or any(type(number) not in (int, float) for number in numbers):
        raise RequestError(f"{where} is {str(value)[:80]!r}, expected a number or a list of numbers")
    return tuple(map(float, value)) if isinstance(value, list) else float(value)


def _kind(value: Any) -> str:
    """The kind of action."""
    if value not in ("continuous", "discrete"):
        raise RequestError(f"kind is {str(value)[:80]!r}, expected 'continuous' or 'discrete'")
    return value


def _choices(value: Any) -> int | dict[str, int] | None:
    """The number of choices of a discrete action, for all agents or for each."""
    table = value if isinstance(value, dict) else {"": value}
    if value is not None and any(type(n) is not int or not 1 <= n <= 1 << 16 for n in table.values()):
        raise RequestError(f"choices is {str(value)[:80]!r}, expected a whole number, or one for each agent")
    return value
