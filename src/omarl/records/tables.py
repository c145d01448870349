"""CSV tables that grow while a run goes on and survive a crash.

Only one run writes to a table at a time. A crash may cut the last row short: readers drop that piece, and it
is removed when the run goes on.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from omarl.errors import RequestError


def append_rows(path: Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Add rows to the table at `path`, which is made with its header if it does not exist.

    None becomes an empty cell. The rows are written in one piece and synced to the disk; a row that an
    earlier crash cut short is removed first. Raises `RequestError` for a table with other columns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as file:
        whole = _whole_lines(file)
        file.truncate(whole)
        if whole:
            _require_header(file, path, columns)
        file.write(rows_text(rows if whole else [columns, *rows]).encode())
        file.flush()
        os.fsync(file.fileno())


def has_columns(path: Path, columns: Sequence[str]) -> bool:
    """Whether there is a table with this header at `path`."""
    if not path.exists():
        return False
    with open(path, "rb") as file:
        return file.readline() == rows_text([columns]).encode()


def rows_text(rows: Iterable[Iterable[object]]) -> str:
    """Rows of a table as CSV; None becomes an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        ["" if value is None else value for value in row] for row in rows
    )
    return text.getvalue()


def _whole_lines(file: io.BufferedRandom) -> int:
    """The number of bytes up to and including the last line break."""
    file.seek(0)
    return file.read().rfind(b"\n") + 1


def _require_header(file: io.BufferedRandom, path: Path, columns: Sequence[str]) -> None:
    """Raise `RequestError` unless the first line of `file` is the header of today's table."""
    file.seek(0)
    if file.readline() != rows_text([columns]).encode():
        raise RequestError(f"{path} does not have the columns of this version: append to a new file instead")
