"""Columns of lists and of structures as plain columns: `obs` of length 2 becomes `obs_0` and `obs_1`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from omarl.data.imports.tables.arrow import ArrowColumn, ArrowTable, ArrowType
from omarl.errors import RequestError

MAX_LENGTH = 1 << 16
GLANCE = 100
LIST_TEXT = r"^\s*\[[-+0-9.eE,\sna]*\]\s*$"


class Flat(NamedTuple):
    """A table of plain columns, and what became of each column that was a list or a structure."""

    table: ArrowTable
    parts: Mapping[str, tuple[str, ...]]


def plain_columns(table: ArrowTable) -> Flat:
    """The table with the entries of lists and structures as columns, in the same place.

    A list that is shorter than the longest one leaves the last columns empty; a list of one entry keeps its
    name. Lists in lists give names such as `obs_0_1`, members of structures names such as `obs.x`. Texts such
    as `[0.5, 1]` are lists, too. What is no list of numbers stays as it is.
    """
    import pyarrow

    names, columns, parts = [], [], {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        found = _leaves(name, column)
        names += [leaf for leaf, _ in found]
        columns += [values for _, values in found]
        if [leaf for leaf, _ in found] != [name]:
            parts[name] = tuple(leaf for leaf, _ in found)
    return Flat(pyarrow.table(columns, names=names, metadata=table.schema.metadata), parts)


def _leaves(name: str, column: ArrowColumn) -> list[tuple[str, ArrowColumn]]:
    """The plain columns of one column, with their names."""
    import pyarrow

    column = _plain(column)
    if pyarrow.types.is_struct(column.type):
        fields = [f"{name}.{column.type.field(i).name}" for i in range(column.type.num_fields)]
        inner = list(zip(fields, column.flatten(), strict=True))
    elif _holds_numbers(column.type):
        entries = _entries(column.combine_chunks())
        inner = [(name if len(entries) == 1 else f"{name}_{i}", entry) for i, entry in enumerate(entries)]
    else:
        return [(name, column)]
    return [leaf for field, values in inner for leaf in _leaves(field, values)]


def _plain(column: ArrowColumn) -> ArrowColumn:
    """The column as a chunked array of its storage type, and texts that are lists as lists."""
    import pyarrow

    if not isinstance(column, pyarrow.ChunkedArray):
        column = pyarrow.chunked_array([column])
    if isinstance(column.type, pyarrow.BaseExtensionType):
        chunks = [chunk.storage for chunk in column.chunks]
        return pyarrow.chunked_array(chunks, column.type.storage_type)
    column = _without_views(column)
    is_text = pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type)
    return _lists_in_text(column) if is_text else column


def _without_views(column: ArrowColumn) -> ArrowColumn:
    """The column with views of texts, which few functions of Arrow know, as texts."""
    import pyarrow

    kind = column.type
    if pyarrow.types.is_string_view(kind):
        return column.cast(pyarrow.string())
    if not pyarrow.types.is_dictionary(kind) or not pyarrow.types.is_string_view(kind.value_type):
        return column
    texts = [(chunk.indices, chunk.dictionary.cast(pyarrow.string())) for chunk in column.chunks]
    return pyarrow.chunked_array([pyarrow.DictionaryArray.from_arrays(*chunk) for chunk in texts])


def _holds_numbers(kind: ArrowType) -> bool:
    """Whether a type is a list of numbers, of truth values, or of lists or structures of them."""
    import pyarrow.types as types

    if not (types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)):
        return False
    value = kind.value_type
    plain = (types.is_floating, types.is_integer, types.is_boolean, types.is_decimal, types.is_struct)
    return any(is_such(value) for is_such in plain) or _holds_numbers(value)


def _entries(lists: ArrowColumn) -> list[ArrowColumn]:
    """The first entries of all lists, their second entries, and so on."""
    import pyarrow.compute

    compute: Any = pyarrow.compute
    counted = compute.fill_null(compute.list_value_length(lists), 0)
    length = counted.to_numpy(zero_copy_only=False).astype(np.int64)
    most = int(length.max(initial=0))
    if most > MAX_LENGTH:
        raise RequestError(f"a list has {most} entries: expected at most {MAX_LENGTH} in a column of lists")
    flat, start = lists.flatten(), np.cumsum(length) - length
    return [flat.take(pyarrow.array(start + i, pyarrow.int64(), mask=length <= i)) for i in range(most)]


def _lists_in_text(column: ArrowColumn) -> ArrowColumn:
    """Texts such as `[0.5, 1]` or `[0.5 1]` as lists of numbers; a column of anything else stays."""
    import pyarrow.compute

    compute: Any = pyarrow.compute
    for part in (column.slice(0, GLANCE), column):
        bracketed = compute.match_substring_regex(part, LIST_TEXT)
        if part.null_count == len(column) or not compute.all(bracketed).as_py():
            return column
    inner = compute.utf8_trim(column, characters="[] \t\r\n,")
    entries = compute.split_pattern_regex(inner, r"\s*,\s*|\s+")
    try:
        return entries.cast(pyarrow.list_(pyarrow.float64()))
    except pyarrow.ArrowException:
        return column
