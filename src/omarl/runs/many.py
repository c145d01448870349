"""The journal of runs that go side by side: each writes the directory that it would have had by itself.

Only a record's `seconds` differ: they are the run's share of the program's time.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax

from omarl.data.dataset import Dataset
from omarl.data.inputs import Inputs
from omarl.records import metrics
from omarl.records.record import Record
from omarl.runs.checkpoint import positions
from omarl.runs.directory import RunDirectory
from omarl.runs.evaluations import evaluation, records_of
from omarl.runs.experience.base import Experience, Progress
from omarl.runs.from_dataset import describe_offline
from omarl.runs.loop import PERIOD
from omarl.runs.pictures import beside_data
from omarl.runs.playable import recorded_task
from omarl.runs.prepared import build_learner
from omarl.runs.spec import RunSpec
from omarl.training.tally import Fault, faults


def slice_of(tree: Any, index: int) -> Any:
    """One member's part of a tree, as a run of one seed has it."""
    return jax.tree.map(lambda leaf: leaf[index : index + 1], tree)


def part_of(progress: Progress, index: int) -> Progress:
    """Where one member stands."""
    return progress._replace(states=slice_of(progress.states, index), tally=slice_of(progress.tally, index))


def common_position(outs: Sequence[Path]) -> list[int]:
    """The furthest position at which all of these runs have a checkpoint; an empty list if there is none."""
    return sorted(set.intersection(*map(positions, outs)))[-1:]


class ManyRuns:
    """Directories of several runs: rows are collected, and written with the checkpoints once a minute."""

    def __init__(
        self,
        specs: Sequence[RunSpec],
        outs: Sequence[Path],
        datasets: Mapping[str, Dataset],
        inputs: Mapping[str, Inputs],
        resume: bool,
    ) -> None:
        """Begin the directories, or with `resume` go on with them."""
        self.specs, self.datasets, self.resume = specs, datasets, resume
        about = datasets[specs[0].dataset].metadata
        self.task = recorded_task(about.task, about.task_parameters, specs[0].task)
        self.algorithm = build_learner(specs[0], about.team)
        self.configs = [
            describe_offline(spec, datasets[spec.dataset], self.task, inputs[spec.dataset]) for spec in specs
        ]
        self.directories = [
            RunDirectory(out, config, resume) for out, config in zip(outs, self.configs, strict=True)
        ]
        self.seeds = [seed for spec in specs for seed in spec.seeds]
        self.evaluated = evaluation(self.seeds, specs[0].episodes, self.algorithm, self.task)
        self.faults: dict[int, Fault] = {}
        self.before = [0.0] * len(specs)
        self._records: list[list[Record]] = [[] for _ in specs]
        self._metrics: list[list[metrics.Row]] = [[] for _ in specs]

    def begin(self, experience: Experience) -> Progress:
        """Where all start, or from where all go on."""
        self.experience, start = experience, experience.start()
        if not self.resume:
            return start
        at = common_position([each.out for each in self.directories])
        found = [
            each.restore(experience, part_of(start, index), at) for index, each in enumerate(self.directories)
        ]
        self.before = [seconds for _, seconds in found]
        join = [progress for progress, _ in found]
        states, tally = (
            jax.tree.map(lambda *leaves: jax.numpy.concatenate(leaves), *parts)
            for parts in zip(*((each.states, each.tally) for each in join), strict=True)
        )
        return Progress(join[0].position, states, tally, join[0].due)

    def patience(self, progress: Progress) -> float:
        """A minute: many directories take as long to write as some evaluations; the end is saved at once."""
        return 0.0 if progress.position >= self.experience.end else PERIOD

    def save(self, progress: Progress) -> None:
        """Write all rows so far, then the checkpoints."""
        progress = progress._replace(
            states=jax.device_get(progress.states), tally=jax.device_get(progress.tally)
        )
        for index, directory in self._open():
            self._write_rows(index)
            directory.save(part_of(progress, index), {}, self._seconds(index))

    def check(self, progress: Progress) -> None:
        """Write what is known of members that turned non-finite, and nothing of what comes after."""
        for index, fault in faults(progress.tally, self.seeds).items():
            if index not in self.faults:
                self._write_rows(index)
                self.faults[index] = fault

    def evaluate(self, progress: Progress) -> bool:
        """Evaluate all policies; the rows of the last evaluation are written at once."""
        ended = progress.position >= self.experience.end
        if ended and self.task is not None:
            self._paint(progress.states.actor)
        updates, means = progress.updates, progress.tally.means
        outcomes = self.evaluated(progress.states.actor, updates)
        for index, _ in self._open():
            spec, own = self.specs[index], slice(index, index + 1)
            self._records[index] += records_of(
                spec, self.configs[index], updates[own], slice_of(outcomes, index), self._seconds(index)
            )
            of_member = {name: values[own] for name, values in means.items()}
            self._metrics[index] += metrics.metric_rows(spec.seeds, updates[own].tolist(), of_member)
        if ended:
            for index, directory in self._open():
                self._write_rows(index)
                directory.finish()
        return ended

    def _seconds(self, index: int) -> float:
        return self.before[index] + self.experience.seconds / len(self.specs)

    def _open(self) -> Iterator[tuple[int, RunDirectory]]:
        return ((index, each) for index, each in enumerate(self.directories) if index not in self.faults)

    def _write_rows(self, index: int) -> None:
        self.directories[index].append(self._records[index], self._metrics[index])
        self._records[index], self._metrics[index] = [], []

    def _paint(self, actors: Any) -> None:
        """Write each member's episode to look at."""
        paint, actors = (
            beside_data(self.task, self.algorithm, self.specs[0].algorithm),
            jax.device_get(actors),
        )
        for index, directory in self._open():
            spec = self.specs[index]
            directory.draw(paint(self.datasets[spec.dataset], slice_of(actors, index), spec.seeds))
