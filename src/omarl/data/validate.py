"""Validation of a dataset: everything that would harm learning, with its place and remedy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from omarl.data.checks import CHECKS
from omarl.data.dataset import Dataset
from omarl.data.episodes import check_structure, present
from omarl.data.findings import Finding, damage, unusable
from omarl.data.store import locate, open_unchecked
from omarl.errors import RequestError

ROWS_AT_ONCE = 1 << 16
REPAIR = "repair the source and import it again, or make the dataset again"


def validate(source: Dataset | str | Path) -> list[Finding]:
    """All findings about a dataset, or about that at a path or with an id; an empty list if it is in order.

    If the structure is broken, the only finding is that error.
    """
    if isinstance(source, Dataset):
        return _look(lambda: (source, _not_finite(source)))
    folder = locate(source)
    return _look(lambda: _open(folder))


def _look(opened: Callable[[], tuple[Dataset, Iterator[Finding]]]) -> list[Finding]:
    """Findings about numbers and files, then those of every check; or the error of a broken structure."""
    try:
        dataset, found = opened()
        check_structure(dataset, dataset.metadata.team)
    except RequestError as error:
        return [Finding("error", str(error), "structure", REPAIR)]
    with np.errstate(invalid="ignore"):  # numbers that are not finite are among `found` already
        return [*found, *(finding for check in CHECKS for finding in check(dataset))]


def _open(folder: Path) -> tuple[Dataset, Iterator[Finding]]:
    """The dataset in a directory, and errors about its files."""
    manifest, dataset = open_unchecked(folder)
    return dataset, damage(folder, manifest, verify=True)


def _not_finite(dataset: Dataset) -> Iterator[Finding]:
    """One error for each field in memory that contains NaN or an infinity."""
    for name, value in present(dataset).items():
        bad = [
            start + _bad_rows(value[start : start + ROWS_AT_ONCE])
            for start in range(0, len(value), ROWS_AT_ONCE)
        ]
        rows = np.concatenate(bad)
        if len(rows):
            entry = value[rows[0]]
            first = int(rows[0]) * entry.size + int(np.argmin(np.isfinite(entry)))
            count = int(np.count_nonzero(~np.isfinite(value[rows])))
            yield unusable(name, value.flat[first], first, value.shape, count)


def _bad_rows(value: np.ndarray) -> np.ndarray:
    """Indices of the rows with a number that is not finite."""
    return np.flatnonzero(~np.isfinite(value).reshape(len(value), -1).all(1))
