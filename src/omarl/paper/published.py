"""The numbers that the paper prints (Pan et al. 2022).

`published.csv` holds normalised scores: the mean over five seeds and its standard deviation. Where a method
is a variant of an algorithm it has a name of its own, such as `omar-cem`.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("published.csv")
SAME_CRITIC: Mapping[str, str] = {"single-agent": "decentralised"}
"""Critics by other names in the table: that of a single agent sees its own observation and action."""


class Place(NamedTuple):
    """The place of a number in the paper; `experiment` is one of its tables."""

    experiment: str
    task: str
    quality: str
    method: str
    critic: str


class Published(NamedTuple):
    """A normalised score as the paper prints it."""

    mean: float
    std: float


@cache
def published() -> Mapping[Place, Published]:
    """All printed numbers by their place."""
    with TABLE.open(newline="") as file:
        return {
            place_of(row): Published(float(row["normalized_score_mean"]), float(row["normalized_score_std"]))
            for row in csv.DictReader(file)
        }


def place_of(row: Mapping[str, str]) -> Place:
    """The place of a row of the table."""
    critic = SAME_CRITIC.get(row["critic"], row["critic"])
    return Place(row["experiment"], row["task"], row["quality"], row["algorithm"], critic)
