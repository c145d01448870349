"""Datasets on disk: directories with `dataset.json` and one `.npy` file per field, never a pickle."""

import re
import shlex
from pathlib import Path

import numpy as np

from omarl.data import manifest, npy
from omarl.data.dataset import Dataset, Metadata
from omarl.data.episodes import check_ends, chunks
from omarl.data.findings import damage
from omarl.data.manifest import Manifest
from omarl.data.writer import Writer
from omarl.errors import RequestError
from omarl.types import TaskId, collect_command

ROOT = Path("data")
ALL_QUALITIES = ("random", "medium-replay", "medium", "expert", "replay", "waypoint")
DATASET_ID = re.compile(
    rf"(?P<task>[A-Za-z0-9_][\w.+=-]*)/(?P<quality>{'|'.join(ALL_QUALITIES)})(?P<version>-v\d+)?"
)


def save(dataset: Dataset, path: str | Path) -> Path:
    """The new directory at `path` with the dataset, written completely or not at all.

    Numbers are stored in single precision. A memory-mapped dataset is copied without loading it into memory.
    Raises `RequestError` if `path` exists.
    """
    with Writer(path, dataset.metadata) as writer:
        for part in chunks(dataset):
            writer.append(part)
    return Path(path)


def load(name: str | Path, verify: bool = True) -> Dataset:
    """The dataset at a path or with an id such as `spread/medium-replay`, as read-only memory maps.

    Files are not trusted: sizes, types and shapes are checked before memory is allocated, numbers must be
    finite, and every episode must have its end. `verify=False` only skips the checksums. Raises
    `RequestError` with what is wrong and where.
    """
    folder = locate(name)
    found, dataset = open_unchecked(folder)
    first = next(damage(folder, found, verify), None)
    if first is not None:
        raise RequestError(f"{folder}: {first}")
    return dataset


def metadata(name: str | Path) -> Metadata:
    """The metadata of the dataset at a path or with an id; its arrays are not checked."""
    return manifest.read_manifest(locate(name)).metadata


def open_unchecked(folder: Path) -> tuple[Manifest, Dataset]:
    """Manifest and memory maps of a dataset whose structure is checked, but not its numbers or checksums."""
    found = manifest.read_manifest(folder)
    arrays = {
        name: npy.open_array(folder / f"{name}.npy", record.dtype, record.shape)
        for name, record in found.files.items()
    }
    ends = _ends(arrays["terminal"], arrays["truncated"])
    try:
        check_ends(int(np.count_nonzero(ends)), bool(ends[-1]), found.episodes)
    except RequestError as error:
        raise RequestError(f"{folder}: {error}") from None
    return found, Dataset(found.metadata, **arrays)


def locate(name: str | Path) -> Path:
    """The directory of a path or of an id below `data/`; an id without version means version 0.

    Raises `RequestError` if there is none, with the command that collects it if it is an id, or that imports
    it if it may be a log.
    """
    if Path(name).exists():
        return _holding_dataset(Path(name))
    known = DATASET_ID.fullmatch(str(name))
    if known is None:
        raise RequestError(
            f"no dataset at {name}: expected a directory that omarl wrote, or an id TASK/QUALITY"
        )
    folder = ROOT / known["task"] / f"{known['quality']}{known['version'] or '-v0'}"
    if not folder.exists():
        raise RequestError(
            f"no dataset {str(name)!r} in {folder}: make it with "
            f"`{collect_command(TaskId.parse(known['task']), known['quality'])}`"
        )
    return folder


def _holding_dataset(path: Path) -> Path:
    """The path itself; `RequestError` with the way to a dataset if it holds none, as that of a log."""
    if not path.is_dir() or not (path / manifest.NAME).exists():
        raise RequestError(
            f"{path} is no dataset: name a directory with a {manifest.NAME}, or make one of a log with "
            f"`omarl data import {shlex.quote(str(path))} --out data/own/log-v0`"
        )
    return path


def _ends(terminal: np.ndarray, truncated: np.ndarray) -> np.ndarray:
    """Which rows end an episode; bytes other than 0 and 1 count as true here, and are refused later."""
    return (terminal.view(np.uint8) | truncated.view(np.uint8)) != 0
