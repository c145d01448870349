"""What is subtracted from a table's columns, so that single precision can tell their values apart."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.imports.precision import merges
from omarl.data.imports.tables.arrow import ArrowTable
from omarl.data.imports.tables.columns import Block
from omarl.errors import RequestError

EXACT = 1 << 53  # from here on double precision does not hold every whole number

ObsOffsets = list[Float[np.ndarray, "_"]]


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
    table: ArrowTable, names: Sequence[str], also: Sequence[str]
) -> tuple[ArrowTable, Float[np.ndarray, "columns"]]:
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


def _less(table: ArrowTable, name: str, offset: int) -> ArrowTable:
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
