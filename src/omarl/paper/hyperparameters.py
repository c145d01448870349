"""Hyperparameters by task and kind of data: how tables of them are written, and those of the paper."""

from collections.abc import Mapping
from typing import Any

from omarl.paper.cells import MAZES, PAPER_QUALITIES, SKIRMISHES

TaskQuality = tuple[str, str] | None
"""A task and a quality, or None for every other dataset."""
Number = int | float


def by_quality(rows: Mapping[str, tuple[Any, Any, Any, Any]], otherwise: Any) -> dict[TaskQuality, Any]:
    """A table of settings, from one row per task with a value for each of the four qualities."""
    qualities = ("random", "medium-replay", "medium", "expert")
    table: dict[TaskQuality, Any] = {None: otherwise}
    for task, row in rows.items():
        table |= {(task, quality): value for quality, value in zip(qualities, row, strict=True)}
    return table


def in_mazes(value: Number) -> dict[TaskQuality, float]:
    """The entries of a table for the data of the three mazes."""
    return {(maze, "waypoint"): float(value) for maze in MAZES}


def in_skirmishes(value: Any, large: Any = None) -> dict[TaskQuality, Any]:
    """The entries of a table for the data of the four skirmishes; they were found on replay data.

    The `value` was found in the smallest, 2s3z. If `large` is given, it was found in 1c3s5z and holds in all
    but the smallest.
    """
    values = dict.fromkeys(SKIRMISHES, value if large is None else large) | {SKIRMISHES[0]: value}
    qualities = (*PAPER_QUALITIES, "replay")
    return {(battle, quality): values[battle] for battle in SKIRMISHES for quality in qualities}


def cells(
    rows: Mapping[str, tuple[Number, Number, Number, Number]], otherwise: Number
) -> dict[TaskQuality, float]:
    """A table of numbers as `by_quality` makes it."""
    return {cell: float(value) for cell, value in by_quality(rows, otherwise).items()}


OFFICIAL_ALPHA = cells(
    {
        "spread": (0.5, 1, 5, 5),
        "tag": (0.5, 0.5, 5, 5),
        "world": (0.5, 1, 0.5, 5),
        "halfcheetah-2x3": (1, 5, 1, 5),
    },
    otherwise=1.0,
)
OFFICIAL_TAU = cells(
    {
        "spread": (1, 1, 1, 1),
        "tag": (0.9, 0.9, 0.7, 0.9),
        "world": (1, 0.7, 0.1, 0.9),
        "halfcheetah-2x3": (1, 0.9, 0.7, 0.5),
    },
    otherwise=0.9,
)
PAPER_TAU = cells(
    dict.fromkeys(("spread", "tag", "world", "halfcheetah-2x3"), (0.5, 0.5, 0.7, 0.9)), otherwise=0.7
)
UPDATES = cells(
    {
        "spread": (6000, 2000, 2000, 2000),
        "tag": (2000, 1000, 2000, 2000),
        "world": (1000, 1000, 1000, 1000),
        "halfcheetah-2x3": (100_000, 100_000, 100_000, 100_000),
    },
    otherwise=2000,
)
