"""Which column of a table has which role: as the mapping says, otherwise by the names that are usual."""

import fnmatch
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from omarl.data.imports.mapping import SEVERAL, SINGLE, Columns
from omarl.data.imports.tables.names import (
    ANY_END,
    LATER_WORDS,
    USUAL,
    in_star_order,
    key,
    no_masks,
    of_this_step,
    reserved,
    shortened,
    usual_form,
    words,
)
from omarl.data.imports.tables.sources import SOURCE_FILE
from omarl.errors import RequestError

ASSUMED = {
    "agent": "no column names agents: all rows are taken for those of one agent",
    "step": "no column counts steps: the order of the rows of an episode is taken for it",
}
AXES = frozenset(("episode", "step", "agent"))
REQUIRED_ROLES = frozenset(("episode", "reward", "observation", "action"))


class Roles(NamedTuple):
    """The columns of each role, none if the table lacks them, and those without a role.

    `any_end` says that the column of true ends marks all ends, time limits among them.
    """

    columns: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]
    any_end: bool


def with_parts(wanted: Columns, parts: Mapping[str, tuple[str, ...]]) -> Columns:
    """The mapping in which lists and structures are named by their entries."""
    given = {role: getattr(wanted, role) for role in SEVERAL if getattr(wanted, role) is not None}
    lists = {role: (value,) if isinstance(value, str) else value for role, value in given.items()}
    spread = {
        role: tuple(n for name in value for n in parts.get(name, (name,))) for role, value in lists.items()
    }
    return replace(wanted, **spread)


def roles_of(names: list[str], wanted: Columns) -> Roles:
    """The roles of a table's columns.

    A star takes columns in the table's order, or by their numbers if it stands for numbers. It never takes a
    column that has another role, nor one of the next step, nor marks of what was legal. Raises `RequestError`
    for missing or repeated columns, and for roles that must not share one.
    """
    found = {role: _single(names, wanted, role) for role in SINGLE}
    exact = {role: _exact(names, wanted, role) for role in SEVERAL}
    for role in sorted(SEVERAL, key=lambda role: _order(wanted, role)):
        taken = {name for other in (found, exact) for columns in other.values() for name in columns}
        found[role] = _several(names, wanted, role, (taken - set(exact[role])) | reserved(names))
    found["next_observation"] = _partners(names, found, wanted)
    _refuse_shared(found)
    used = {name for columns in found.values() for name in columns}
    _refuse_twice(names, used)
    unused = tuple(name for name in names if name not in used and name != SOURCE_FILE)
    terminal = found["terminal"] if wanted.terminal is None else ()
    return Roles(found, unused, any(usual_form(name) in ANY_END for name in terminal))


def told(roles: Roles) -> list[str]:
    """What became of every column, for the user."""
    lacking = [text for role, text in ASSUMED.items() if not roles.columns[role]]
    single = [
        f"{role} is {' and '.join(map(repr, roles.columns[role]))}" for role in SINGLE if roles.columns[role]
    ]
    several = [f"{role}: {shortened(roles.columns[role])}" for role in SEVERAL if roles.columns[role]]
    unused = (
        [f"not used: {shortened(roles.unused)} (a mapping, --mapping FILE, gives columns a role)"]
        if roles.unused
        else ["every column has a role"]
    )
    return [f"columns: {', '.join(single)}", *several, *unused, *lacking]


def _single(names: list[str], wanted: Columns, role: str) -> tuple[str, ...]:
    """The column of a role that has one: what is named, or the first with a usual name."""
    given = getattr(wanted, role)
    if given is not None:
        columns = (given,) if isinstance(given, str) else given
        _refuse_lacking(names, columns)
        return columns
    listed = _exact(names, wanted, "observation") if role not in AXES else ()
    known = {usual_form(name): name for name in reversed(names) if name not in listed}
    found = next((known[name] for name in USUAL[role] if name in known), None)
    if found is None and role in REQUIRED_ROLES:
        _refuse_lacking(names, (role,))
    return () if found is None else (found,)


def _exact(names: list[str], wanted: Columns, role: str) -> tuple[str, ...]:
    """The columns of a role that the mapping names without a star."""
    found = tuple(name for name in getattr(wanted, role) or () if name in names or "*" not in name)
    _refuse_lacking(names, found)
    return found


def _several(names: list[str], wanted: Columns, role: str, taken: set[str]) -> tuple[str, ...]:
    """The columns of a role that may have many: those that are named, or the first usual ones there are."""
    given = getattr(wanted, role)
    if given is None:
        usual = (_matching(names, pattern, role, taken) for pattern in USUAL[role])
        found = next((columns for columns in usual if columns), ())
        if not found and role in REQUIRED_ROLES:
            _refuse_lacking(names, USUAL[role][:1])
        return found
    columns: list[str] = []
    for entry in given:
        more = (entry,) if entry in names else _matching(names, entry, role, taken)
        if not more:
            _refuse_lacking(names, (entry,))
        columns += [name for name in more if name not in columns]
    return tuple(columns)


def _matching(names: list[str], pattern: str, role: str, taken: set[str]) -> tuple[str, ...]:
    """The columns that a name with a star stands for."""
    matched = [name for name in names if fnmatch.fnmatchcase(name, pattern) and name not in taken]
    kept = matched if role == "next_observation" else of_this_step(names, matched)
    return tuple(in_star_order(kept if role in ("next_observation", "legal") else no_masks(kept), pattern))


def _partners(names: list[str], found: Mapping[str, tuple[str, ...]], wanted: Columns) -> tuple[str, ...]:
    """The columns of the next observation in the order of the observation's.

    If the mapping names none, they are those whose name has one word more, such as `next`.
    """
    seen, given = found["observation"], found["next_observation"]
    if given and not any("*" in name for name in wanted.next_observation or "*"):
        return _same_number(seen, given)
    free = set(names) - {name for role in found if role != "next_observation" for name in found[role]}
    candidates = given or [name for name in names if name in free and words(name) & LATER_WORDS]
    by_key = {key(name): name for name in candidates}
    if all(key(name) in by_key for name in seen) and len(candidates) >= len(seen):
        return tuple(by_key[key(name)] for name in seen)
    if wanted.next_observation is None and len(given) != len(seen):
        return ()
    return _same_number(seen, given)


def _same_number(seen: tuple[str, ...], following: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of the next observation; raises `RequestError` unless there is one per observation."""
    if following and len(following) != len(seen):
        raise RequestError(
            f"{len(following)} next_observation columns: expected one per observation, {len(seen)}"
        )
    return following


def _refuse_lacking(names: list[str], wanted: tuple[str, ...]) -> None:
    """Raise `RequestError` if a wanted column is not in the table, or is wanted twice."""
    for name in wanted:
        if name not in names:
            raise RequestError(
                f"no column {name!r}: the table has {shortened(names, 30)[:600]}; name the right one in a "
                "mapping (--mapping FILE)"
            )
    if len(set(wanted)) != len(wanted):
        raise RequestError(f"columns {shortened(wanted)} are not distinct: expected every name once")


def _refuse_twice(names: list[str], used: set[str]) -> None:
    """Raise `RequestError` if a column that is used has the name of another."""
    for name in names:
        if name in used and names.count(name) != 1:
            raise RequestError(f"the table has two columns {name!r}: expected every name once, rename one")


def _refuse_shared(found: Mapping[str, tuple[str, ...]]) -> None:
    """Raise `RequestError` if an observation holds what is only known after the action, or the action."""
    for role in ("action", "reward", "terminal", "truncated", "next_observation"):
        both = [name for name in found[role] if name in found["observation"]]
        if both:
            raise RequestError(f"column {both[0]!r} is {role} and observation: expected one role, choose one")


def _order(wanted: Columns, role: str) -> tuple[int, int]:
    """A sort key: a star with more letters around it chooses first, and the observation last."""
    entries = getattr(wanted, role) or USUAL[role][:1]
    return -min(len(entry.replace("*", "")) for entry in entries), (
        "legal",
        "action",
        "next_observation",
        "observation",
    ).index(role)
