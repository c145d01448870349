"""HDF5 files from strangers: plain numeric arrays that lie in the file itself, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from omarl.errors import RequestError

FREE_BYTES = 1 << 26  # claimed without question
EXPANSION = 1100  # what compression can save at most


@contextmanager
def open_file(path: Path) -> Iterator[Any]:
    """The open HDF5 file; `RequestError` if it cannot be read or h5py is not installed."""
    h5py = _h5py()
    try:
        with h5py.File(path, "r") as file:
            yield file
    except RequestError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise RequestError(f"{path} cannot be read as HDF5: {str(error)[:200]}") from None


def array(group: Any, name: str) -> Any:
    """The array called `name` of a group, not yet read.

    `RequestError` refuses links out of the file, odd types, and sizes that the bytes in the file cannot hold.
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
    """What lies in the file itself under this name of a group; links elsewhere are refused."""
    if not isinstance(group.get(name, getlink=True), _h5py().HardLink):
        raise RequestError(f"{group.file.filename} has no {name!r} of its own in {group.name!r}")
    return group[name]


def columns(found: Any, rows: slice = slice(None)) -> np.ndarray:
    """Rows of an array with two axes; a single column may come without its axis."""
    value = np.asarray(found[rows])
    return value.reshape(len(value), -1)


def _h5py() -> Any:
    """The h5py module, which is an optional dependency."""
    try:
        import h5py
    except ImportError:
        raise RequestError("reading HDF5 needs h5py: install it with `pip install 'omarl[hdf5]'`") from None
    return h5py
