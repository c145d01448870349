"""One array in one `.npy` file: how it is written, and checks before an untrusted file is opened."""

import hashlib
import math
import re
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from omarl.errors import RequestError

OFFSET = 128
BLOCK = 1 << 22
MAGIC = b"\x93NUMPY\x01\x00"
NUMBERS = frozenset(("<f2", "<f4", "<f8", "<i2", "<i4", "<i8", "|i1", "|u1", "|b1", "<u2", "<u4", "<u8"))
HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[a-zA-Z]\d{0,4})', 'fortran_order': (True|False), "
    rb"'shape': \(([\d, ]{0,96})\), \} *\n"
)


class Scan(NamedTuple):
    """The result of one pass over a file: its sha256 (None if not asked for) and its unusable elements.

    `first` is the flat index of the first unusable element, or None; `unusable` is their number.
    """

    sha256: str | None
    first: int | None
    unusable: int


def header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """The first 128 bytes of a C-ordered array's file, as `numpy.save` writes them before the data."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    padded = text.ljust(OFFSET - len(MAGIC) - 3) + b"\n"
    if len(MAGIC) + 2 + len(padded) != OFFSET:
        raise RequestError(f"shape {shape} is too large to store: expected fewer than 20 digits a dimension")
    return MAGIC + len(padded).to_bytes(2, "little") + padded


class Header(NamedTuple):
    """The header of an array's file; the data start at byte `offset` and have the `order` C or F."""

    dtype: str
    shape: tuple[int, ...]
    order: Literal["C", "F"]
    offset: int


def read_header(path: Path) -> Header:
    """The header of a file as `numpy.save` writes it, read by a fixed pattern without evaluating anything."""
    if path.is_symlink() or not path.is_file():
        raise RequestError(f"{path} is missing or not a plain file: expected an array there")
    with path.open("rb") as file:
        start = file.read(10)
        body = HEADER.fullmatch(file.read(int.from_bytes(start[8:], "little")))
        offset = file.tell()
    if start[:8] != MAGIC or len(start) < 10 or body is None:
        raise RequestError(f"{path} is not an array as numpy.save writes it: its header is damaged")
    shape = tuple(int(size) for size in re.findall(rb"\d+", body[3]))
    return Header(body[1].decode(), shape, "F" if body[2] == b"True" else "C", offset)


def open_array(path: Path, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """A read-only memory map of the array; the file must have the expected header and size.

    Only the header is read, whatever sizes the file claims.
    """
    found = read_header(path)
    if found != (dtype, shape, "C", OFFSET):
        raise RequestError(
            f"{path} holds {found.dtype} of shape {found.shape} in {found.order} order, "
            f"expected {dtype} of shape {shape} in C order"
        )
    return _map(path, found)


def open_numbers(path: Path) -> np.ndarray:
    """A read-only memory map of the numbers in the file; its header and size must agree."""
    found = read_header(path)
    if found.dtype not in NUMBERS or not found.shape or 0 in found.shape:
        raise RequestError(f"{path} holds {found.dtype} of shape {found.shape}, expected some plain numbers")
    return _map(path, found)


def _map(path: Path, header: Header) -> np.ndarray:
    """The memory map that a header describes; raises `RequestError` unless the file has that size."""
    size = header.offset + math.prod(header.shape) * np.dtype(header.dtype).itemsize
    if path.stat().st_size != size:
        raise RequestError(
            f"{path} takes {path.stat().st_size} bytes, expected {size} for shape {header.shape}: "
            "the file was cut short or extended, fetch or make it again"
        )
    return np.memmap(path, header.dtype, "r", header.offset, header.shape, header.order)


def scan(path: Path, dtype: str, digest: bool) -> Scan:
    """The result of one pass over an array's file, with constant memory.

    Elements are unusable if they are NaN, infinite, or truth values other than 0 and 1. The memory map is not
    used, so resident memory stays small however large the file is.
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
    """Which elements of a block are finite numbers, or truth values of 0 or 1."""
    if np.dtype(dtype) == np.bool_:
        return np.frombuffer(block, np.uint8) <= 1
    return np.isfinite(np.frombuffer(block, dtype))
