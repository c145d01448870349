"""What a look at a dataset can find; and the findings that make it unreadable: damage to its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from omarl.data import npy
from omarl.data.manifest import FileRecord, Manifest

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Worth knowing: an `error` must not be trained on, a `warning` looks wrong, a `note` is a fact."""

    severity: Severity
    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        """The finding in one line."""
        return f"{self.what} ({self.where}): {self.remedy}"


def damage(folder: Path, manifest: Manifest, verify: bool) -> Iterator[Finding]:
    """Files whose checksum differs (where `verify`), then numbers that nothing can be learned from."""
    for field, record in manifest.files.items():
        path = folder / f"{field}.npy"
        result = npy.scan(path, record.dtype, verify)
        if verify and result.sha256 != record.sha256:
            yield _changed(path.name, str(result.sha256), record.sha256)
        if result.first is not None:
            value = _element(path, record, result.first)
            yield unusable(field, value, result.first, record.shape, result.unusable)


def unusable(field: str, value: object, index: int, shape: tuple[int, ...], count: int) -> Finding:
    """An error that names the first unusable value, where it stands, and how many there are."""
    kind = "0 or 1" if field in ("terminal", "truncated", "legal") else "finite numbers"
    what = f"{field} is {value}, expected {kind}; {count} such in all"
    remedy = "drop these episodes or repair their source, then import it again"
    return Finding("error", what, f"{field}, {place(index, shape)}", remedy)


def place(index: int, shape: tuple[int, ...]) -> str:
    """Where the element with this flat index stands, in words: row, agent, column."""
    indices = np.unravel_index(index, shape)
    return ", ".join(f"{n} {int(i)}" for n, i in zip(("row", "agent", "column"), indices, strict=False))


def _changed(name: str, found: str, expected: str) -> Finding:
    """The error of a file that is not the one that was written."""
    what = f"checksum of {name} is {found[:12]}..., expected {expected[:12]}..."
    return Finding(
        "error", what, name, "the file changed since it was written, fetch or make the dataset again"
    )


def _element(path: Path, record: FileRecord, index: int) -> np.generic:
    """One element of an array's file; truth values as the byte that stands for them."""
    dtype = np.dtype(np.uint8 if record.dtype == "|b1" else record.dtype)
    return np.fromfile(path, dtype, 1, offset=npy.OFFSET + index * dtype.itemsize)[0]
