"""The column that counts an episode's steps: numbers, time stamps, and the holes between them."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Shaped

from omarl.data.imports.tables.arrow import ArrowColumn, ArrowTable
from omarl.data.imports.tables.columns import Labels, numbers
from omarl.data.imports.tables.grid import Grid
from omarl.errors import RequestError

CLOCK = 10  # a step of so many units is a clock's, which may be a little early or late
LATE = 1.5


def step_values(table: ArrowTable, name: str) -> Shaped[np.ndarray, "rows"]:
    """The column as whole numbers or time stamps, which stay exact, otherwise in double precision.

    Raises `RequestError` for missing values.
    """
    import pyarrow

    column = table.column(name)
    missing = f"column {name!r} has missing values: every row needs one"
    if column.null_count:
        raise RequestError(missing)
    types = pyarrow.types
    if types.is_timestamp(column.type) or types.is_date(column.type):
        return column.to_numpy()
    if types.is_time(column.type) or types.is_duration(column.type):
        column = column.cast(pyarrow.int32() if types.is_time32(column.type) else pyarrow.int64())
    if types.is_integer(column.type):
        return _as_int64(column, name)
    block = numbers(table, [name])
    if block.missing.any() or not np.isfinite(block.values).all():
        raise RequestError(missing)
    found = block.values[:, 0]
    whole = bool((found == np.floor(found)).all() and (np.abs(found) < 1 << 53).all())
    return found.astype(np.int64) if whole else found


def step_notes(grid: Grid, step: Shaped[np.ndarray, "rows"], episode: Labels) -> list[str]:
    """Notes about the length of a step.

    Raises `RequestError` with the first place where one or more steps are missing.
    """
    at = _moments(grid, step)
    within = ~grid.last[:-1]
    distance = np.diff(at)
    if not within.any():
        return []
    tick = _tick(distance[within])
    ratio = distance / tick
    usual = np.abs(ratio[within] - 1) <= LATE - 1
    if np.mean(usual) < 0.5:
        return [_uneven(distance, within, tick, grid)]
    holes = np.flatnonzero(within & (ratio > LATE))
    if len(holes):
        moment = int(holes[0])
        raise RequestError(
            f"episode {episode.names[grid.episode[moment]]!r} goes from step {at[moment]} to "
            f"{at[moment + 1]} at row {_row(grid, moment + 1)} of the log (counted from 0), but a step "
            f"is {_shown(tick)} ({len(holes)} such holes in all): split the episodes there or add the rows"
        )
    return (
        [] if tick == 1 and distance.dtype.kind == "i" else [f"one step is {_shown(tick)} of the step column"]
    )


def _as_int64(column: ArrowColumn, name: str) -> Int[np.ndarray, "rows"]:
    """Whole numbers of any width, exactly."""
    import pyarrow

    try:
        return column.cast(pyarrow.int64()).to_numpy()
    except pyarrow.ArrowException as error:
        raise RequestError(f"column {name!r} holds no steps: {str(error)[:120]}") from None


def _moments(grid: Grid, step: np.ndarray) -> Shaped[np.ndarray, "moments"]:
    """The step of each moment, which is that of any agent that is there."""
    someone = (~grid.left).argmax(1)
    return step[grid.row[np.arange(len(someone)), someone]]


def _tick(distances: Shaped[np.ndarray, "distances"]) -> Any:
    """The length of a step: the usual distance.

    Small whole numbers are counted in their greatest common divisor, so that 0, 1, 3 lacks a step.
    """
    middle = np.sort(distances)[(len(distances) - 1) // 2]
    if distances.dtype.kind != "i":
        return middle
    unit = np.gcd.reduce(distances)
    return unit if middle < CLOCK * unit else middle


def _row(grid: Grid, moment: int) -> int:
    """The first row of the log that belongs to a moment."""
    return int(grid.row[moment][~grid.left[moment]].min())


def _uneven(distance: np.ndarray, within: Bool[np.ndarray, "_"], tick: Any, grid: Grid) -> str:
    """The note that steps have no usual length."""
    inside = distance[within]
    widest = int(np.flatnonzero(within)[np.argmax(inside)]) + 1
    return (
        f"steps are of no even length ({_shown(inside.min())} to {_shown(inside.max())}, mostly "
        f"{_shown(tick)}; the longest before row {_row(grid, widest)} of the log): taken as one step each"
    )


def _shown(distance: Any) -> str:
    """A distance between steps in words."""
    if distance.dtype.kind == "m":
        return f"{distance / np.timedelta64(1, 's'):g} s"
    return f"{distance:g}" if distance.dtype.kind == "f" else str(distance)
