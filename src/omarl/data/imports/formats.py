"""The foreign formats that can be imported, and the guess which of them a path has."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, get_args

from omarl.data.imports.d4rl import from_d4rl
from omarl.data.imports.minari import MAIN, from_minari
from omarl.data.imports.official import from_official
from omarl.data.imports.rows import Import, Terminals
from omarl.data.imports.table import from_table
from omarl.errors import RequestError

Format = Literal["official", "table", "minari", "d4rl"]
READERS: Mapping[str, Callable[..., Import]] = {
    "official": from_official,
    "table": from_table,
    "minari": from_minari,
    "d4rl": from_d4rl,
}
SUFFIXES: Mapping[str, Format] = {
    ".parquet": "table",
    ".csv": "table",
    ".tsv": "table",
    ".hdf5": "d4rl",
    ".h5": "d4rl",
}


def import_from(
    path: str | Path,
    format: Format | None = None,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | None = None,
) -> Import:
    """The foreign dataset at `path`, ready to be written; the format is guessed if none is given.

    `mapping` is the TOML file of a table. Raises `RequestError` if it is given for another format.
    """
    source = Path(path)
    if not source.exists():
        raise RequestError(f"nothing at {source}: expected a folder or file to import")
    known = format or guess(source)
    if known == "table":
        return from_table(source, id, terminals, mapping)
    if mapping is not None:
        raise RequestError(f"a mapping is for tables only, {source} is read as {known}: leave it out")
    return READERS[known](source, id, terminals)


def guess(path: Path) -> Format:
    """The format of a path, by its name and content; raises `RequestError` if it looks like none."""
    if (path / MAIN).is_file() or (path / "data" / MAIN).is_file() or path.name == MAIN:
        return "minari"
    if (path / "obs_0.npy").is_file():
        return "official"
    if path.suffix.lower() not in SUFFIXES:
        raise RequestError(
            f"{path} looks like no known format: name one with --format {{{','.join(get_args(Format))}}}"
        )
    return SUFFIXES[path.suffix.lower()]
