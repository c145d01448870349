"""Runs side by side in one compiled program: how an accelerator is kept busy with networks this small.

Members may differ in seed, dataset and any number of their configuration (alpha, tau, a learning rate);
everything that shapes the program is the same: see `program`. Numbers that do differ are arrays with the
members on the leading axis, and the datasets lie end to end on the device, each member drawing from its own
rows. Every member gets the run directory that it would get alone, its `seconds` being its share of the
program's time, and goes on with the others where one turns non-finite.
"""

import json
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from omarl.algos import ALGORITHMS, Algorithm
from omarl.algos.base import with_values
from omarl.data.dataset import Dataset
from omarl.data.device import Arrays, draw, end_to_end, to_device
from omarl.data.store import load
from omarl.errors import RequestError
from omarl.experiments import runner
from omarl.experiments.episode import beside_data
from omarl.experiments.played import recorded_task
from omarl.experiments.records import Record, append
from omarl.experiments.spec import RunSpec
from omarl.training import checkpoint
from omarl.training.offline import Fault, Learner, LearnerOf, Progress, stretches
from omarl.types import TeamSpec

WIDEST = 64
"""Members of one program, unless told otherwise."""
PERIOD = 60.0
"""Seconds between two times that all members are written to disk."""


class Member(NamedTuple):
    """A run of one seed, and its directory."""

    spec: RunSpec
    out: Path


class Values(NamedTuple):
    """What the members differ in, on the leading axis."""

    config: Mapping[str, Array]
    first: Int[Array, "member"]
    rows: Int[Array, "member"]


def program(spec: RunSpec) -> Hashable:
    """What shapes a run's compiled program, its task apart; runs for which it is equal can go together."""
    shaping = {name: value for name, value in asdict(spec.config).items() if not isinstance(value, float)}
    return spec.algorithm, tuple(shaping.items()), spec.updates, spec.every, spec.episodes, spec.window


def run(members: Sequence[Member], resume: bool = False) -> dict[int, Fault]:
    """Learn all side by side, evaluate, and write each one's directory; the faults of those that had to stop.

    With `resume` all go on from their checkpoints, which must be equally far. Raises `RequestError` for
    members that do not fit together.
    """
    specs, datasets = [member.spec for member in members], read(members)
    about = datasets[specs[0].dataset].metadata
    task = recorded_task(about.task, about.task_parameters, specs[0].task)
    algorithm = runner.build(specs[0], datasets[specs[0].dataset])
    states, before = restored(members, algorithm) if resume else (None, [0.0] * len(members))
    directories = Directories(members, datasets, task.spec.references if task else {}, before, resume)
    seeds = [seed for spec in specs for seed in spec.seeds]
    evaluate = runner.evaluation(seeds, specs[0].episodes, algorithm, task)
    values, arrays = side_by_side(specs, datasets)
    learner, actors = learner_of(specs[0], about.team), None
    fitting = stretches(learner, values, arrays, seeds, specs[0].updates, specs[0].every, states)
    for (progress, wrong), seconds in runner.timed(fitting):
        directories.close(wrong)
        fresh = states is None or bool(progress.metrics)
        directories.add(progress, evaluate(progress) if fresh else None, seconds)
        actors = progress.states.actor
    if task is not None:
        directories.paint(beside_data(task, algorithm, specs[0].algorithm), actors)
    return directories.faults


def read(members: Sequence[Member]) -> dict[str, Dataset]:
    """The members' datasets by path, after a look at whether all fits together."""
    specs = [member.spec for member in members]
    datasets = {path: load(path) for path in dict.fromkeys(spec.dataset for spec in specs)}
    played = [(d.metadata.task, d.metadata.task_parameters, d.metadata.team) for d in datasets.values()]
    if len({program(spec) for spec in specs}) > 1 or any(one != played[0] for one in played):
        raise RequestError("runs that differ in more than numbers and data of one task cannot go together")
    if specs[0].window is not None or any(len(spec.seeds) > 1 for spec in specs):
        raise RequestError("streamed runs and runs of several seeds go alone")
    return datasets


def side_by_side(specs: Sequence[RunSpec], datasets: Mapping[str, Dataset]) -> tuple[Values, Arrays]:
    """What the members differ in, and their recordings."""
    starts, end = {}, 0
    for path, dataset in datasets.items():
        starts[path], end = end, end + dataset.rows
    configs = [asdict(spec.config) for spec in specs]
    differing = [name for name in configs[0] if any(config[name] != configs[0][name] for config in configs)]
    values = Values(
        {name: jnp.array([config[name] for config in configs], jnp.float32) for name in differing},
        jnp.array([starts[spec.dataset] for spec in specs]),
        jnp.array([datasets[spec.dataset].rows for spec in specs]),
    )
    return values, end_to_end([to_device(dataset) for dataset in datasets.values()])


def learner_of(spec: RunSpec, team: TeamSpec) -> LearnerOf:
    """A function from a member's values to its learner."""

    def learner(values: Values) -> Learner:
        config = with_values(spec.config, values.config)
        where = {"first": values.first, "filled": values.rows}
        take = partial(draw, batch_size=config.batch_size, sampling=config.sampling, **where)
        return Learner(ALGORITHMS[spec.algorithm][1](config, team), take)

    return learner


def restored(members: Sequence[Member], algorithm: Algorithm) -> tuple[Any, list[float]]:
    """All members' states from their checkpoints, and the seconds spent on each."""
    found = [runner.restore(spec, algorithm, out) for spec, out in members]
    states = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *(states for states, _ in found))
    return states, [seconds for _, seconds in found]


def part(tree: Any, member: int) -> Any:
    """One member's part of a tree, as a run of one seed has it."""
    return jax.tree.map(lambda leaf: leaf[member : member + 1], tree)


class Directories:
    """The members' directories: configurations at once, records and checkpoints every now and then."""

    def __init__(
        self,
        members: Sequence[Member],
        datasets: Mapping[str, Dataset],
        references: Mapping[str, Any],
        before: Sequence[float],
        resume: bool,
    ) -> None:
        """Begin the directories, or with `resume` go on with them; `before` are the seconds spent already."""
        self.members, self.datasets, self.before = members, datasets, before
        self.configs = [runner.describe(spec, datasets[spec.dataset], references) for spec, _ in members]
        for (_, out), config in zip(members, self.configs, strict=True):
            runner.prepare(out, config, resume)
        self.faults: dict[int, Fault] = {}
        self._unwritten: list[list[Record]] = [[] for _ in members]
        self._written = time.monotonic()

    def close(self, faults: Mapping[int, Fault]) -> None:
        """Write what is known of these members, and nothing of what comes after."""
        for index in faults.keys() - self.faults.keys():
            self._write_records(index)
        self.faults = {**faults, **self.faults}

    def add(self, progress: Progress, returns: Any, seconds: float) -> None:
        """Take in where all stand, with `returns[member, episode]` unless they are on disk already."""
        spent = [before + seconds / len(self.members) for before in self.before]
        for index, (spec, _) in self._open():
            if returns is not None:
                own = returns[index : index + 1]
                self._unwritten[index] += runner.records(
                    spec, self.configs[index], progress, own, spent[index]
                )
        finished = progress.updates == self.members[0].spec.updates
        if finished or time.monotonic() - self._written > PERIOD:
            states = jax.device_get(progress.states)
            for index, (spec, out) in self._open():
                self._write_records(index)
                runner.save(spec, out, progress._replace(states=part(states, index)), spent[index])
            self._written = time.monotonic()

    def paint(self, pictures: Callable[[Dataset, Any, Sequence[int]], Any], actors: Any) -> None:
        """Write each member's episode to look at."""
        actors = jax.device_get(actors)
        for index, (spec, out) in self._open():
            shown = pictures(self.datasets[spec.dataset], part(actors, index), spec.seeds)
            checkpoint.write_text(out / "episode.json", json.dumps(shown))

    def _open(self) -> Iterator[tuple[int, Member]]:
        return ((index, member) for index, member in enumerate(self.members) if index not in self.faults)

    def _write_records(self, index: int) -> None:
        append(self.members[index].out / "records.csv", self._unwritten[index])
        self._unwritten[index] = []
