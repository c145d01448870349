"""Writing a dataset bit by bit, in memory that does not grow, so that it is whole or absent in the end."""

import hashlib
import shutil
from io import BufferedRandom
from pathlib import Path
from types import TracebackType

import numpy as np

from omarl.data import manifest, npy
from omarl.data.dataset import Metadata
from omarl.data.episodes import DTYPES, Episodes, check_structure, present, shapes
from omarl.data.findings import unusable
from omarl.data.manifest import FileRecord, Manifest
from omarl.errors import RequestError
from omarl.files.writing import aside, publish, refuse_existing, sync


class Writer:
    """Appends whole episodes to a dataset that appears at `path` when the `with` block ends without an error.

    Until then everything lies in a hidden directory beside it, which is removed if the block fails. Numbers
    are stored in single precision. An existing `path` is never touched.
    """

    def __init__(self, path: str | Path, metadata: Metadata) -> None:
        """Open a hidden directory beside `path`, with one file per field."""
        self.path, self.metadata = Path(path), metadata
        refuse_existing(self.path)
        self.rows = self.episodes = 0
        self._part = aside(self.path)
        self._part.mkdir(parents=True)
        self._files: dict[str, BufferedRandom] = {}

    def append(self, episodes: Episodes) -> None:
        """Write whole episodes behind the others; `RequestError` if they do not fit or are not finite."""
        check_structure(episodes, self.metadata.team)
        arrays = {name: _storable(name, value) for name, value in present(episodes).items()}
        self._open(set(arrays))
        for name, value in arrays.items():
            self._files[name].write(value.data.cast("B"))
        self.rows += len(episodes.action)
        self.episodes += len(episodes.obs) - len(episodes.action)

    def __enter__(self) -> "Writer":
        """The writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the dataset its name if all went well; in any case leave nothing half-written."""
        try:
            if kind is None:
                self._finish()
        finally:
            for file in self._files.values():
                file.close()
            shutil.rmtree(self._part, ignore_errors=True)

    def _open(self, names: set[str]) -> None:
        """Open the fields' files at the first chunk; later chunks must hold the same fields."""
        if self._files and names != set(self._files):
            raise RequestError(f"a chunk has the fields {sorted(names)}, expected {sorted(self._files)}")
        for name in names - set(self._files):
            self._files[name] = (self._part / f"{name}.npy").open("w+b")
            self._files[name].write(bytes(npy.OFFSET))

    def _finish(self) -> None:
        """Write headers and manifest, force all to the disk, and rename."""
        if self.rows == 0:
            raise RequestError(
                f"no transitions were written to {self.path}: a dataset needs at least one row"
            )
        wanted = shapes(self.metadata.team, self.rows, self.episodes)
        records = {name: self._seal(name, wanted[name]) for name in DTYPES if name in self._files}
        text = manifest.dumps(Manifest(self.metadata, self.rows, self.episodes, records))
        with (self._part / manifest.NAME).open("wb") as file:
            file.write(text.encode())
            sync(file)
        publish(self._part, self.path)

    def _seal(self, name: str, shape: tuple[int, ...]) -> FileRecord:
        """Put the header, now that the number of rows is known, before the data; the file's record."""
        file = self._files[name]
        file.seek(0)
        file.write(npy.header(DTYPES[name], shape))
        sync(file)
        file.seek(0)
        return FileRecord(DTYPES[name], shape, hashlib.file_digest(file, "sha256").hexdigest())


def _storable(name: str, value: np.ndarray) -> np.ndarray:
    """The array as it is stored: single precision or truth values, contiguous, finite."""
    with np.errstate(over="ignore"):
        stored = np.ascontiguousarray(value, dtype=DTYPES[name])
    if stored.dtype.kind == "f" and not np.isfinite(stored).all():
        fine = np.isfinite(stored)
        first = int(np.argmin(fine))
        finding = unusable(name, stored.flat[first], first, stored.shape, int(np.count_nonzero(~fine)))
        raise RequestError(f"{finding} (rows counted in this chunk)")
    return stored
