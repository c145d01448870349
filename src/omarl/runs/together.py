"""Runs side by side in one compiled program: how an accelerator is kept busy with networks this small.

Members may differ in seed, dataset and any number of their configuration (alpha, tau, a learning rate);
everything that shapes the program is the same: see `program`. Numbers that do differ are arrays with the
members on the leading axis, and the datasets lie end to end on the device, each member drawing from its own
rows. Every member has its own run directory and goes on where another one turns non-finite.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
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
from omarl.runs import runner
from omarl.runs.directories import Directories, Member
from omarl.runs.pictures import beside_data
from omarl.runs.played import recorded_task
from omarl.runs.spec import RunSpec
from omarl.training.offline import Fault, Learner, LearnerOf, stretches
from omarl.types import TeamSpec

WIDEST = 64
"""Members of one program, unless told otherwise."""


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
