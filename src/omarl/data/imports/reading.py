"""How an agent's logged actions are read, and their conversion to the team's action set."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from omarl.data.checks import TOLERANCE
from omarl.data.imports.options import Option
from omarl.data.imports.rows import pad, rescale
from omarl.data.imports.survey import Survey
from omarl.errors import RequestError

CUT_SHARE = 0.05
"""How far beyond the box actions are cut to it, as simulators do: a share of half the box's width."""
LogRow = Int[np.ndarray, "rows"]


class ActionReading(NamedTuple):
    """How an agent's action columns are read.

    `options` are the logged values of the choices in the order of the one-hot vector, and `names` what they
    are called; both are None for vectors, and for columns that are one-hot already. `bounds` are low and
    high. Numbers that are beyond the box by at most the share `cut` of half its width are cut to it.
    """

    survey: Survey
    size: int
    bounds: tuple[np.ndarray, np.ndarray] | None = None
    options: Float[np.ndarray, "choices"] | None = None
    names: tuple[Option, ...] | None = None
    cut: float = 0.0

    @property
    def reach(self) -> float:
        """The largest absolute value in the scale in which the box is [-1, 1]; 1 for choices."""
        limits = np.stack([self.survey.least, self.survey.greatest])
        return 1.0 if self.options is not None else float(np.abs(_in_the_box(self, limits)).max())

    @property
    def units(self) -> dict[str, Any]:
        """The entry in the dataset's units (see `data.units`)."""
        if self.bounds is not None:
            return {"low": self.bounds[0].tolist(), "high": self.bounds[1].tolist()}
        return {} if self.names is None else {"choices": list(self.names)}


def converted(
    reading: ActionReading, values: Float[np.ndarray, "rows columns"], rows: LogRow
) -> Float[np.ndarray, "rows act"]:
    """Logged actions as vectors of the team's action set.

    `rows` are their rows in the log. Raises `RequestError` with the first that is no possible action.
    """
    if reading.options is not None:
        return _one_hot(reading, values[:, 0], rows)
    out = _in_the_box(reading, values)
    outside = np.any(np.abs(out) > 1 + max(reading.cut, TOLERANCE), axis=1)
    if reading.bounds is not None and outside.any():
        raise RequestError(
            f"{reading.survey.extent}, outside the bounds {_span(reading.bounds)}, first in "
            f"{_place(reading.survey, outside, rows)}: widen low and high or drop these episodes"
        )
    return np.clip(out, -1, 1) if reading.cut else out


def team_vectors(
    readings: Sequence[ActionReading], values: Shaped[np.ndarray, "rows agent columns"], rows: LogRow
) -> Float[np.ndarray, "rows agent act"]:
    """The logged actions of a team, whose agents have the same columns, as vectors of its action set."""
    logged = np.asarray(values, np.float64)
    parts = [converted(reading, logged[:, i], rows) for i, reading in enumerate(readings)]
    return pad(parts, max(reading.size for reading in readings))


def cut_note(
    readings: Sequence[ActionReading], parts: Iterable[Shaped[np.ndarray, "_ agent columns"]]
) -> list[str]:
    """A note about actions that are cut to the box; `parts` are all of them, read only if any is."""
    reach = max(reading.reach for reading in readings)
    if not 1 + TOLERANCE < reach <= 1 + readings[0].cut:
        return []
    beyond, total = 0, 0
    for part in parts:
        scaled = [_in_the_box(reading, part[:, i]) for i, reading in enumerate(readings)]
        beyond, total = beyond + int(np.count_nonzero(np.abs(scaled) > 1 + TOLERANCE)), total + part.size
    return [
        f"{beyond} of {total} action entries are beyond their bounds, by up to {100 * (reach - 1):.2g} % "
        "of half the box: they are cut to it, as simulators do"
    ]


def _span(bounds: tuple[np.ndarray, np.ndarray]) -> str:
    """Bounds in words."""
    return " to ".join(str(side.tolist()) for side in bounds)


def _in_the_box(
    reading: ActionReading, values: Shaped[np.ndarray, "rows columns"]
) -> Float[np.ndarray, "rows columns"]:
    """Logged vectors in the scale in which the box is [-1, 1]."""
    return values if reading.bounds is None else rescale(values, *reading.bounds)


def _one_hot(reading: ActionReading, values: np.ndarray, rows: LogRow) -> Float[np.ndarray, "rows choices"]:
    """Logged choices as one-hot vectors."""
    options = np.asarray(reading.options)
    order = np.argsort(options)
    place = np.minimum(np.searchsorted(options[order], values), len(options) - 1)
    index = order[place]
    wrong = options[index] != values
    if wrong.any():
        names = reading.names or ()
        shown = f"{names[0]} to {names[-1]}" if len(names) > 6 else ", ".join(map(str, names))
        raise RequestError(
            f"action {values[np.argmax(wrong)]:g} in {_place(reading.survey, wrong, rows)} is not one of the "
            f"choices {shown}: set first under [action] to the first choice's number, or list all choices"
        )
    return np.eye(len(options), dtype=np.float32)[index]


def _place(found: Survey, wrong: Bool[np.ndarray, "rows"], rows: LogRow) -> str:
    """The first wrong row of the log in words."""
    marked = np.asarray(rows)[wrong]
    return f"row {marked.min()} of the log (agent {found.agent!r}, rows counted from 0)"
