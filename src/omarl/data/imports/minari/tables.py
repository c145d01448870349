"""An episode of a Minari dataset as an Arrow or Parquet table in a folder of its own."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from omarl.data.imports.minari.episode import StoredNumbers, require_there, spelled
from omarl.errors import RequestError

ORDERED_ROWS = 32_768
"""Minari writes so many rows at a time, in threads: those of a longer episode may be in any order."""


class ArrowEpisode:
    """An episode as a table in a folder of its own, whose rows are steps; the last row holds no step.

    The table is read when it is first asked for.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the folder."""
        self.folder = folder
        self._table: Any = None

    @property
    def name(self) -> str:
        """The folder's place."""
        return str(self.folder)

    def members(self, *path: str | int) -> list[str]:
        """The names of a struct's fields."""
        found = self._find(path)
        return [] if found is None else [field.name for field in _fields(found)]

    def width(self, *path: str | int) -> int | None:
        """The numbers in a row of a column."""
        try:
            return self.numbers(*path).shape[1]
        except RequestError:
            return None

    def numbers(self, *path: str | int) -> StoredNumbers:
        """A column of numbers, or of lists that are equally long."""
        found = require_there(self._find(path), path, self.name)
        if found.null_count:
            raise RequestError(f"{spelled(path)} in {self.name} has {found.null_count} missing values")
        try:
            return _numbers(found)[self._steps(path)]
        except ValueError:
            raise RequestError(f"{spelled(path)} in {self.name} is {found.type}: expected numbers") from None

    def texts(self, *path: str | int) -> list[str]:
        """A column of texts."""
        found = require_there(self._find(path), path, self.name)
        values = found.to_pylist()[self._steps(path)]
        if not all(isinstance(value, str) for value in values):
            raise RequestError(f"{spelled(path)} in {self.name} is not a column of texts")
        return values

    def _steps(self, path: tuple[str | int, ...]) -> slice:
        """The rows that mean something: all of what is seen, all but the last of what is done."""
        return slice(None) if path[0] in ("observations", "infos") else slice(-1)

    def _find(self, path: Iterable[str | int]) -> Any:
        """A column, or a field of a struct; None if there is none."""
        self._table = read_steps(self.folder) if self._table is None else self._table
        found = self._table
        for key in map(str, path):
            if key not in [field.name for field in _fields(found)]:
                return None
            found = found.field(key)
        return found


def _fields(found: Any) -> list[Any]:
    """The fields of an Arrow array of structs; none of another array."""
    import pyarrow

    return [*found.type] if pyarrow.types.is_struct(found.type) else []


def _numbers(found: Any) -> StoredNumbers:
    """An Arrow array of numbers, or of equally long lists of them; `ValueError` for another."""
    import pyarrow
    import pyarrow.compute

    if not hasattr(found.type, "value_type"):
        kinds = pyarrow.types
        if not any(
            is_kind(found.type) for is_kind in (kinds.is_integer, kinds.is_floating, kinds.is_boolean)
        ):
            raise ValueError
        return found.to_numpy(zero_copy_only=False).reshape(len(found), -1)
    lengths = pyarrow.compute.call_function("list_value_length", [found]).unique()
    if len(lengths) > 1:
        raise ValueError
    return _numbers(found.flatten()).reshape(len(found), -1)


def read_steps(folder: Path) -> Any:
    """An episode's files one behind the other, as an Arrow array of structs."""
    import pyarrow
    import pyarrow.parquet

    files = [file for file in folder.iterdir() if re.fullmatch(r"part-\d{1,9}\.(arrow|parquet)", file.name)]
    ordered = sorted(files, key=lambda file: int(file.stem.removeprefix("part-")))
    if not ordered or any(file.is_symlink() for file in ordered):
        raise RequestError(
            f"{folder} holds no file part-0.arrow or part-0.parquet of its own: expected an episode"
        )
    try:
        tables = [_read_arrow(file) if file.suffix == ".arrow" else _read_parquet(file) for file in ordered]
        found = pyarrow.concat_tables(tables).combine_chunks()
        found.validate(full=True)
        return _ordered(found, folder).to_struct_array().combine_chunks()
    except (pyarrow.ArrowException, OSError) as error:
        raise RequestError(f"{folder} cannot be read: {str(error)[:200]}") from None


def _ordered(found: Any, folder: Path) -> Any:
    """The table; `RequestError` if it is so long that nobody knows the order of its rows."""
    if len(found) > ORDERED_ROWS:
        raise RequestError(
            f"{folder} holds {len(found)} rows, and Minari writes more than {ORDERED_ROWS} in no certain "
            "order: record the dataset with data_format='hdf5'"
        )
    return found


def _read_arrow(file: Path) -> Any:
    """The table in an Arrow file."""
    import pyarrow

    with pyarrow.OSFile(str(file)) as source, pyarrow.ipc.open_file(source) as reader:
        return reader.read_all()


def _read_parquet(file: Path) -> Any:
    """The table in a Parquet file."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(file) as source:
        return source.read()
