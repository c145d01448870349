"""Cells and orderings as tables have them: learners on kinds of data, an option varied, one above others."""

from collections.abc import Iterable
from itertools import product
from typing import Any

from omarl.paper.experiment import Cell, Ordering, Pairs

TASKS = ("spread", "tag", "world")
QUALITIES = ("random", "medium-replay", "medium", "expert")
BASELINES = ("bc", "icq", "td3_bc", "cql")
BOTH = ("official", "tuned")
"""The presets of experiments on what `tuned` was searched for, decentralised learners on whole datasets."""


def ahead(method: str, others: Iterable[str]) -> tuple[Ordering, ...]:
    """The claim that one method ends above each of the others."""
    return tuple(Ordering({"method": method}, {"method": other}) for other in others)


def grid(
    tasks: Iterable[str], qualities: Iterable[str], algorithms: Iterable[str], **same: Any
) -> tuple[Cell, ...]:
    """A cell for each combination; `same` are fields that all have."""
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
    """Cells of one algorithm, one for each value of one of its options, with others as given."""
    return tuple(
        cell
        for value in values
        for cell in grid(tasks, qualities, [algorithm], overrides=(*given, (option, value)))
    )
