"""Findings about a dataset, and among them damage to its files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from omarl.data import npy
from omarl.data.dataset import Dataset
from omarl.data.episodes import DTYPES, Episodes, chunks
from omarl.data.manifest import FileRecord, Manifest
from omarl.types import TeamSpec

Severity = Literal["error", "warning", "note"]


Wrong = Callable[[Episodes, TeamSpec], np.ndarray]
"""Which entries of some episodes are wrong, per row and agent."""


@dataclass(frozen=True)
class Finding:
    """One finding: an `error` forbids training, a `warning` is suspicious, a `note` is a fact."""

    severity: Severity
    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        """The finding in one line."""
        return f"{self.what} ({self.where}): {self.remedy}"


def damage(folder: Path, manifest: Manifest, verify: bool) -> Iterator[Finding]:
    """Errors about files with another checksum (if `verify`), and about numbers that are not usable."""
    for field, record in manifest.files.items():
        path = folder / f"{field}.npy"
        result = npy.scan(path, record.dtype, verify)
        if verify and result.sha256 != record.sha256:
            yield _changed(path.name, str(result.sha256), record.sha256)
        if result.first is not None:
            value = _element(path, record, result.first)
            yield unusable(field, value, result.first, record.shape, result.unusable)


def count(dataset: Dataset, wrong: Wrong) -> tuple[int, str]:
    """The number of wrong entries, counted per row and agent, and the place of the first in words."""
    total, where, offset = 0, "", 0
    for part in chunks(dataset):
        found = np.argwhere(wrong(part, dataset.metadata.team))
        if len(found) and not total:
            where = f"row {offset + found[0][0]}, agent {found[0][1]}"
        total, offset = total + len(found), offset + len(part.action)
    return total, where


def unusable(field: str, value: object, index: int, shape: tuple[int, ...], count: int) -> Finding:
    """An error with the first unusable value, its place, and the number of such values."""
    kind = "0 or 1" if DTYPES[field] == "|b1" else "finite numbers"
    what = f"{field} is {value}, expected {kind}; {count} such in all"
    remedy = "drop these episodes or repair their source, then import it again"
    return Finding("error", what, f"{field}, {place(index, shape)}", remedy)


def place(index: int, shape: tuple[int, ...]) -> str:
    """The place of the element with this flat index in words: row, agent, column."""
    indices = np.unravel_index(index, shape)
    return ", ".join(f"{n} {int(i)}" for n, i in zip(("row", "agent", "column"), indices, strict=False))


def _changed(name: str, found: str, expected: str) -> Finding:
    """The error about a file that was changed after it was written."""
    what = f"checksum of {name} is {found[:12]}..., expected {expected[:12]}..."
    return Finding(
        "error", what, name, "the file changed since it was written, fetch or make the dataset again"
    )


def _element(path: Path, record: FileRecord, index: int) -> np.generic:
    """One element of an array's file; a truth value as its byte."""
    dtype = np.dtype(np.uint8 if record.dtype == "|b1" else record.dtype)
    return np.fromfile(path, dtype, 1, offset=npy.OFFSET + index * dtype.itemsize)[0]
