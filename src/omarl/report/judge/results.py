"""The results of an experiment: the records of each cell and preset, and the number that the paper prints."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.envs.registry import complete
from omarl.paper.cells import PRESET_NAMES
from omarl.paper.experiment import Cell, Experiment
from omarl.paper.published import Published, published
from omarl.records.record import DATA, Record, last
from omarl.report import names


class Result(NamedTuple):
    """The records of one cell with one preset, over all seeds."""

    experiment: str
    cell: Cell
    preset: str
    records: tuple[Record, ...]

    @property
    def published(self) -> Published | None:
        """The paper's number for this cell, if it prints one."""
        return published().get(self.cell.place(self.experiment))

    @property
    def dataset(self) -> str:
        """The name of its dataset, as the command line takes it."""
        data = self.cell.data(None)
        return f"{data.task_name}/{data.label}"

    @property
    def returns(self) -> Mapping[int, float]:
        """The mean return of the last policy of each seed."""
        return {record.seed: record.return_mean for record in last(self.records)}

    @property
    def scores(self) -> Float[np.ndarray, "run"] | None:
        """The score of each run's last policy by our own references; None unless every run has one."""
        known = [record.score for record in last(self.records)]
        return None if None in known else np.array(known)

    @property
    def method(self) -> str:
        """The method as it is printed: the algorithm or its variant, and the critic if it is centralised."""
        return names.method(self.cell.name, self.cell.critic)

    @property
    def title(self) -> str:
        """The method, followed by its options if it has no name of its own."""
        options = ", ".join(f"{name}={value}" for name, value in self.cell.overrides)
        return f"{self.method} ({options})" if options and not self.cell.method else self.method


def recorded(experiment: Experiment, records: Iterable[Record]) -> list[Result]:
    """The results of each preset and cell that has records; those of the behaviour policies come last."""
    known: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for record in records:
        if record.experiment == experiment.id:
            known[record.task, record.quality, record.algorithm, record.preset].append(record)
    presets = dict.fromkeys((*experiment.presets, *PRESET_NAMES))
    pairs = [(cell, preset) for preset in presets for cell in experiment.cells]
    pairs += [(cell, DATA) for cell in dict.fromkeys(cell.behaviour for cell in experiment.cells)]
    results = [
        Result(experiment.id, cell, preset, _with_critic(cell, known[_place(cell, preset)]))
        for cell, preset in pairs
    ]
    return [result for result in results if result.records]


def of_data(result: Result) -> bool:
    """Whether this is the behaviour policy of a dataset and not a learner."""
    return result.preset == DATA


def _place(cell: Cell, preset: str) -> tuple[str, ...]:
    """Task, quality, algorithm and preset as the records of a cell have them."""
    return str(complete(cell.task_id)), cell.data(None).label, cell.algorithm, cell.label(preset)


def _with_critic(cell: Cell, records: Iterable[Record]) -> tuple[Record, ...]:
    """The records with the critic of a cell; algorithms without a critic write `none`."""
    return tuple(record for record in records if record.critic in (cell.critic, "none"))


def comparable(one: Result, other: Result) -> bool:
    """Whether both have the same dataset and preset; the behaviour policy goes with every preset."""
    same = one.cell.data(None) == other.cell.data(None)
    return same and (one.preset == other.preset or of_data(other))
