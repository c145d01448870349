"""Where the episodes of a Minari dataset lie: in groups of one HDF5 file, or each in a folder of its own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omarl.data.imports import hdf5
from omarl.data.imports.minari.episode import StoredEpisode
from omarl.data.imports.minari.groups import Hdf5Episode
from omarl.data.imports.minari.tables import ArrowEpisode

MAIN = "main_data.hdf5"
ABOUT = "metadata.json"


def data_folder(path: Path) -> Path | None:
    """The folder of a Minari dataset's data, given that, the one above or the main file; or None."""
    if path.name == MAIN and path.is_file():
        return path.parent
    for folder in (path / "data", path):
        if (folder / MAIN).is_file() or ((folder / ABOUT).is_file() and _numbered(folder)):
            return folder
    return None


def _numbered(folder: Path) -> list[str]:
    """The episodes' folders in the order of their numbers."""
    found = (each.name for each in folder.iterdir() if re.fullmatch(r"\d{1,12}", each.name))
    return sorted(found, key=int)


@contextmanager
def opened(folder: Path) -> Iterator[list[StoredEpisode]]:
    """The episodes in the order of their numbers, which can be read while the context lasts."""
    if (folder / MAIN).is_file():
        with hdf5.open_file(folder / MAIN) as file:
            names = [name for name in file if re.fullmatch(r"episode_\d{1,12}", name)]
            ordered = sorted(names, key=lambda name: int(name.removeprefix("episode_")))
            yield [Hdf5Episode(hdf5.member(file, name)) for name in ordered]
    else:
        yield [ArrowEpisode(folder / name) for name in _numbered(folder)]
