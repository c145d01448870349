"""What single precision, in which datasets are stored, would lose of a log's numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.imports.columns import Block
from omarl.errors import RequestError

WINDOW = 4096
KEPT = 0.9
GRAIN = 1e-6
EXACT = 1 << 53  # from here on double precision does not hold every whole number

ObsOffsets = list[Float[np.ndarray, "_"]]


def merges(values: np.ndarray) -> bool:
    """Whether single precision makes more than a tenth of the distinct values of a column equal.

    Neighbouring rows are looked at: the first, the middle and the last ones. Values count as distinct if they
    are a millionth of their range apart, so that noise of rounding does not count.
    """
    if values.dtype.kind == "f" and values.dtype.itemsize <= 4:
        return False
    return any(_merges_here(np.asarray(values[rows], np.float64)) for rows in windows(len(values)))


def windows(rows: int) -> list[slice]:
    """The first, middle and last rows of a log."""
    starts = {0, max(0, (rows - WINDOW) // 2), max(0, rows - WINDOW)}
    return [slice(start, start + WINDOW) for start in sorted(starts)]


def refuse_merging(columns: np.ndarray, what: str) -> None:
    """Raise `RequestError` if single precision loses what a column `[rows columns]` tells."""
    for index in range(columns.shape[1]):
        column = columns[:, index]
        if merges(column):
            raise RequestError(
                f"{what}, column {index}, has values from {column.min():.17g} to {column.max():.17g}, of "
                "which single precision makes many equal: subtract an offset from the column or leave it out"
            )


def offsets_of(
    block: Block,
    absent: Bool[np.ndarray, "moments agent"],
    seen: Sequence[Int[np.ndarray, "_"]],
    agents: tuple[str, ...],
    names: list[str],
    subtracted: Float[np.ndarray, "columns"],
) -> tuple[ObsOffsets, list[str]]:
    """What to subtract from each agent's observation columns before they are stored, and notes about it.

    It is zero unless single precision would lose what the column tells. `subtracted` was taken off before,
    and the notes tell both together. Raises `RequestError` if much is lost even after the least value is
    subtracted.
    """
    offsets, notes = [], []
    for i, (agent, columns) in enumerate(zip(agents, seen, strict=True)):
        present = ~absent[:, i]
        found = np.asarray([_offset(block.values[present, i, k], agent, names[k]) for k in columns])
        offsets.append(found)
        total = found + subtracted[columns]
        notes += [
            f"agent {agent!r}: {total[k]:.17g} is subtracted from {names[int(columns[k])]}, whose "
            "values single precision cannot tell apart otherwise"
            for k in np.flatnonzero(total)
        ]
    return offsets, notes


def shifted(block: Block, seen: Sequence[Int[np.ndarray, "_"]], offsets: ObsOffsets) -> Block:
    """The block without each agent's offsets; one without columns stays as it is."""
    if not block.values.shape[-1] or not any(offset.any() for offset in offsets):
        return block
    values = block.values.copy()
    for agent, (columns, offset) in enumerate(zip(seen, offsets, strict=True)):
        values[:, agent, columns] -= offset
    return block._replace(values=values)


def without_giants(
    table: Any, names: Sequence[str], also: Sequence[str]
) -> tuple[Any, Float[np.ndarray, "columns"]]:
    """The table without whole numbers that double precision rounds, and what was subtracted from each column.

    The least value of such a column is subtracted, from the column in the same place of `also` too.
    """
    import pyarrow
    import pyarrow.compute

    minmax: Any = pyarrow.compute.min_max  # pyright: ignore[reportAttributeAccessIssue]
    subtracted = np.zeros(len(names))
    for place, name in enumerate(names):
        column = table.column(name)
        if not pyarrow.types.is_integer(column.type) or column.null_count == len(column):
            continue
        extent = minmax(column).as_py()
        if max(abs(extent["min"]), abs(extent["max"])) > EXACT:
            subtracted[place] = extent["min"]
            for changed in (name, *also[place : place + 1]):
                table = _less(table, changed, extent["min"])
    return table, subtracted


def _less(table: Any, name: str, offset: int) -> Any:
    """The table with a number subtracted from a column."""
    import pyarrow
    import pyarrow.compute

    subtract: Any = pyarrow.compute.subtract_checked  # pyright: ignore[reportAttributeAccessIssue]
    column = table.column(name)
    try:
        less = subtract(column, pyarrow.scalar(offset, column.type))
    except pyarrow.ArrowException as error:
        raise RequestError(f"column {name!r} spans too large a range: {str(error)[:120]}") from None
    return table.set_column(table.column_names.index(name), name, less)


def _offset(values: np.ndarray, agent: str, name: str) -> float:
    """What to subtract from a column: nothing, a whole number, or the least value."""
    if not np.isfinite(values).all() or not len(values):
        return 0.0  # the writer refuses what is not finite
    least = float(values.min())
    for offset in (0.0, float(np.floor(least)), least):
        if not merges(values - offset):
            return offset
    raise RequestError(
        f"column {name!r} of agent {agent!r} has values from {least:.17g} to {values.max():.17g}, of which "
        "single precision makes many equal even after the least is subtracted: split or drop the column"
    )


def _merges_here(values: np.ndarray) -> bool:
    """Whether single precision makes many of these values equal."""
    values = values[np.isfinite(values)]
    extent = float(np.ptp(values)) if len(values) else 0.0
    if extent == 0 or not np.isfinite(extent):
        return False
    with np.errstate(over="ignore"):
        single = values.astype(np.float32).astype(np.float64)
    kept, had = (_distinct(column, values.min(), extent) for column in (single, values))
    return kept < KEPT * had


def _distinct(values: np.ndarray, least: float, extent: float) -> int:
    """Number of values that are apart at the scale that matters."""
    return len(np.unique(np.round((values - least) / (extent * GRAIN))))
