"""The foreign formats that can be imported, and the guess which of them a path has."""

import glob
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, get_args

from omarl.data.imports import hdf5
from omarl.data.imports.cfcql import CFCQL_ARRAYS, from_cfcql
from omarl.data.imports.d4rl import from_d4rl
from omarl.data.imports.minari import from_minari
from omarl.data.imports.minari.folder import data_folder
from omarl.data.imports.official import from_official
from omarl.data.imports.omiga import OMIGA_ARRAYS, from_omiga
from omarl.data.imports.rows import Import, Terminals
from omarl.data.imports.tables import from_table
from omarl.data.imports.tables.sources import is_table
from omarl.data.imports.vaults import from_vault
from omarl.data.imports.vaults.store import is_vault, vaults_below
from omarl.errors import RequestError

Format = Literal["official", "table", "minari", "d4rl", "omiga", "cfcql", "vault"]
READERS: Mapping[str, Callable[..., Import]] = {
    "official": from_official,
    "table": from_table,
    "minari": from_minari,
    "d4rl": from_d4rl,
    "omiga": from_omiga,
    "cfcql": from_cfcql,
    "vault": from_vault,
}
MAPPED: tuple[Format, ...] = ("table", "d4rl", "official", "minari", "omiga", "vault")
"""The formats to which a mapping can add something."""
SUFFIXES: Mapping[str, Format] = {".hdf5": "d4rl", ".h5": "d4rl"}
HDF5_ARRAYS: Mapping[Format, tuple[str, ...]] = {"omiga": OMIGA_ARRAYS, "cfcql": CFCQL_ARRAYS}


def import_from(
    path: str | Path,
    format: Format | None = None,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | None = None,
) -> Import:
    """The foreign dataset at `path`, ready to be written; the format is guessed if none is given.

    `mapping` is a TOML file: of a table, or with the `[action]` of arrays. Raises `RequestError` if it is
    given for another format.
    """
    source = Path(path)
    if not source.exists() and not glob.glob(str(source), recursive=True):
        raise RequestError(f"nothing at {source}: expected a folder or file to import, or a pattern of names")
    known = format or guess(source)
    if mapping is None:
        return READERS[known](source, id, terminals)
    if known not in MAPPED:
        raise RequestError(f"{source} is read as {known}, for which there is no mapping: leave it out")
    return READERS[known](source, id, terminals, mapping)


def guess(path: Path) -> Format:
    """The format of a path, by its name and content; raises `RequestError` if it looks like none."""
    if data_folder(path) is not None:
        return "minari"
    if any(path.glob("obs_*.npy")):
        return "official"
    if is_vault(path) or vaults_below(path):
        return "vault"
    if is_table(path):
        return "table"
    if path.suffix.lower() not in SUFFIXES:
        raise RequestError(
            f"{path} looks like no known format: name one with --format {{{','.join(get_args(Format))}}} "
            "(see `omarl data import --list`)"
        )
    known = SUFFIXES[path.suffix.lower()]
    return _layout_of(path) if known == "d4rl" else known


def _layout_of(path: Path) -> Format:
    """Which layout an HDF5 file has, by the names of its arrays."""
    with hdf5.open_file(path) as file:
        found: list[Format] = [name for name, arrays in HDF5_ARRAYS.items() if set(arrays) <= set(file)]
    return found[0] if found else "d4rl"
