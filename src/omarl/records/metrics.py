"""Metrics: losses and critics of a learner, one row per seed, agent and evaluation in `metrics.csv`.

A value is the mean over the updates since the previous evaluation. The names are explained on the learners'
pages.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from omarl.records.tables import append_rows

Row = dict[str, int | float]


def metric_rows(seeds: Sequence[int], updates: Sequence[int], metrics: Mapping[str, Any]) -> list[Row]:
    """The metrics `[seed, agent]` of every seed after its updates; none before the first one."""
    found = {name: np.asarray(values) for name, values in sorted(metrics.items())}
    agents = next(iter(found.values())).shape[1] if found else 0
    return [
        {"seed": seed, "agent": agent, "updates": updates[index]}
        | {name: float(values[index, agent]) for name, values in found.items()}
        for index, seed in enumerate(seeds)
        for agent in range(agents)
    ]


def append_metrics(path: Path, fresh: Sequence[Row]) -> None:
    """Add the rows of one learner to the table at `path`."""
    if fresh:
        append_rows(path, tuple(fresh[0]), (row.values() for row in fresh))
