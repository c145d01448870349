"""Action columns of a table, in which choices may have names instead of numbers."""

from typing import NamedTuple

import numpy as np

from omarl.data.imports.tables.arrow import ArrowTable, ArrowType
from omarl.data.imports.tables.columns import Block, in_natural_order, labels, numbers
from omarl.errors import RequestError


class Logged(NamedTuple):
    """Action columns as numbers.

    Where the log holds names, `words` are these names and the numbers are their indices. `whole` says that
    the columns store whole numbers or truth values.
    """

    columns: tuple[str, ...]
    block: Block
    words: tuple[str, ...] | None
    whole: bool


def logged_actions(table: ArrowTable, names: list[str]) -> Logged:
    """The action columns of a table; raises `RequestError` for several columns of names."""
    import pyarrow

    types = pyarrow.types
    kinds = [table.column(name).type for name in names]
    if not any(_is_text(kind) for kind in kinds):
        whole = all(types.is_integer(kind) or types.is_boolean(kind) for kind in kinds)
        return Logged(tuple(names), numbers(table, names), None, whole)
    if len(names) > 1:
        raise RequestError(
            f"{len(names)} action columns, of which {names[0] if _is_text(kinds[0]) else 'some'} hold names: "
            "a choice is one column"
        )
    block, words = _coded(table, names[0])
    return Logged(tuple(names), block, words, True)


def _is_text(kind: ArrowType) -> bool:
    """Whether a column of this type holds names."""
    import pyarrow

    value = kind.value_type if pyarrow.types.is_dictionary(kind) else kind
    return pyarrow.types.is_string(value) or pyarrow.types.is_large_string(value)


def _coded(table: ArrowTable, name: str) -> tuple[Block, tuple[str, ...]]:
    """A column of names as indices of its distinct names in natural order; empty ones are missing."""
    import pyarrow

    column = table.column(name).cast(pyarrow.string()).fill_null("")
    missing = np.asarray([not text.strip() for text in column.to_pylist()], bool)
    present = pyarrow.table({name: column}).filter(pyarrow.array(~missing))
    found = in_natural_order(labels(present, name))
    code = np.zeros((len(missing), 1))
    code[~missing, 0] = found.code
    return Block(code, missing[:, None]), found.names
