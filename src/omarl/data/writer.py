"""Writing a dataset in parts, with constant memory; in the end it exists completely or not at all."""

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
from omarl.data.life import LIFE, everybody, with_life
from omarl.data.manifest import FileRecord, Manifest
from omarl.errors import RequestError
from omarl.files.writing import aside, publish, refuse_existing, sync


class Writer:
    """A context manager that writes a dataset, which appears at `path` if the block ends without an error.

    Until then the files are in a hidden directory beside `path`, which is removed if the block fails. Numbers
    are stored in single precision. An existing `path` is never changed.
    """

    def __init__(self, path: str | Path, metadata: Metadata) -> None:
        """Make a hidden directory beside `path`.

        Raises `RequestError` if `path` exists or the metadata cannot be kept.
        """
        self.path, self.metadata = Path(path), metadata
        refuse_existing(self.path)
        manifest.require_storable(metadata)
        self.rows = self.episodes = 0
        self._part = aside(self.path)
        self._part.mkdir(parents=True)
        self._files: dict[str, BufferedRandom] = {}

    def append(self, episodes: Episodes) -> None:
        """Append whole episodes; raises `RequestError` if they do not fit the team or are not finite."""
        check_structure(episodes, self.metadata.team)
        fields = present(episodes)
        if LIFE[0] in fields:
            self._complete_life()
        elif LIFE[0] in self._files:
            fields = with_life(fields)
        arrays = {name: _storable(name, value) for name, value in fields.items()}
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
        """Publish the dataset if there was no error, and remove the hidden directory in any case."""
        try:
            if kind is None:
                self._finish()
        finally:
            for file in self._files.values():
                file.close()
            shutil.rmtree(self._part, ignore_errors=True)

    def _complete_life(self) -> None:
        """Begin the files that say who is there: so far everybody was."""
        if not self._files or LIFE[0] in self._files:
            return
        known = everybody(self.rows + self.episodes, self.rows, self.metadata.team.agents)
        for name, value in known._asdict().items():
            self._begin(name)
            self._files[name].write(value.tobytes())

    def _begin(self, name: str) -> None:
        """A new field's file, with room for its header."""
        self._files[name] = (self._part / f"{name}.npy").open("w+b")
        self._files[name].write(bytes(npy.OFFSET))

    def _open(self, names: set[str]) -> None:
        """Open the fields' files for the first chunk; later chunks must have the same fields."""
        if self._files and names != set(self._files):
            raise RequestError(f"a chunk has the fields {sorted(names)}, expected {sorted(self._files)}")
        for name in names - set(self._files):
            self._begin(name)

    def _finish(self) -> None:
        """Write headers and manifest, sync all files to the disk, and rename the directory."""
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
        """Write the header, since the number of rows is known now; returns the file's record."""
        file = self._files[name]
        file.seek(0)
        file.write(npy.header(DTYPES[name], shape))
        sync(file)
        file.seek(0)
        return FileRecord(DTYPES[name], shape, hashlib.file_digest(file, "sha256").hexdigest())


def _storable(name: str, value: np.ndarray) -> np.ndarray:
    """The array as it is stored, in single precision or as truth values; it must be finite."""
    with np.errstate(over="ignore"):
        stored = np.ascontiguousarray(value, dtype=DTYPES[name])
    if stored.dtype.kind == "f" and not np.isfinite(stored).all():
        fine = np.isfinite(stored)
        first = int(np.argmin(fine))
        finding = unusable(name, stored.flat[first], first, stored.shape, int(np.count_nonzero(~fine)))
        raise RequestError(f"{finding} (rows counted in this chunk)")
    return stored
