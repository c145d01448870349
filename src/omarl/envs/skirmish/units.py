"""What the types of units are: a table of numbers, read from a file and checked."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from omarl.errors import RequestError, choose

TYPES = ("colossus", "stalker", "zealot", "zergling")
"""The types of units, in the order in which SMAC numbers and sorts them."""
ATTRIBUTES = ("armoured", "biological", "light", "massive", "mechanical")
WEAPONS = ("blow", "missile", "beam")
TABLE_FILES = Path(__file__).parent / "tables"
PRESETS = tuple(sorted(path.stem for path in TABLE_FILES.glob("*.json")))
"""The tables that come with omarl."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One type of unit; times are in game loops (a step has 8), distances in cells of the map.

    A weapon gives `hits` blows of `damage`, and of its `bonus` against units with that attribute. The first
    falls `windup` loops after the shot has begun, and for a missile when it has flown there with
    `missile_speed`; each later blow falls `hit_gap` loops after the one before. `reach` and `scan` are from
    edge to edge: how far the weapon carries, and how near an enemy must be to be noticed. A target may go
    `slop` beyond the reach during the windup. The next shot may begin `period` loops after this one, and a
    number between both of `delay` more. `radius` is that of the unit in the eyes of weapons, `body` that
    which pushes other bodies; who `strides` collides only with others who do. Shields return by themselves,
    life does by `regeneration` a loop.
    """

    life: float
    shield: float
    armour: float
    attributes: tuple[str, ...]
    speed: float
    radius: float
    body: float
    damage: float
    reach: float
    scan: float
    period: float
    bonus: Mapping[str, float] = field(default_factory=dict)
    hits: int = 1
    hit_gap: float = 0.0
    slop: float = 0.0
    delay: tuple[float, float] = (0.0, 0.0)
    windup: float = 0.0
    weapon: str = "blow"
    missile_speed: float = math.inf
    regeneration: float = 0.0
    strides: bool = False

    def damage_to(self, other: "Unit") -> float:
        """The damage of one of its blows against a unit of another type, before shields and armour."""
        return self.damage + sum(more for name, more in self.bonus.items() if name in other.attributes)


@dataclass(frozen=True, kw_only=True)
class UnitTable:
    """The types of units by name, and the name of the rules by which they fight (see `rules.RULES`)."""

    rules: str
    units: Mapping[str, Unit]


def unit_table(source: str | Path) -> UnitTable:
    """The preset of this name, or the table in a JSON file; `RequestError` names the field that is wrong."""
    if str(source) in PRESETS:
        return _parsed(str(source), json.loads((TABLE_FILES / f"{source}.json").read_text()))
    path = Path(source)
    if not path.is_file():
        choose("unit table (or a JSON file that exists)", str(source), dict.fromkeys(PRESETS))
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: expected a unit table in JSON, but {error}") from error
    return _parsed(str(path), content)


def _parsed(where: str, content: Any) -> UnitTable:
    if not isinstance(content, dict) or set(content) != {"rules", "units"}:
        raise RequestError(f"{where}: expected the two entries 'rules' and 'units'")
    units = content["units"]
    if not isinstance(units, dict):
        raise RequestError(f"{where}: units: expected an entry for each type of unit")
    for name in units:
        if name not in TYPES:
            raise RequestError(f"{where}: units.{name}: unknown type, choose among {', '.join(TYPES)}")
    return UnitTable(
        rules=str(content["rules"]),
        units={name: _unit(f"{where}: units.{name}", numbers) for name, numbers in units.items()},
    )


def _unit(where: str, numbers: Any) -> Unit:
    known = {each.name: each for each in fields(Unit)}
    if not isinstance(numbers, dict):
        raise RequestError(f"{where}: expected the numbers of a unit")
    for name in numbers:
        if name not in known:
            raise RequestError(f"{where}.{name}: unknown field, choose among {', '.join(known)}")
    required = set(list(known)[: list(known).index("bonus")])
    if missing := sorted(required - set(numbers)):
        raise RequestError(f"{where}.{missing[0]}: it is missing")
    return Unit(**{name: _checked(f"{where}.{name}", name, value) for name, value in numbers.items()})


def _checked(where: str, name: str, value: Any) -> Any:
    """The value of a field if it can be one."""
    if name == "attributes":
        return tuple(_one_of(where, each, ATTRIBUTES) for each in _listed(where, value))
    if name == "bonus":
        if not isinstance(value, dict):
            raise RequestError(f"{where}: {value!r}, expected numbers by attribute")
        return {_one_of(where, key, ATTRIBUTES): _number(where, each) for key, each in value.items()}
    if name == "delay":
        low, high = (_number(where, each, least=-math.inf) for each in _listed(where, value, 2))
        return low, high
    if name == "weapon":
        return _one_of(where, value, WEAPONS)
    if name == "strides":
        if not isinstance(value, bool):
            raise RequestError(f"{where}: {value!r}, expected true or false")
        return value
    if name == "hits":
        if value not in (1, 2) or isinstance(value, bool):
            raise RequestError(f"{where}: {value!r}, expected 1 or 2")
        return value
    return _number(where, value)


def _number(where: str, value: Any, least: float = 0.0) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or value < least:
        raise RequestError(f"{where}: {value!r}, expected a number that is not negative")
    return float(value)


def _listed(where: str, value: Any, length: int | None = None) -> list[Any]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise RequestError(f"{where}: {value!r}, expected a list" + (f" of {length}" if length else ""))
    return value


def _one_of(where: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise RequestError(f"{where}: {value!r}, choose among {', '.join(known)}")
    return value
