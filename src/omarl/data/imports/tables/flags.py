"""Columns of marks: numbers, truth values, words such as `yes`, or values that a mapping names."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from omarl.data.imports.mapping import FLAGS, MarkValue
from omarl.data.imports.tables.arrow import ArrowColumn, ArrowTable
from omarl.data.imports.tables.columns import Block
from omarl.data.imports.tables.names import shortened
from omarl.data.imports.tables.roles import Roles
from omarl.errors import RequestError

WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


def marks_of(
    table: ArrowTable, roles: Roles, values: Mapping[str, tuple[MarkValue, ...]]
) -> tuple[dict[str, Block], list[str]]:
    """The columns of true ends and of time limits, and notes for the user; no columns if none was recorded.

    `values` are those that mean true. A column that marks all ends, such as `done`, marks no true end where a
    time limit is marked.
    """
    nothing = np.zeros((table.num_rows, 0))
    marks, notes = {name: Block(nothing, nothing.astype(bool)) for name in FLAGS}, []
    for name in FLAGS:
        for column in roles.columns[name]:
            marks[name], said = flag_column(table, column, values.get(name))
            notes += said
    both = marks["terminal"].values * marks["truncated"].values
    if roles.any_end and both.any():
        marks["terminal"] = marks["terminal"]._replace(values=marks["terminal"].values - both)
        names = " and ".join(repr(roles.columns[name][0]) for name in FLAGS)
        notes.append(f"ends marked by {names} are stored as time limits: the first column marks all ends")
    return marks, notes


def flag_column(
    table: ArrowTable, name: str, marked: tuple[MarkValue, ...] | None
) -> tuple[Block, list[str]]:
    """One column of marks as zeros and ones, and notes for the user.

    `marked` are the values that mean true; without them the column holds numbers or truth values, of which
    zero is false, or the words in `WORDS`. Raises `RequestError` for other values. A blank cell is missing.
    """
    encoded, values = _distinct(table.column(name))
    notes: list[str] = []
    if marked is None:
        meaning = [_meaning(value, name) for value in values]
    else:
        meaning = [any(_same(value, mark) for mark in marked) for value in values]
        absent = [mark for mark in marked if not any(_same(value, mark) for value in values)]
        if absent:
            held = shortened([repr(value) for value in values])
            notes = [f"no row of column {name!r} has the value {absent[0]!r}: it holds {held}"]
    known = np.asarray([value is not None for value in meaning] + [False])
    true = np.asarray([bool(value) for value in meaning] + [False])
    return Block(true[encoded][:, None].astype(np.float64), ~known[encoded][:, None]), notes


def _distinct(column: ArrowColumn) -> tuple[np.ndarray, list[Any]]:
    """Each row's index among the column's distinct values, -1 where there is none, and these values."""
    import pyarrow

    if pyarrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    found = column.combine_chunks().dictionary_encode()
    code = found.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return code, found.dictionary.to_pylist()


def _meaning(value: Any, name: str) -> bool | None:
    """Whether a value is true or false; None for a blank one."""
    if isinstance(value, bool | int | float):
        return None if value != value else value != 0
    word = str(value).strip().lower()
    if word in ("", "nan", "none", "null", "na"):
        return None
    number = _number(word)
    if word not in WORDS and number is None:
        raise RequestError(
            f"column {name!r} holds {str(value)[:60]!r}: expected 0 and 1, or the words "
            f"{', '.join(WORDS)}; otherwise name the values that mean true in a mapping, as in "
            f"terminal = {{column = {name!r}, values = [...]}}"
        )
    return WORDS.get(word, number != 0)


def _same(value: Any, mark: MarkValue) -> bool:
    """Whether a value of the column is the one that the mapping names; `2` and `2.0` and the text `2` are."""
    if isinstance(value, str) == isinstance(mark, str):
        return value == mark
    text, other = (value, mark) if isinstance(value, str) else (mark, value)
    if isinstance(other, bool):
        return str(other).lower() == str(text).lower()
    return _number(str(text)) == other


def _number(text: str) -> float | None:
    """The number that a text spells, or None."""
    try:
        return float(text)
    except ValueError:
        return None
