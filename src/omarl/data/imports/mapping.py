"""The meaning of a log's columns, from a small TOML file, or as `omarl data export` names them."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omarl.errors import RequestError
from omarl.types import ActionKind

MAPPING_BYTES = 1 << 20
Bounds = float | tuple[float, ...]
MarkValue = str | int | float | bool
AGENT_MARK = "{agent}"
GivenChoices = int | tuple[int | float | str, ...]
MOST_CHOICES = 1 << 16
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
    true in the columns of ends. Without `kind` the kind of action is what the values show. `choices` is a
    number of choices, or all of them, for the team or by agent; `first` is the number of the first choice in
    the log.
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
    kind: ActionKind | None = None
    low: Bounds | None = None
    high: Bounds | None = None
    choices: GivenChoices | Mapping[str, GivenChoices] | None = None
    first: int | None = None

    def choices_of(self, agent: str) -> GivenChoices | None:
        """What the user said about an agent's choices."""
        return self.choices.get(agent) if isinstance(self.choices, Mapping) else self.choices


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


def read_action_mapping(path: str | Path | None) -> Columns:
    """The `id` and `[action]` of a TOML file, for formats whose arrays have fixed names."""
    found = Columns() if path is None else read_mapping(path)
    action = {name: getattr(found, name) for name in ("id", "kind", "low", "high", "choices", "first")}
    if replace(Columns(), **action) != found:
        raise RequestError(f"{path} names columns, which only tables have: leave [columns] out")
    return found


def _parse(value: Mapping[str, Any]) -> Columns:
    """The mapping in the tables of a TOML file."""
    _known(value, ("id", "columns", "action"), "the mapping")
    columns, action = (_table(value.get(name, {}), name) for name in ("columns", "action"))
    _known(columns, (*SINGLE, *SEVERAL, "agents"), "[columns]")
    _known(action, ("kind", "low", "high", "choices", "first"), "[action]")
    fields = _column_fields(columns)
    fields |= {name: _bounds(action[name], name) for name in ("low", "high") if name in action}
    if ("low" in action) != ("high" in action):
        raise RequestError(
            "[action] gives one of low and high: give both, or neither if actions are in [-1, 1]"
        )
    made = replace(Columns(), **fields)
    made = replace(made, id=None if "id" not in value else _name(value["id"], "id"))
    return replace(
        made, kind=_kind(action), choices=_choices(action.get("choices")), first=_first(action.get("first"))
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


def _table(value: object, name: str) -> dict[str, Any]:
    """A TOML table."""
    if not isinstance(value, dict):
        raise RequestError(f"{name} is {str(value)[:80]!r}, expected a table [{name}]")
    return value


def _name(value: object, where: str) -> str:
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


def _values(value: object, where: str) -> tuple[MarkValue, ...]:
    """The values that mean true: texts, numbers or truth values."""
    if not isinstance(value, list) or not value or any(not isinstance(v, MarkValue) for v in value):
        raise RequestError(f"values of {where} are {str(value)[:80]!r}, expected a list of texts or numbers")
    return tuple(value)


def _agent_names(value: object, columns: Mapping[str, Any]) -> tuple[str, ...]:
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


def _names(value: object, where: str) -> str | tuple[str, ...]:
    """A list of column names, or one name with a star."""
    return _name(value, where) if not isinstance(value, list) else tuple(_name(v, where) for v in value)


def _bounds(value: Any, where: str) -> Bounds:
    """One number for all action columns, or one per column."""
    numbers = value if isinstance(value, list) else [value]
    if not numbers or any(type(number) not in (int, float) for number in numbers):
        raise RequestError(f"{where} is {str(value)[:80]!r}, expected a number or a list of numbers")
    return tuple(map(float, value)) if isinstance(value, list) else float(value)


def _kind(action: Mapping[str, Any]) -> ActionKind | None:
    """The kind of action that is named, or that the other entries imply; None if it is left open."""
    named = action.get("kind")
    if named not in ("continuous", "discrete", None):
        raise RequestError(f"kind is {str(named)[:80]!r}, expected 'continuous' or 'discrete'")
    kinds: set[ActionKind] = {named} if named else set()
    if "low" in action:
        kinds.add("continuous")
    if "choices" in action or "first" in action:
        kinds.add("discrete")
    if len(kinds) > 1:
        raise RequestError(
            "[action] mixes two kinds: low and high are of continuous actions, choices and first of discrete"
        )
    return next(iter(kinds), None)


def _choices(value: object) -> GivenChoices | dict[str, GivenChoices] | None:
    """The choices of a discrete action, for all agents or for each."""
    if isinstance(value, dict):
        return {agent: _choice_list(given) for agent, given in value.items()}
    return None if value is None else _choice_list(value)


def _choice_list(value: object) -> GivenChoices:
    """A number of choices, or a list of all of them by their numbers or names in the log."""
    if type(value) is int and 1 <= value <= MOST_CHOICES:
        return value
    if isinstance(value, list) and _distinct(value):
        return tuple(value)
    raise RequestError(
        f"choices is {str(value)[:80]!r}, expected a whole number or a list of distinct numbers or names, "
        "for all agents or one for each"
    )


def _distinct(values: list[Any]) -> bool:
    """Whether these are different names or different numbers."""
    names = all(isinstance(value, str) for value in values)
    plain = names or all(type(value) in (int, float) and math.isfinite(value) for value in values)
    return plain and 1 <= len(values) == len(set(values)) <= MOST_CHOICES


def _first(value: object) -> int | None:
    """The number of the first choice."""
    if value is not None and (type(value) is not int or abs(value) > MOST_CHOICES):
        raise RequestError(f"first is {str(value)[:80]!r}, expected a whole number such as 1")
    return value
