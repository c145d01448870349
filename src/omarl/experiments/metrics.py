"""Metrics: what a learner's losses and critics did, one row per seed, agent and evaluation in `metrics.csv`.

A value is the mean over the updates since the evaluation before. The learners' pages say what the names mean.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from omarl.experiments import tables
from omarl.training.offline import Progress

Row = dict[str, int | float]


def rows(seeds: Sequence[int], progress: Progress) -> list[Row]:
    """The metrics `[seed, agent]` of a stretch of learning; none before the first update."""
    found = {name: np.asarray(values) for name, values in sorted(progress.metrics.items())}
    agents = next(iter(found.values())).shape[1] if found else 0
    return [
        {"seed": seed, "agent": agent, "updates": progress.updates}
        | {name: float(values[index, agent]) for name, values in found.items()}
        for index, seed in enumerate(seeds)
        for agent in range(agents)
    ]


def append(path: Path, fresh: Sequence[Row]) -> None:
    """Add rows of one learner to the table at `path`."""
    if fresh:
        tables.append(path, tuple(fresh[0]), (row.values() for row in fresh))
