"""Untrusted vaults as flashbax stores them: zarr arrays in one OCDBT store, which tensorstore reads."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from omarl.errors import RequestError

MANIFEST = "manifest.ocdbt"
LENGTH = "vault_index"
CHUNK_BYTES = 1 << 28  # flashbax writes chunks of 4 MiB
CHUNK_KEY = re.compile(r"(?P<array>.+)/\d+[./](?P<time>\d+)(?:[./]\d+)*")


class Vault(NamedTuple):
    """An open vault: its arrays by name, with the axes `batch time ...`, and how many time steps are filled.

    The time axis of the arrays themselves claims 10^13 steps.
    """

    path: Path
    arrays: Mapping[str, Any]
    steps: int

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one step of one batch entry."""
        return tuple(self.arrays[name].shape[2:])

    def bytes(self, names: Sequence[str]) -> int:
        """The size of one step of one batch entry of several arrays."""
        return sum(
            math.prod(self.shape(name)) * self.arrays[name].dtype.numpy_dtype.itemsize for name in names
        )

    def read(self, name: str, batch: int, steps: slice) -> np.ndarray:
        """Some steps of one batch entry of an array."""
        try:
            return np.asarray(self.arrays[name][batch, steps].read().result())
        except (ValueError, OSError) as error:
            raise _unreadable(self.path, error) from None


def is_vault(path: Path) -> bool:
    """Whether a folder is one vault, and not a folder of vaults."""
    return (path / MANIFEST).is_file()


def find_vault(path: Path) -> Path:
    """The only vault at a path or at most two folders below it; raises `RequestError` if there are more."""
    found = [path] if is_vault(path) else vaults_below(path)
    if not found:
        raise RequestError(f"{path} holds no {MANIFEST}: expected a vault, as flashbax writes it")
    if len(found) > 1:
        names = ", ".join(str(folder.relative_to(path)) for folder in found)
        raise RequestError(f"{path} holds {len(found)} vaults ({names[:300]}): name the folder of one")
    return found[0]


def vaults_below(path: Path) -> list[Path]:
    """The vaults one and two folders below a path."""
    return sorted(found.parent for depth in ("*", "*/*") for found in path.glob(f"{depth}/{MANIFEST}"))


def open_vault(path: Path) -> Vault:
    """The vault in a folder; raises `RequestError` if it is damaged or claims more than it holds."""
    try:
        return _open(_tensorstore(), path)
    except (ValueError, OSError) as error:
        raise error if isinstance(error, RequestError) else _unreadable(path, error) from None


def _open(ts: Any, path: Path) -> Vault:
    """The vault in a folder."""
    store = {"driver": "ocdbt", "base": {"driver": "file", "path": f"{path.resolve()}/"}}
    keys = [key.decode("utf-8", "replace") for key in ts.KvStore.open(store).result().list().result()]
    names = sorted(key.removesuffix("/.zarray") for key in keys if key.endswith("/.zarray"))
    if LENGTH not in names:
        raise RequestError(
            f"{path} has no {LENGTH}, which holds the number of steps: expected a flashbax vault"
        )
    opened = {
        name: ts.open({"driver": "zarr", "kvstore": {**store, "path": f"{name}/"}}, read=True).result()
        for name in names
    }
    steps = int(np.ravel(opened.pop(LENGTH).read().result())[0])
    for name, array in opened.items():
        _refuse_giant(path, name, array)
    _refuse_short(path, steps, opened, keys)
    return Vault(path, {name.removesuffix("."): array for name, array in opened.items()}, steps)


def _refuse_giant(path: Path, name: str, array: Any) -> None:
    """Raise `RequestError` for an array without batch and time axes, or with chunks that fill the memory."""
    if array.rank < 2 or array.dtype.numpy_dtype.kind not in "fiubV":
        raise RequestError(
            f"{path}: {name!r} is {array.dtype.name} of shape {array.shape}, expected (batch, time, ...)"
        )
    size = math.prod(array.chunk_layout.read_chunk.shape) * array.dtype.numpy_dtype.itemsize
    if size > CHUNK_BYTES:
        raise RequestError(f"{path}: a chunk of {name!r} claims {size} bytes, expected at most {CHUNK_BYTES}")


def _refuse_short(path: Path, steps: int, arrays: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Raise `RequestError` unless something is stored for the last step that the vault claims to hold.

    Where nothing is stored zeros are read, so that a wrong length would not be noticed.
    """
    if not 0 < steps < 2**31 - 1:
        raise RequestError(f"{path} says that it holds {steps} steps: expected at least one")
    stored = 0
    for found in filter(None, map(CHUNK_KEY.fullmatch, keys)):
        array = arrays.get(found["array"])
        if array is not None:
            stored = max(stored, (int(found["time"]) + 1) * array.chunk_layout.read_chunk.shape[1])
    if stored < steps:
        raise RequestError(
            f"{path} says that it holds {steps} steps, but at most {stored} are stored: fetch it again"
        )


def _unreadable(path: Path, error: Exception) -> RequestError:
    """What is told about a vault that tensorstore cannot read."""
    return RequestError(f"{path} cannot be read as a vault: {' '.join(str(error).split())[:200]}")


def _tensorstore() -> Any:
    """The tensorstore module; raises `RequestError` if this optional dependency is missing."""
    try:
        import tensorstore
    except ImportError:
        raise RequestError(
            "reading vaults needs tensorstore: install it with `pip install 'omarl[vault]'`"
        ) from None
    return tensorstore
