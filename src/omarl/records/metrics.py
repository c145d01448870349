"""Metrics: what a learner's losses and critics did, one row per seed, agent and evaluation in `metrics.csv`.

A value is the mean over the updates since the evaluation before. The learners' pages say what the names mean.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from omarl.records import tables

Row = dict[str, int | float]


def rows(seeds: Sequence[int], updates: Sequence[int], metrics: Mapping[str, Any]) -> list[Row]:
    """The metrics `[seed, agent]` of every seed after its updates; none before the first one."""
    found = {name: np.asarray(values) for name, values in sorted(metrics.items())}
    agents = next(iter(found.values())).shape[1] if found else 0
    return [
        {"seed": seed, "agent": agent, "updates": updates[index]}
        | {name: float(values[index, agent]) for name, values in found.items()}
        for index, seed in enumerate(seeds)
        for agent in range(agents)
    ]


def append(path: Path, fresh: Sequence[Row]) -> None:
    """Add rows of one learner to the table at `path`."""
    if fresh:
        tables.append(path, tuple(fresh[0]), (row.values() for row in fresh))
