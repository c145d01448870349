"""The choices of a discrete action: how many there are, what the log calls them, and in which order."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from omarl.data.imports.mapping import Columns
from omarl.data.imports.survey import Survey, team_values
from omarl.errors import RequestError

Option = int | float | str
MOST = 1 << 16
Options = tuple[Float[np.ndarray, "choices"], tuple[Option, ...], list[str]]


def options_of(
    found: Survey, team: Sequence[Survey], columns: Columns, words: tuple[str, ...] | None
) -> Options:
    """The logged values of an agent's choices, their names, and notes for the user.

    `team` are the surveys of all agents, `columns` has what the user said about choices, and `words` are the
    names in the log, if it has names.
    """
    given = columns.choices_of(found.agent)
    if words is not None:
        return _named(found, given, words)
    if isinstance(given, tuple):
        return _listed(found, given)
    if given is not None:
        return _counted(found, given, columns.first, _from_one(team, columns))
    return _seen(found, team, columns.first)


def _named(found: Survey, given: int | tuple[Option, ...] | None, words: tuple[str, ...]) -> Options:
    """Choices with names in the log: all that the user lists, otherwise those that the agent chose."""
    if isinstance(given, tuple):
        names = tuple(str(name) for name in given)
        code = {word: float(i) for i, word in enumerate(words)}
        return np.asarray([code.get(name, -1.0 - i) for i, name in enumerate(names)]), names, []
    met = tuple(words[int(code)] for code in _values(found))
    if given is not None and given != len(met):
        raise RequestError(
            f"agent {found.agent!r} has {given} choices, of which the log shows {len(met)} "
            f"({_shown(met)}): list all their names in choices"
        )
    note = f"agent {found.agent!r}: {len(met)} choices taken from the names seen: {_shown(met)}"
    return _values(found), met, [note]


def _listed(found: Survey, given: tuple[Option, ...]) -> Options:
    """The choices that the user lists by the numbers they have in the log."""
    if any(isinstance(option, str) for option in given):
        raise RequestError(
            f"choices of agent {found.agent!r} are listed by name ({_shown(given)}), but the log holds "
            f"numbers from {found.least[0]:g} to {found.greatest[0]:g}: list these numbers"
        )
    return np.asarray(given, np.float64), given, []


def _counted(found: Survey, count: int, first: int | None, from_one: bool) -> Options:
    """So many whole numbers from `first` on, which is 0 or, if the values say so, 1."""
    if first is None and from_one:
        return _whole(1, count, [f"agent {found.agent!r}: choices are counted from 1 to {count}"])
    return _whole(first or 0, count, [])


def _from_one(team: Sequence[Survey], columns: Columns) -> bool:
    """Whether choices are counted from 1: none is 0, and one is as large as the number of choices."""
    reached = any(found.greatest[0] == columns.choices_of(found.agent) for found in team)
    return reached and all(found.least[0] >= 1 for found in team)


def _seen(found: Survey, team: Sequence[Survey], first: int | None) -> Options:
    """The choices that the values show: from the team's least number on, or only those seen if most lack."""
    if not found.whole or found.greatest[0] - found.least[0] >= MOST:
        raise RequestError(
            f"actions of agent {found.agent!r} run from {found.least[0]:g} to {found.greatest[0]:g} in "
            f"{found.columns[0]} and are no numbers of choices: list them in choices"
        )
    start = int(min(other.least[0] for other in team)) if first is None else first
    count = max(1, int(found.greatest[0]) + 1 - start)
    if first is None and found.seen is not None and _sparse(team):
        seen = found.seen
        names = tuple(int(value) for value in seen)
        note = f"agent {found.agent!r}: {len(names)} choices taken from the numbers seen: {_shown(names)}"
        return seen, names, [note]
    where = "the largest seen" if start == 0 else f"the numbers seen, {start} to {start + count - 1}"
    note = f"agent {found.agent!r}: {count} choices taken from {where}, set choices if there are more"
    return _whole(start, count, [note])


def _sparse(team: Sequence[Survey]) -> bool:
    """Whether most of the numbers between the team's least and greatest choice never occur."""
    values = team_values(team)
    return values is not None and bool(values[-1] - values[0] > 2 * len(values))


def _whole(start: int, count: int, notes: list[str]) -> Options:
    """So many whole numbers as choices."""
    names = tuple(range(start, start + count))
    return np.asarray(names, np.float64), names, notes


def _values(found: Survey) -> np.ndarray:
    """The few values that were seen."""
    if found.seen is None:
        raise RequestError(f"agent {found.agent!r} has too many different names as actions: list the choices")
    return found.seen


def _shown(names: tuple[Option, ...]) -> str:
    """Names for a message, the first of them if there are many."""
    return ", ".join(map(str, names[:8])) + (", ..." if len(names) > 8 else "")
