"""What a look at a dataset can find, and the first such things: damage that makes it unreadable."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from omarl.data import npy
from omarl.data.manifest import Manifest

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing: `error` must not be trained on, `warning` is suspicious, `note` is a fact."""

    severity: Severity
    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        """The finding in one line."""
        return f"{self.what} ({self.where}): {self.remedy}"


def damage(folder: Path, manifest: Manifest, verify: bool) -> Iterator[Finding]:
    """Files whose checksum differs (where `verify`), and the first unusable number of each file."""
    for field, record in manifest.files.items():
        path = folder / f"{field}.npy"
        result = npy.scan(path, record.dtype, verify)
        if verify and result.sha256 != record.sha256:
            yield Finding(
                "error",
                f"checksum of {path.name} is {str(result.sha256)[:12]}..., expected {record.sha256[:12]}...",
                path.name,
                "the file changed after it was written, fetch or collect the dataset again",
            )
        if result.bad is not None:
            yield _unusable(field, path, record.shape, record.dtype, result.bad)


def place(index: int, shape: tuple[int, ...]) -> str:
    """Where the element with this flat index lies, in words: row, agent, column."""
    names = ("row", "agent", "column")
    indices = np.unravel_index(index, shape)
    return ", ".join(f"{name} {int(i)}" for name, i in zip(names, indices, strict=False))


def _unusable(field: str, path: Path, shape: tuple[int, ...], dtype: str, index: int) -> Finding:
    """An error that names the value and where it stands."""
    raw = np.dtype(np.uint8) if np.dtype(dtype) == np.bool_ else np.dtype(dtype)
    value = np.fromfile(path, raw, 1, offset=npy.OFFSET + index * raw.itemsize)[0]
    expected = "0 or 1" if raw == np.uint8 else "a finite number"
    remedy = "drop that episode or repair its source, then import it again"
    return Finding(
        "error", f"{field} is {value}, expected {expected}", f"{field}, {place(index, shape)}", remedy
    )
