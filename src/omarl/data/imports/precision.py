"""What single precision, in which datasets are stored, would lose of a log's numbers."""

import numpy as np

from omarl.errors import RequestError

WINDOW = 4096
KEPT = 0.9
GRAIN = 1e-6


def merges(values: np.ndarray) -> bool:
    """Whether single precision makes more than a tenth of the distinct values of a column equal.

    Neighbouring rows are looked at: the first, the middle and the last ones. Values count as distinct if they
    are a millionth of their range apart, so that noise of rounding does not count.
    """
    if values.dtype.kind == "f" and values.dtype.itemsize <= 4:
        return False
    return any(_merges_here(np.asarray(values[rows], np.float64)) for rows in windows(len(values)))


def windows(rows: int) -> list[slice]:
    """The first, middle and last rows of a log."""
    starts = {0, max(0, (rows - WINDOW) // 2), max(0, rows - WINDOW)}
    return [slice(start, start + WINDOW) for start in sorted(starts)]


def refuse_merging(columns: np.ndarray, what: str) -> None:
    """Raise `RequestError` if single precision loses what a column `[rows columns]` tells."""
    for index in range(columns.shape[1]):
        column = columns[:, index]
        if merges(column):
            raise RequestError(
                f"{what}, column {index}, has values from {column.min():.17g} to {column.max():.17g}, of "
                "which single precision makes many equal: subtract an offset from the column or leave it out"
            )


def _merges_here(values: np.ndarray) -> bool:
    """Whether single precision makes many of these values equal."""
    values = values[np.isfinite(values)]
    extent = float(np.ptp(values)) if len(values) else 0.0
    if extent == 0 or not np.isfinite(extent):
        return False
    with np.errstate(over="ignore"):
        single = values.astype(np.float32).astype(np.float64)
    kept, had = (_distinct(column, values.min(), extent) for column in (single, values))
    return kept < KEPT * had


def _distinct(values: np.ndarray, least: float, extent: float) -> int:
    """Number of values that are apart at the scale that matters."""
    return len(np.unique(np.round((values - least) / (extent * GRAIN))))
