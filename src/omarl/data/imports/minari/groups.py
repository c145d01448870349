"""An episode of a Minari dataset as a group of an HDF5 file, of which nothing is trusted."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from omarl.data.imports import hdf5
from omarl.data.imports.minari.episode import StoredNumbers, require_there, spelled
from omarl.errors import RequestError


class Hdf5Episode(NamedTuple):
    """An episode as a group of an HDF5 file."""

    group: Any

    @property
    def name(self) -> str:
        """The group's name."""
        return self.group.name

    def members(self, *path: str | int) -> list[str]:
        """The names in a group."""
        found = self._find(path)
        return [*found] if hasattr(found, "keys") else []

    def width(self, *path: str | int) -> int | None:
        """The numbers in a row of an array."""
        found = self._find(path)
        kind = getattr(getattr(found, "dtype", None), "kind", None)
        return None if kind not in (*"fiub",) or not found.shape else math.prod(found.shape[1:])

    def numbers(self, *path: str | int) -> StoredNumbers:
        """An array with two axes."""
        require_there(self._find(path), path, self.name)
        *above, last = _keys(path)
        return hdf5.columns(hdf5.array(self._find(above), last))

    def texts(self, *path: str | int) -> list[str]:
        """An array of texts, read one by one."""
        found = require_there(self._find(path), path, self.name)
        if getattr(found, "ndim", None) != 1 or found.dtype.kind not in "OS":
            raise RequestError(f"{spelled(path)} in {self.name} is not an array of texts")
        values = (found[row] for row in range(len(found)))
        return [
            value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values
        ]

    def _find(self, path: Iterable[str | int]) -> Any:
        """What lies there; None if nothing does."""
        found = self.group
        for key in _keys(path):
            if not hasattr(found, "keys") or key not in found:
                return None
            found = hdf5.member(found, key)
        return found


def _keys(path: Iterable[str | int]) -> list[str]:
    """The names of groups on the way; a key with a slash is stored as a group within a group."""
    names = (f"_index_{key}" if isinstance(key, int) else key for key in path)
    return [part for name in names for part in name.split("/")]
