"""Blocks of neighbouring whole episodes of a dataset, and reading some rows of a file."""

import os
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from omarl.data.dataset import Dataset
from omarl.errors import RequestError


class Blocks(NamedTuple):
    """The edges of a dataset's blocks: each block's first row and episode, and the end of the last block."""

    row: Int[np.ndarray, "blocks_and_1"]
    episode: Int[np.ndarray, "blocks_and_1"]

    @property
    def number(self) -> int:
        """Number of blocks."""
        return len(self.row) - 1

    @property
    def rows(self) -> int:
        """Number of rows of the largest block."""
        return int(np.diff(self.row).max())

    @property
    def observations(self) -> int:
        """Number of observations of the block that has most."""
        return int(np.diff(self.row + self.episode).max())


def cut(dataset: Dataset, rows: int) -> Blocks:
    """Blocks of neighbouring whole episodes; only a block of one longer episode has more than `rows` rows."""
    edges = np.append(dataset.episode_start, dataset.rows)
    chosen = [0]
    while chosen[-1] < dataset.episodes:
        reach = int(np.searchsorted(edges, edges[chosen[-1]] + rows, side="right")) - 1
        chosen.append(max(chosen[-1] + 1, reach))
    episode = np.asarray(chosen)
    return Blocks(edges[episode], episode)


def whole_file(field: Any, dtype: Any) -> bool:
    """Whether an array is a memory map of all data of a file, so that the file can be read instead."""
    if not isinstance(field, np.memmap) or field.filename is None or field.dtype != dtype:
        return False
    size = os.path.getsize(field.filename)
    return field.flags.c_contiguous and size == field.offset + field.nbytes


def read_rows(field: Any, first: int, out: np.ndarray) -> None:
    """Fill `out` with the rows of `field` from `first` on; other threads can run meanwhile.

    A file is read directly, because the pages of its memory map would count as memory of this process.
    """
    if not whole_file(field, out.dtype):
        np.copyto(out, field[first : first + len(out)])
        return
    waiting = memoryview(out.reshape(-1).view(np.uint8))  # pyright: ignore[reportArgumentType]
    with open(field.filename, "rb", buffering=0) as file:
        file.seek(field.offset + first * field[:1].nbytes)
        while waiting:
            got = file.readinto(waiting)
            if not got:
                raise RequestError(
                    f"{field.filename} was cut short while it was read: fetch or make it again"
                )
            waiting = waiting[got:]
