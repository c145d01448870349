"""Runs side by side in one compiled program: how an accelerator is kept busy with networks this small.

Members may differ in seed, dataset and any number of their configuration (alpha, tau, a learning rate);
everything that shapes the program is the same: see `program_of`. Numbers that do differ are arrays with the
members on the leading axis, and the datasets lie end to end on the device, each member drawing from its own
rows. Every member has its own run directory and goes on where another one turns non-finite.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Int

from omarl.algos import ALGORITHMS
from omarl.algos.base import with_values
from omarl.data.checks import refuse_impossible_actions
from omarl.data.dataset import Dataset
from omarl.data.device import Arrays, draw, end_to_end, to_device
from omarl.data.inputs import Inputs
from omarl.data.store import load
from omarl.errors import RequestError
from omarl.runs.directory import read_config
from omarl.runs.experience.recorded import Recorded
from omarl.runs.inputs import BEFORE, inputs_of
from omarl.runs.loop import carry_out
from omarl.runs.many import ManyRuns
from omarl.runs.playable import unplayed
from omarl.runs.spec import RunSpec
from omarl.training.offline import Learner, LearnerOf
from omarl.training.tally import Fault
from omarl.types import TeamSpec

WIDEST = 64
"""Members of one program, unless told otherwise."""


class MemberRun(NamedTuple):
    """A run of one seed, and its directory."""

    spec: RunSpec
    out: Path


class MemberValues(NamedTuple):
    """What the members differ in, on the leading axis: numbers of their configuration, and their rows."""

    config: Mapping[str, Array]
    first: Int[Array, "member"]
    rows: Int[Array, "member"]


def program_of(spec: RunSpec) -> Hashable:
    """What shapes a run's compiled program, its task apart; runs for which it is equal can go together."""
    shaping = {name: value for name, value in asdict(spec.config).items() if not isinstance(value, float)}
    lengths = spec.updates, spec.every, spec.episodes, spec.window
    return spec.algorithm, tuple(shaping.items()), *lengths, spec.inputs


def run_members(members: Sequence[MemberRun], resume: bool = False) -> dict[int, Fault]:
    """Learn all side by side, evaluate, and write each one's directory; the faults of those that had to stop.

    With `resume` all go on from checkpoints that are equally far. Raises `RequestError` for members that do
    not fit together.
    """
    specs, datasets = [spec for spec, _ in members], read_datasets(members)
    inputs = read_inputs(members, datasets, resume)
    values, arrays = differences_of(specs, datasets, inputs)
    team = datasets[specs[0].dataset].metadata.team
    seeds = [seed for spec in specs for seed in spec.seeds]
    journal = ManyRuns(specs, [out for _, out in members], datasets, inputs, resume)
    learner = learner_of(specs[0], team)
    carry_out(
        Recorded(learner, lambda update: arrays, seeds, specs[0].updates, specs[0].every, values), journal
    )
    return journal.faults


def read_datasets(members: Sequence[MemberRun]) -> dict[str, Dataset]:
    """The members' datasets by path, after a look at whether all fits together."""
    specs = [spec for spec, _ in members]
    datasets = {path: load(path) for path in dict.fromkeys(spec.dataset for spec in specs)}
    for dataset in datasets.values():
        refuse_impossible_actions(dataset)
    kinds = [(d.metadata.task, d.metadata.task_parameters, d.metadata.team) for d in datasets.values()]
    if len({program_of(spec) for spec in specs}) > 1 or any(kind != kinds[0] for kind in kinds):
        raise RequestError("runs that differ in more than numbers and data of one task cannot go together")
    if specs[0].window is not None or any(len(spec.seeds) > 1 for spec in specs):
        raise RequestError("streamed runs and runs of several seeds go alone")
    task, parameters, _ = kinds[0]
    if specs[0].inputs != BEFORE and not unplayed(task, parameters, specs[0].task):
        raise RequestError("runs with standardised inputs that are evaluated go alone")
    return datasets


def read_inputs(
    members: Sequence[MemberRun], datasets: Mapping[str, Dataset], resume: bool
) -> dict[str, Inputs]:
    """The inputs of the runs on each dataset, by its path; runs that go on keep theirs."""
    first = {spec.dataset: (spec, out) for spec, out in reversed(members)}
    return {
        path: inputs_of(spec.inputs, datasets[path], read_config(out) if resume and out.exists() else {})
        for path, (spec, out) in first.items()
    }


def differences_of(
    specs: Sequence[RunSpec], datasets: Mapping[str, Dataset], inputs: Mapping[str, Inputs]
) -> tuple[MemberValues, Arrays]:
    """What the members differ in, and their recordings as they see them."""
    starts, end = {}, 0
    for path, dataset in datasets.items():
        starts[path], end = end, end + dataset.rows
    configs = [asdict(spec.config) for spec in specs]
    differing = [name for name in configs[0] if any(config[name] != configs[0][name] for config in configs)]
    values = MemberValues(
        {name: jnp.array([config[name] for config in configs], jnp.float32) for name in differing},
        jnp.array([starts[spec.dataset] for spec in specs]),
        jnp.array([datasets[spec.dataset].rows for spec in specs]),
    )
    return values, end_to_end([to_device(dataset, inputs[path]) for path, dataset in datasets.items()])


def learner_of(spec: RunSpec, team: TeamSpec) -> LearnerOf:
    """A function from a member's values to its learner."""

    def learner(values: MemberValues) -> Learner:
        config = with_values(spec.config, values.config)
        where = {"first": values.first, "filled": values.rows}
        take = partial(draw, batch_size=config.batch_size, sampling=config.sampling, **where)
        return Learner(ALGORITHMS[spec.algorithm][1](config, team), take)

    return learner
