"""What logged actions mean: vectors in a box, or choices."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from omarl.data.checks import TOLERANCE
from omarl.data.imports.mapping import Bounds, Columns
from omarl.data.imports.options import options_of
from omarl.data.imports.reading import ActionReading
from omarl.data.imports.survey import Survey, choice_like
from omarl.errors import RequestError
from omarl.types import ActionKind

ASK_BOUNDS = "give their bounds as low and high under [action] of a mapping file (--mapping)"
OR_CHOICES = 'or kind = "discrete" there if they are choices'


def settle_actions(
    surveys: Sequence[Survey],
    columns: Columns,
    everything: tuple[str, ...],
    words: tuple[str, ...] | None = None,
    cut: float = 0.0,
) -> tuple[ActionKind, list[ActionReading], list[str]]:
    """The kind of the team's actions, how each agent's are read, and notes for the user.

    `everything` are the action columns of all agents, to which lists of bounds refer. `words` are the names
    of choices where the log holds names; the surveys are then of their indices. `cut` says how far beyond the
    box numbers are cut to it (see `ActionReading`).
    Raises `RequestError` with the values seen where the user has to decide.
    """
    _refuse_strangers(columns.choices, [found.agent for found in surveys])
    kind, notes = _kind(surveys, columns, words)
    if kind == "continuous":
        low, high = (_per_column(side, everything) for side in (columns.low, columns.high))
        return kind, [_box(found, everything, low, high, cut) for found in surveys], notes
    readings, more = [], []
    for found in surveys:
        reading, note = _choice(found, surveys, columns, words)
        readings.append(reading)
        more += note
    return kind, _all_named(readings), [*notes, *more]


def _kind(
    surveys: Sequence[Survey], columns: Columns, words: tuple[str, ...] | None
) -> tuple[ActionKind, list[str]]:
    """The kind of action that the user gave or that the values show, and notes about what was assumed."""
    if columns.kind is not None:
        if words is not None and columns.kind == "continuous":
            raise RequestError(f"actions are names such as {words[0]!r}: they can only be choices")
        return columns.kind, []
    if words is not None:
        return "discrete", []
    if all(found.one_hot for found in surveys) and any(found.used > 1 for found in surveys):
        return "discrete", [f"{_several(surveys)} one-hot in every row: taken as choices {_UNLESS}"]
    if choice_like(surveys):
        return "discrete", [f"{_several(surveys)} a few whole numbers: taken as choices {_UNLESS}"]
    if all(found.whole and found.inside for found in surveys):
        what = "hold only whole numbers in [-1, 1]: taken as continuous"
        return "continuous", [f'action columns {what} (set kind = "discrete" if they are choices)']
    return "continuous", []


_UNLESS = '(set kind = "continuous" if they are not)'


def _several(surveys: Sequence[Survey]) -> str:
    """The names of all action columns, as the beginning of a sentence."""
    names = list(dict.fromkeys(name for found in surveys for name in found.columns))
    shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
    return f"action columns {shown} are" if len(names) > 1 else f"action column {shown} holds"


def _box(
    found: Survey, everything: tuple[str, ...], low: np.ndarray | None, high: np.ndarray | None, cut: float
) -> ActionReading:
    """A vector, rescaled if there are bounds; without bounds it must be in [-1, 1] already."""
    size = len(found.columns)
    if low is not None and high is not None:
        mine = [everything.index(name) for name in found.columns]
        return ActionReading(found, size, bounds=(low[mine], high[mine]), cut=cut)
    if not found.reach <= 1 + max(cut, TOLERANCE):
        hint = f", {OR_CHOICES}" if found.whole and size == 1 else ""
        raise RequestError(f"{found.extent}, outside [-1, 1]: {ASK_BOUNDS}{hint}")
    return ActionReading(found, size, cut=cut)


def _choice(
    found: Survey, surveys: Sequence[Survey], columns: Columns, words: tuple[str, ...] | None
) -> tuple[ActionReading, list[str]]:
    """A choice from one column, or from columns that are one-hot."""
    given, size = columns.choices_of(found.agent), len(found.columns)
    if size == 1:
        options, names, notes = options_of(found, surveys, columns, words)
        return ActionReading(found, len(names), options=options, names=names), notes
    if not found.one_hot:
        raise RequestError(
            f"agent {found.agent!r} has {size} action columns, which are not one-hot: a choice is one "
            "column, or one column for each choice with a single 1 in every row"
        )
    names = given if isinstance(given, tuple) else None
    if given is not None and (given if names is None else len(names)) != size:
        raise RequestError(f"agent {found.agent!r} has {size} one-hot columns, but choices says {given}")
    return ActionReading(found, size, names=names), []


def _per_column(bounds: Bounds | None, everything: tuple[str, ...]) -> Float[np.ndarray, "columns"] | None:
    """One bound for each action column."""
    if isinstance(bounds, tuple) and len(bounds) != len(everything):
        raise RequestError(
            f"{len(bounds)} action bounds for {len(everything)} action columns: give one each, or one for all"
        )
    return None if bounds is None else np.broadcast_to(np.asarray(bounds, np.float64), (len(everything),))


def _all_named(readings: list[ActionReading]) -> list[ActionReading]:
    """The readings, in which one-hot choices are called as their columns if other agents' have names."""
    if all(reading.names is None for reading in readings):
        return readings
    return [r if r.names is not None else r._replace(names=r.survey.columns) for r in readings]


def _refuse_strangers(choices: Any, agents: Sequence[str]) -> None:
    """Raise `RequestError` if choices are given for an agent that the log does not have."""
    strangers = [name for name in choices if name not in agents] if isinstance(choices, Mapping) else []
    if strangers:
        raise RequestError(
            f"choices are given for {strangers[0]!r}, which is no agent of the log: {', '.join(agents)[:200]}"
        )
