"""One array in one `.npy` file: the bytes written, and the checks before a stranger's file is trusted."""

import hashlib
import math
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from omarl.errors import RequestError

OFFSET = 128
BLOCK = 1 << 22
MAGIC = b"\x93NUMPY\x01\x00"
HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[a-zA-Z]\d{1,4})', 'fortran_order': (True|False), "
    rb"'shape': \(([\d, ]{0,96})\), \} *\n"
)


class Scan(NamedTuple):
    """What one pass over a file found: its sha256 (None if not asked for) and the unusable elements.

    `first` is the flat index of the first of them, None where all are fine; `unusable` is how many there are.
    """

    sha256: str | None
    first: int | None
    unusable: int


def header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """The first 128 bytes of a C-ordered array's file, as `numpy.save` writes them; its data come next."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    padded = text.ljust(OFFSET - len(MAGIC) - 3) + b"\n"
    if len(MAGIC) + 2 + len(padded) != OFFSET:
        raise RequestError(f"shape {shape} is too large to store: expected fewer than 20 digits a dimension")
    return MAGIC + len(padded).to_bytes(2, "little") + padded


def parse_header(first: bytes, name: str) -> tuple[str, tuple[int, ...]]:
    """Data type and shape that the file claims; only C order and headers of 128 bytes are known."""
    body = HEADER.fullmatch(first[len(MAGIC) + 2 :])
    if len(first) != OFFSET or first[: len(MAGIC) + 2] != MAGIC + b"\x76\x00" or body is None:
        raise RequestError(f"{name} is not an array file as numpy.save writes it: its header is damaged")
    if body[2] == b"True":
        raise RequestError(
            f"{name} is in Fortran order, expected C order: save numpy.ascontiguousarray of it"
        )
    return body[1].decode(), tuple(int(size) for size in re.findall(rb"\d+", body[3]))


def open_array(path: Path, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """A read-only memory map of the array, once kind, header and size of the file are as expected.

    Nothing is read but the header, whatever sizes the file claims.
    """
    if path.is_symlink() or not path.is_file():
        raise RequestError(f"{path} is missing or not a plain file: expected an array of shape {shape}")
    with path.open("rb") as file:
        found = parse_header(file.read(OFFSET), str(path))
    if found != (dtype, shape):
        raise RequestError(f"{path} holds {found[0]} of shape {found[1]}, expected {dtype} of shape {shape}")
    size = OFFSET + math.prod(shape) * np.dtype(dtype).itemsize
    if path.stat().st_size != size:
        raise RequestError(
            f"{path} takes {path.stat().st_size} bytes, expected {size} for shape {shape}: "
            "the file was cut short or extended, fetch or make it again"
        )
    return np.memmap(path, dtype, "r", OFFSET, shape)


def scan(path: Path, dtype: str, digest: bool) -> Scan:
    """One pass with constant memory over an array file: the sha256, and the first element that is unusable.

    Unusable are NaN and infinities, and truth values other than 0 and 1. The memory map is not touched, so
    that resident memory stays small however large the file.
    """
    sha, first, unusable, passed = hashlib.sha256(), None, 0, 0
    with path.open("rb") as file:
        sha.update(file.read(OFFSET))
        while block := file.read(BLOCK):
            if digest:
                sha.update(block)
            fine = _usable(block, dtype)
            if first is None and not fine.all():
                first = passed + int(np.argmin(fine))
            unusable += fine.size - int(np.count_nonzero(fine))
            passed += fine.size
    return Scan(sha.hexdigest() if digest else None, first, unusable)


def _usable(block: bytes, dtype: str) -> np.ndarray:
    """Which elements of a block are finite numbers, or truth values proper."""
    if np.dtype(dtype) == np.bool_:
        return np.frombuffer(block, np.uint8) <= 1
    return np.isfinite(np.frombuffer(block, dtype))
