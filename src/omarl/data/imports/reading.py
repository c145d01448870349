"""How an agent's logged actions are read, and their conversion to the team's action set."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.checks import TOLERANCE
from omarl.data.imports.options import Option
from omarl.data.imports.rows import rescale
from omarl.data.imports.survey import Survey
from omarl.errors import RequestError

LogRow = Int[np.ndarray, "rows"]


class ActionReading(NamedTuple):
    """How an agent's action columns are read.

    `options` are the logged values of the choices in the order of the one-hot vector, and `names` what they
    are called; both are None for vectors, and for columns that are one-hot already. `bounds` are low and
    high.
    """

    survey: Survey
    size: int
    bounds: tuple[np.ndarray, np.ndarray] | None = None
    options: Float[np.ndarray, "choices"] | None = None
    names: tuple[Option, ...] | None = None

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
    if reading.bounds is None:
        return values
    out = rescale(values, *reading.bounds)
    outside = np.any(np.abs(out) > 1 + TOLERANCE, axis=1)
    if outside.any():
        found = reading.survey
        raise RequestError(
            f"{found.extent}, outside the bounds {reading.bounds[0].tolist()} to "
            f"{reading.bounds[1].tolist()}, first in {_place(found, outside, rows)}: widen low and high or "
            "drop these episodes"
        )
    return out


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
