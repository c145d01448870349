"""The meaning of a log's columns, from a small TOML file, or as `omarl data export` names them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omarl.errors import RequestError

MAPPING_BYTES = 1 << 20
Bounds = float | tuple[float, ...]
SINGLE = ("episode", "step", "agent", "reward", "terminal", "truncated")
SEVERAL = ("observation", "next_observation", "action")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The meaning of a long-form table's columns: one row per episode, step and agent.

    `observation`, `next_observation` and `action` are lists of names, or one name in which `*` stands for any
    text. `named` are the entries that the user gave, whose columns must exist.
    """

    id: str | None = None
    episode: str = "episode"
    step: str = "step"
    agent: str = "agent"
    reward: str = "reward"
    terminal: str = "terminal"
    truncated: str = "truncated"
    observation: str | tuple[str, ...] = "obs_*"
    next_observation: str | tuple[str, ...] = "next_obs_*"
    action: str | tuple[str, ...] = "action_*"
    kind: str = "continuous"
    low: Bounds | None = None
    high: Bounds | None = None
    choices: int | Mapping[str, int] | None = None
    named: frozenset[str] = frozenset(SINGLE[:4])


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
    _known(columns, SINGLE + SEVERAL, "[columns]")
    _known(action, ("kind", "low", "high", "choices"), "[action]")
    fields: dict[str, Any] = {name: _name(columns[name], name) for name in SINGLE if name in columns}
    fields |= {name: _names(columns[name], name) for name in SEVERAL if name in columns}
    fields |= {name: _bounds(action[name], name) for name in ("low", "high") if name in action}
    if ("low" in action) != ("high" in action):
        raise RequestError(
            "[action] gives one of low and high: give both, or neither if actions are in [-1, 1]"
        )
    made = replace(Columns(), **fields, named=Columns().named.union(columns))
    made = replace(made, id=None if "id" not in value else _name(value["id"], "id"))
    return replace(
        made, kind=_kind(action.get("kind", "continuous")), choices=_choices(action.get("choices"))
    )


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
