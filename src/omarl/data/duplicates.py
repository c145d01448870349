"""Joint transitions that occur more than once, found without comparing all pairs."""

import numpy as np
from jaxtyping import Int, UInt64

from omarl.data.dataset import Dataset
from omarl.data.episodes import Episodes, before, chunks

NEGATIVE_ZERO = np.float32(-0.0).view(np.uint32)
RowIndices = Int[np.ndarray, "found"]


def repeated_rows(dataset: Dataset) -> tuple[RowIndices, RowIndices]:
    """Rows that equal an earlier row in the numbers of all agents, and for each of them such an earlier row.

    Rows are sorted by a 64-bit hash and neighbours are compared exactly. So there are no false alarms, and 16
    bytes of memory per row are enough.
    """
    hashes = np.concatenate([hash_words(_words(part)) for part in chunks(dataset)])
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
    later, earlier = order[same + 1], order[same]
    index = before(dataset)
    equal = np.ones(len(later), bool)
    for start in range(0, len(later), 4096):
        block = slice(start, start + 4096)
        equal[block] = _equal(dataset, index, later[block], earlier[block])
    return later[equal], earlier[equal]


def _words(part: Episodes) -> UInt64[np.ndarray, "rows words"]:
    """Each row with its next observation, as a row of unsigned integers."""
    index, rows = before(part), len(part.action)
    pieces = (part.obs[index], part.action, part.reward, part.obs[index + 1])
    flat = np.concatenate([np.asarray(piece, np.float32).reshape(rows, -1) for piece in pieces], 1)
    bits = flat.view(np.uint32)
    bits[bits == NEGATIVE_ZERO] = 0  # it equals 0, so it must hash as 0
    ends = np.stack([part.terminal, part.truncated], 1)
    return np.concatenate([bits, ends], 1).astype(np.uint64)


def hash_words(words: UInt64[np.ndarray, "rows words"]) -> UInt64[np.ndarray, "rows"]:
    """One hash per row: the sum of words times random odd factors modulo 2^64, with high bits mixed down."""
    rng = np.random.default_rng(0)
    factors = rng.integers(2**64, size=words.shape[1], dtype=np.uint64) | np.uint64(1)
    spread = words ^ (words << np.uint64(32))
    total = (spread * factors).sum(1, dtype=np.uint64)
    return total ^ (total >> np.uint64(29))


def _equal(
    dataset: Dataset, index: Int[np.ndarray, "rows"], left: RowIndices, right: RowIndices
) -> np.ndarray:
    """Whether each of the rows `left` has the same numbers as the row of `right` at its place."""
    pairs = [
        (dataset.action, left, right),
        (dataset.reward, left, right),
        (dataset.obs, index[left], index[right]),
        (dataset.obs, index[left] + 1, index[right] + 1),
    ]
    verdicts = [(a[i] == a[j]).reshape(len(i), -1).all(1) for a, i, j in pairs]
    ends = [a[left] == a[right] for a in (dataset.terminal, dataset.truncated)]
    return np.logical_and.reduce(verdicts + ends)
