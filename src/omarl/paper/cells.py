"""Builders of cells and orderings: grids of learners and data, an option varied, one learner above others."""

from collections.abc import Iterable
from itertools import product
from typing import Any

from omarl.paper.experiment import Cell, Ordering, Pairs

PAPER_TASKS = ("spread", "tag", "world")
MAZES = ("maze2d-umaze", "maze2d-medium", "maze2d-large")
SKIRMISHES = ("skirmish-2s3z", "skirmish-3s5z", "skirmish-1c3s5z", "skirmish-2c_vs_64zg")
PAPER_QUALITIES = ("random", "medium-replay", "medium", "expert")
BASELINES = ("bc", "icq", "td3_bc", "cql")
PRESET_NAMES = ("paper", "official", "tuned", "online")
"""Every preset, in the order in which results are shown that an experiment did not ask for."""
BOTH = ("official", "tuned")
"""Both presets, for decentralised learners on whole datasets, because `tuned` was found for those."""


def ahead(method: str, others: Iterable[str]) -> tuple[Ordering, ...]:
    """The claim that one method ends above each of the others."""
    return tuple(Ordering({"method": method}, {"method": other}) for other in others)


def grid(
    tasks: Iterable[str], qualities: Iterable[str], algorithms: Iterable[str], **same: Any
) -> tuple[Cell, ...]:
    """A cell for each combination; `same` are fields that all cells have."""
    return tuple(
        Cell(task=task, quality=quality, algorithm=algorithm, **same)
        for task, quality, algorithm in product(tasks, qualities, algorithms)
    )


def varied(
    tasks: Iterable[str],
    qualities: Iterable[str],
    algorithm: str,
    option: str,
    values: Iterable[Any],
    given: Pairs = (),
) -> tuple[Cell, ...]:
    """A cell of one algorithm for each value of one of its options; `given` are other options."""
    return tuple(
        cell
        for value in values
        for cell in grid(tasks, qualities, [algorithm], overrides=(*given, (option, value)))
    )
