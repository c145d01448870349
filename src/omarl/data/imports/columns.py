"""Columns of a Parquet or CSV file as arrays, with marks of missing values."""

import fnmatch
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.dataset import Metadata
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


def read_table(path: Path) -> Any:
    """The Arrow table in a Parquet or CSV file.

    Raises `RequestError` if the file is broken or would need more than half of the memory.
    """
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    if not path.is_file():
        raise RequestError(f"{path} is no file: expected a table in Parquet or CSV")
    try:
        if path.suffix.lower() in (".csv", ".tsv"):
            _refuse_giant(path, 4 * path.stat().st_size)
            tab = "\t" if path.suffix.lower() == ".tsv" else ","
            return pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(delimiter=tab))
        with pyarrow.parquet.ParquetFile(path) as file:
            groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
            _refuse_giant(path, sum(group.total_byte_size for group in groups))
            _refuse_giant(path, 8 * file.metadata.num_rows * file.metadata.num_columns)
            return file.read()
    except (pyarrow.ArrowException, OSError) as error:
        raise RequestError(f"{path} cannot be read as a table: {str(error)[:200]}") from None


def stored_metadata(table: Any) -> Metadata | None:
    """The metadata that `omarl data export` wrote into the file, or None."""
    text = (table.schema.metadata or {}).get(METADATA_KEY)
    return None if text is None else parse_metadata(strict_json.parse(text, "the table's omarl entry"))


def matching(table: Any, wanted: str | tuple[str, ...], required: bool) -> list[str]:
    """The columns that a mapping entry names, in natural order if it has a star.

    Raises `RequestError` for missing or repeated columns; only an entry that is not `required` may have none.
    """
    names = table.column_names
    starred = [name for name in names if isinstance(wanted, str) and fnmatch.fnmatchcase(name, wanted)]
    found = starred or ([] if isinstance(wanted, str) else list(wanted))
    lacking = [name for name in found if name not in names] or ([wanted] if not found else [])
    if lacking and not required:
        return []
    if lacking:
        raise RequestError(f"no column {lacking[0]!r}: the table has {', '.join(names)[:300]}")
    if any(names.count(name) != 1 or found.count(name) != 1 for name in found):
        raise RequestError(f"columns {', '.join(found)[:200]} are not distinct: expected every name once")
    return sorted(found, key=_natural) if starred else found


def numbers(table: Any, names: list[str]) -> Block:
    """Columns as numbers in double precision; truth values become 0 and 1, and NaN counts as missing."""
    columns = [_number_column(table, name) for name in names]
    rows = table.num_rows
    if not columns:
        return Block(np.zeros((rows, 0)), np.zeros((rows, 0), bool))
    return Block(np.stack([c[0] for c in columns], 1), np.stack([c[1] for c in columns], 1))


def labels(table: Any, name: str) -> Labels:
    """A column of names or numbers as labels; raises `RequestError` for missing values."""
    encoded = table.column(name).combine_chunks().dictionary_encode()
    if encoded.null_count:
        raise RequestError(f"column {name!r} has {encoded.null_count} missing values: every row needs one")
    code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Labels(code, tuple(str(value) for value in encoded.dictionary.to_pylist()))


def in_natural_order(found: Labels) -> Labels:
    """The same labels with their names in natural order, so that `agent_10` follows `agent_9`."""
    order = sorted(range(len(found.names)), key=lambda i: _natural(found.names[i]))
    rank = np.argsort(np.asarray(order))
    return Labels(rank[found.code], tuple(found.names[i] for i in order))


def _number_column(table: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
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


def _natural(name: str) -> tuple:
    """A sort key with which `obs_10` follows `obs_9`."""
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in re.split(r"(\d{1,18})", name) if p)


def _refuse_giant(path: Path, size: int) -> None:
    """Raise `RequestError` if a table would need more than half of this machine's memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size > memory // 2:
        raise RequestError(
            f"{path} would take {size} bytes of {memory}: split it by episode and import the parts"
        )
