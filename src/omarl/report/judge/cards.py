"""What is known about a dataset beside the runs on it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """What a run wrote down about its dataset; `return_std` is the standard deviation over its episodes.

    The scores are those of the mean return, None where the references are not known. `made_by` is any JSON
    value, unchanged.
    """

    id: str
    hash: str
    return_mean: float
    return_std: float
    episodes: int
    rows: int
    made_by: Any
    score: float | None = None
    score_paper: float | None = None
