"""The kinds of files that hold a table, and how each is read; what compresses a text is undone."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from omarl.data.imports.tables.arrow import ArrowTable

DELIMITERS = ",;\t|"
PACKED = (".gz", ".bz2", ".zst", ".lz4")
DECIMAL_COMMA = r"^\s*([-+]?(\d+(,\d*)?|,\d+)([eE][-+]?\d+)?)?\s*$"


class TableRead(NamedTuple):
    """An Arrow table as it was read, and notes for the user about how."""

    table: ArrowTable
    notes: list[str]


def table_suffix(path: Path) -> str | None:
    """The ending by which a file is known to be a table, without that of its compression, or None."""
    suffix = path.suffix.lower()
    if suffix not in PACKED:
        return suffix if suffix in TABLE_READERS else None
    inner = Path(path.stem).suffix.lower()
    return inner if inner in TEXT_READERS else None


def reader_of(path: Path) -> Callable[[Path], TableRead]:
    """The function that reads a file, by the end of its name, otherwise by its first bytes."""
    suffix = table_suffix(path)
    if suffix is not None:
        return TABLE_READERS[suffix]
    with path.open("rb") as file:
        start = file.read(6)
    return _arrow if start == b"ARROW1" else _parquet if start[:4] == b"PAR1" else _text


def _parquet(path: Path) -> TableRead:
    """A Parquet file."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        return TableRead(file.read(), [])


def _arrow(path: Path) -> TableRead:
    """A Feather file, or an Arrow file or stream."""
    import pyarrow.feather
    import pyarrow.ipc

    with path.open("rb") as file:
        start = file.read(6)
    if start == b"ARROW1" or start[:4] == b"FEA1":
        return TableRead(pyarrow.feather.read_table(str(path), memory_map=False), [])
    with path.open("rb") as file, pyarrow.ipc.open_stream(file) as stream:
        return TableRead(stream.read_all(), [])


def _json(path: Path) -> TableRead:
    """JSON lines: one object a line."""
    import pyarrow
    import pyarrow.json

    with pyarrow.input_stream(str(path), compression="detect") as stream:
        return TableRead(pyarrow.json.read_json(stream), [])


def _text(path: Path) -> TableRead:
    """A table as text; what separates its columns is seen in its first line."""
    import pyarrow
    import pyarrow.csv

    with pyarrow.input_stream(str(path), compression="detect") as stream:
        head = stream.read(1 << 16).decode("utf-8-sig", "replace").lstrip("\r\n").split("\n")[0]
    delimiter = _delimiter(head, "\t" if table_suffix(path) == ".tsv" else ",")
    options = pyarrow.csv.ParseOptions(delimiter=delimiter)
    table = pyarrow.csv.read_csv(str(path), parse_options=options)
    table = table.rename_columns([name.strip() for name in table.column_names])
    if delimiter == ",":
        return TableRead(table, [])
    table, renewed = _decimal_commas(table)
    notes = [f"columns are separated by {delimiter!r}"] if delimiter in ";|" else []
    return TableRead(table, notes + ([f"decimal commas are read in {', '.join(renewed)}"] if renewed else []))


def _delimiter(head: str, default: str) -> str:
    """The character that separates columns: the commonest one in the first line, outside quotes."""
    bare = re.sub(r'"[^"]*"', "", head)
    best = max(DELIMITERS, key=bare.count)
    return best if bare.count(best) > bare.count(default) else default


def _decimal_commas(table: ArrowTable) -> tuple[ArrowTable, list[str]]:
    """The table with numbers such as `1,5` read as such, and the names of these columns."""
    import pyarrow.compute

    compute: Any = pyarrow.compute
    renewed = []
    for i, name in enumerate(table.column_names):
        column = table.column(i)
        if not pyarrow.types.is_string(column.type):
            continue
        numeric = compute.all(compute.match_substring_regex(column, DECIMAL_COMMA)).as_py()
        if numeric and compute.any(compute.match_substring(column, ",")).as_py():
            text = compute.utf8_trim_whitespace(compute.replace_substring(column, ",", "."))
            blank = compute.equal(text, "")
            number = compute.if_else(blank, None, text).cast(pyarrow.float64())
            table, renewed = table.set_column(i, name, number), [*renewed, name]
    return table, renewed


def memory_estimate(path: Path) -> int:
    """About how many bytes of memory a file will take."""
    size = path.stat().st_size
    if reader_of(path) is not _parquet:
        return (
            size
            * (4 if reader_of(path) in TEXT_READERS.values() else 1)
            * (8 if path.suffix in PACKED else 1)
        )
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        cells = 8 * file.metadata.num_rows * file.metadata.num_columns
        return max(cells, sum(group.total_byte_size for group in groups))


TEXT_READERS: Mapping[str, Callable[[Path], TableRead]] = {
    ".csv": _text,
    ".tsv": _text,
    ".jsonl": _json,
    ".ndjson": _json,
}
TABLE_READERS: Mapping[str, Callable[[Path], TableRead]] = {
    ".parquet": _parquet,
    ".pq": _parquet,
    ".feather": _arrow,
    ".arrow": _arrow,
    ".arrows": _arrow,
    **TEXT_READERS,
}
