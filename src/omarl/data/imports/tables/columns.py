"""Columns of a table as arrays, with marks of missing values."""

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.dataset import Metadata
from omarl.data.imports.tables.arrow import ArrowTable
from omarl.data.manifest import parse_metadata
from omarl.errors import RequestError
from omarl.files import strict_json

METADATA_KEY = b"omarl"


class Block(NamedTuple):
    """Some numeric columns; a value has no meaning where `missing` is set."""

    values: Float[np.ndarray, "*rows columns"]
    missing: Bool[np.ndarray, "*rows columns"]


class Labels(NamedTuple):
    """A column of names; `code` is each row's index in `names`, which are in order of first appearance."""

    code: Int[np.ndarray, "rows"]
    names: tuple[str, ...]


def stored_metadata(table: ArrowTable) -> Metadata | None:
    """The metadata that `omarl data export` wrote into the file, or None."""
    text = (table.schema.metadata or {}).get(METADATA_KEY)
    return None if text is None else parse_metadata(strict_json.parse(text, "the table's omarl entry"))


def numbers(table: ArrowTable, names: list[str]) -> Block:
    """Columns as numbers in double precision; truth values become 0 and 1, and NaN counts as missing."""
    columns = [_number_column(table, name) for name in names]
    rows = table.num_rows
    if not columns:
        return Block(np.zeros((rows, 0)), np.zeros((rows, 0), bool))
    return Block(np.stack([c[0] for c in columns], 1), np.stack([c[1] for c in columns], 1))


def labels(table: ArrowTable, name: str) -> Labels:
    """A column of names or numbers as labels; raises `RequestError` for missing values."""
    import pyarrow

    column = table.column(name)
    if pyarrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode()
    if encoded.null_count:
        raise RequestError(f"column {name!r} has {encoded.null_count} missing values: every row needs one")
    code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Labels(code, tuple(str(value) for value in encoded.dictionary.to_pylist()))


def joint_labels(table: ArrowTable, names: tuple[str, ...]) -> Labels:
    """One label for each combination of the values of several columns."""
    found = [labels(table, name) for name in names]
    if len(found) == 1:
        return found[0]
    codes = np.stack([part.code for part in found], 1)
    kinds, first, code = np.unique(codes, axis=0, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    texts = ["/".join(part.names[i] for part, i in zip(found, kind, strict=True)) for kind in kinds]
    return Labels(rank[code.reshape(-1)], tuple(texts[i] for i in np.argsort(first)))


def in_natural_order(found: Labels) -> Labels:
    """The same labels with their names in natural order, so that `agent_10` follows `agent_9`."""
    order = sorted(range(len(found.names)), key=lambda i: natural(found.names[i]))
    rank = np.argsort(np.asarray(order))
    return Labels(rank[found.code], tuple(found.names[i] for i in order))


def _number_column(table: ArrowTable, name: str) -> tuple[np.ndarray, np.ndarray]:
    """One column's values, with zeros for missing ones, and a mark of the missing ones."""
    import pyarrow
    import pyarrow.compute

    column = table.column(name)
    try:
        if pyarrow.types.is_null(column.type):
            return np.zeros(len(column)), np.ones(len(column), bool)
        cast = column.cast(pyarrow.float64(), safe=False)
    except pyarrow.ArrowException as error:
        raise RequestError(f"column {name!r} does not hold numbers: {str(error)[:120]}") from None
    missing = cast.is_null(nan_is_null=True).to_numpy()
    return np.where(missing, 0.0, cast.fill_null(0.0).to_numpy()), missing


def natural(name: str) -> tuple:
    """A sort key with which `obs_10` follows `obs_9`."""
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in re.split(r"(\d{1,18})", name) if p)
