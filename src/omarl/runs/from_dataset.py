"""A run on a dataset that is in memory, or streamed from the disk."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from omarl.algos import Algorithm
from omarl.data import manifest, stream
from omarl.data.checks import refuse_impossible_actions
from omarl.data.dataset import Dataset
from omarl.data.device import draw, to_device
from omarl.data.inputs import Inputs, inputs_json
from omarl.data.store import load, locate
from omarl.runs.directory import read_config
from omarl.runs.experience.recorded import Recorded
from omarl.runs.inputs import BEFORE, given_raw, inputs_of
from omarl.runs.pictures import beside_data
from omarl.runs.playable import recorded_task
from omarl.runs.prepared import Prepared, build_learner, describe_learner
from omarl.runs.spec import RunSpec
from omarl.training.offline import Learner


def prepare_offline(spec: RunSpec, begun: Mapping[str, Any]) -> Prepared:
    """The run of a learner on a dataset; `RequestError` if they do not fit.

    `begun` is the `config.json` of a run that goes on, or empty.
    """
    dataset = load(spec.dataset)
    refuse_impossible_actions(dataset)
    about = dataset.metadata
    inputs = inputs_of(spec.inputs, dataset, begun)
    algorithm = given_raw(build_learner(spec, about.team), inputs)
    task = recorded_task(about.task, about.task_parameters, spec.task)

    def paint(actors: Any) -> list[dict[str, Any]]:
        return beside_data(task, algorithm, spec.algorithm)(dataset, actors, spec.seeds)

    return Prepared(
        config=describe_offline(spec, dataset, task, inputs),
        algorithm=algorithm,
        task=task,
        experience=lambda: experience(spec, algorithm, dataset, inputs),
        paint=paint,
    )


def as_begun(spec: RunSpec, out: Path) -> RunSpec:
    """The run with the inputs of the one that was begun in `out`, if there is one."""
    return replace(spec, inputs=read_config(out).get("inputs", BEFORE)) if out.exists() else spec


def experience(spec: RunSpec, algorithm: Algorithm, dataset: Dataset, inputs: Inputs) -> Recorded:
    """Updates on batches from all of the dataset on the device, or from a window that moves over it."""
    how: dict[str, Any] = {"batch_size": spec.config.batch_size, "sampling": spec.config.sampling}
    if spec.window is None:
        arrays, take = to_device(dataset, inputs), partial(draw, **how)
        return Recorded(
            lambda _: Learner(algorithm, take), lambda update: arrays, spec.seeds, spec.updates, spec.every
        )
    window = stream.Stream(dataset, spec.window, spec.every, spec.config.batch_size, inputs=inputs)
    moving = Learner(algorithm, partial(stream.draw_from_window, **how))
    return Recorded(lambda _: moving, window, spec.seeds, spec.updates, spec.every)


def describe_offline(spec: RunSpec, dataset: Dataset, task: Any, inputs: Inputs) -> dict[str, Any]:
    """The contents of `config.json`.

    `task` is where policies are evaluated, or None; its references hold where the dataset has none.
    """
    moments = {} if spec.inputs == BEFORE else {"moments": inputs_json(inputs, dataset.metadata.team)}
    about = dataset.metadata
    references, simulator = (task.spec.references, task.spec.simulator) if task else ({}, {})
    return describe_learner(spec, about.team, simulator) | {
        "updates": spec.updates,
        "every": spec.every,
        "window": spec.window,
        "inputs": spec.inputs,
        **moments,
        "task": about.task,
        "task_parameters": dict(about.task_parameters),
        "dataset": {
            "path": spec.dataset,
            "id": about.id,
            "quality": about.quality,
            "hash": manifest.fingerprint(locate(spec.dataset)),
            "return_mean": float(dataset.returns.mean()),
            "return_std": float(dataset.returns.std()),
            "episodes": dataset.episodes,
            "rows": dataset.rows,
            "references": references | {name: dict(pair) for name, pair in about.references.items()},
            "made_by": dict(about.made_by),
            "versions": dict(about.versions),
            **({"units": dict(about.units)} if about.units else {}),
        },
    }
