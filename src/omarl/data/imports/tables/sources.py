"""The table in a file, in a folder of parts, or under a pattern of names; links are followed."""

import glob
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from omarl.data.imports.tables.arrow import ArrowTable
from omarl.data.imports.tables.columns import natural
from omarl.data.imports.tables.files import TableRead, memory_estimate, reader_of, table_suffix
from omarl.errors import RequestError

SOURCE_FILE = "source_file"
NO_TABLE = "expected a table (Parquet, Arrow, CSV, JSON lines), a folder of such files, or a pattern of names"


def read_table(path: Path) -> TableRead:
    """The table in the files of a path, one after the other in natural order.

    Folders that are named `key=value` give a column. Where there are several files, the column `source_file`
    has the name of each row's file. Raises `RequestError` if a file is broken, if the files are of different
    kinds, or if they would need more than half of the memory.
    """
    import pyarrow

    files = table_files(path)
    _refuse_mixed(path, files)
    try:
        _refuse_giant(path, sum(memory_estimate(file) for file in files))
        read = [reader_of(file)(file) for file in files]
        if len(files) == 1 and path.is_file():
            return read[0]
        about = _partitions(path, files)
        tables = [_with_constants(part.table, values) for part, values in zip(read, about, strict=True)]
        joined = pyarrow.concat_tables(tables, promote_options="permissive")
    except UnicodeDecodeError:
        raise RequestError(f"{path} is no text in UTF-8: store it as such, for instance with iconv") from None
    except (pyarrow.ArrowException, OSError) as error:
        raise RequestError(f"{path} cannot be read as a table: {str(error)[:200]}") from None
    notes = [f"{len(files)} files are read as one table, from {files[0].name} to {files[-1].name}"]
    return TableRead(joined, [*notes, *dict.fromkeys(note for part in read for note in part.notes)])


def is_table(path: Path) -> bool:
    """Whether the names of the files of a path are those of tables."""
    if path.is_file():
        return table_suffix(path) is not None
    return any(table_suffix(file) for file in (_below(path) if path.is_dir() else _glob(path)))


def table_files(path: Path) -> list[Path]:
    """The files of a table in natural order; raises `RequestError` if there is none.

    Names that begin with a dot or an underscore are left out, as other readers of such folders do.
    """
    if path.is_file():
        return [path]
    found = [file for file in _below(path) if table_suffix(file)] if path.is_dir() else _glob(path)
    if not found:
        raise RequestError(f"{path} is no file and holds none: {NO_TABLE}")
    return sorted(found, key=lambda file: natural(str(file)))


def _glob(pattern: Path) -> list[Path]:
    """All files whose path is like the pattern; `**` stands for any folders."""
    return [Path(name) for name in glob.glob(str(pattern), recursive=True) if Path(name).is_file()]


def _below(folder: Path) -> Iterable[Path]:
    """All files in a folder and its folders; a folder that links lead to twice is read once."""
    seen = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        folders[:] = [] if real in seen else sorted(name for name in folders if name[0] not in "._")
        yield from (Path(root) / name for name in names if name[0] not in "._" and real not in seen)
        seen.add(real)


def _refuse_mixed(path: Path, files: list[Path]) -> None:
    """Raise `RequestError` if the files of a folder are of different kinds."""
    kinds = sorted({table_suffix(file) or "another kind" for file in files})
    if len(kinds) > 1:
        raise RequestError(
            f"{path} holds files of different kinds ({', '.join(kinds)}): name those of one kind with a "
            f"pattern such as '{path if path.is_dir() else path.parent}/*{kinds[-1]}'"
        )


def _partitions(path: Path, files: list[Path]) -> list[dict[str, Any]]:
    """For each file the values in the names of its folders, and its own name."""
    base = path if path.is_dir() else Path(os.path.commonpath([file.parent for file in files]))
    relative = [file.relative_to(base) for file in files]
    return [_folder_values(name) | {SOURCE_FILE: name.as_posix()} for name in relative]


def _folder_values(path: Path) -> dict[str, Any]:
    """The values in folders that are named `key=value`: whole numbers, or texts."""
    from urllib.parse import unquote

    pairs = [part.split("=", 1) for part in path.parts[:-1] if "=" in part]
    values = {unquote(key): unquote(value) for key, value in pairs}
    return {key: int(v) if re.fullmatch(r"-?\d{1,18}", v) else v for key, v in values.items()}


def _with_constants(table: ArrowTable, values: Mapping[str, Any]) -> ArrowTable:
    """The table with columns of one value each, as far as it does not have them itself."""
    import pyarrow

    for name, value in values.items():
        if name not in table.column_names:
            table = table.append_column(name, pyarrow.repeat(value, table.num_rows))
    return table


def _refuse_giant(path: Path, size: int) -> None:
    """Raise `RequestError` if a table would need more than half of this machine's memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size > memory // 2:
        raise RequestError(
            f"{path} would take {size} bytes of {memory}: split it by episode and import the parts"
        )
