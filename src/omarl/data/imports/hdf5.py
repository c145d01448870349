"""Untrusted HDF5 files: only plain numeric arrays inside the file are accepted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from omarl.errors import RequestError

FREE_BYTES = 1 << 26  # an array may claim so many bytes without a check
EXPANSION = 1100  # the largest factor by which compression can shrink an array


@contextmanager
def open_file(path: Path) -> Iterator[Any]:
    """The open HDF5 file; raises `RequestError` if it cannot be read or h5py is not installed."""
    h5py = _h5py()
    try:
        with h5py.File(path, "r") as file:
            yield file
    except RequestError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise RequestError(f"{path} cannot be read as HDF5: {' '.join(str(error).split())[:200]}") from None


def array(group: Any, name: str) -> Any:
    """The array called `name` in a group, not yet read.

    Raises `RequestError` for links out of the file, types that are not numbers, and sizes that the file's
    bytes cannot hold.
    """
    h5py = _h5py()
    found = member(group, name)
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external:
        raise RequestError(f"{name!r} in {group.file.filename} is not an array of its own: expected numbers")
    if found.dtype.kind not in "fiub" or found.ndim == 0:
        raise RequestError(f"{name!r} in {group.file.filename} is {found.dtype} of shape {found.shape}")
    if found.nbytes > FREE_BYTES + EXPANSION * found.id.get_storage_size():
        raise RequestError(
            f"{name!r} in {group.file.filename} claims {found.nbytes} bytes, which it cannot hold"
        )
    return found


def member(group: Any, name: str) -> Any:
    """The member of a group with this name; raises `RequestError` for a link to another file or place."""
    if not isinstance(group.get(name, getlink=True), _h5py().HardLink):
        raise RequestError(f"{group.file.filename} has no {name!r} of its own in {group.name!r}")
    return group[name]


def columns(found: Any, rows: slice = slice(None)) -> np.ndarray:
    """Rows of an array, with two axes even if it is a single column without the second axis."""
    value = np.asarray(found[rows])
    return value.reshape(len(value), -1)


def _h5py() -> Any:
    """The h5py module; raises `RequestError` if this optional dependency is missing."""
    try:
        import h5py
    except ImportError:
        raise RequestError("reading HDF5 needs h5py: install it with `pip install 'omarl[hdf5]'`") from None
    return h5py


def left_out(file: Any, used: Sequence[str]) -> list[str]:
    """A note with the names of the file's arrays that are not used; there is none if all are."""
    found: list[str] = []
    file.visititems(lambda name, item: found.append(name) if hasattr(item, "shape") else None)
    unused = sorted(name for name in found if name not in used)
    return [f"left out, since a dataset has no place for it: {', '.join(unused)[:300]}"] if unused else []
