"""A run whose learner makes its own experience.

Where the dataset of other runs would be, its directory has the kind of experience, of quality `online`.
"""

from dataclasses import asdict
from typing import Any

import jax

from omarl.algos import ActorConfig, Algorithm
from omarl.envs.protocol import HostTask, TaskSpec
from omarl.envs.registry import distinct, make
from omarl.runs.experience.acting import Acting
from omarl.runs.experience.on_device import OnDevice
from omarl.runs.experience.on_host import OnHost
from omarl.runs.pictures import from_fresh_start
from omarl.runs.prepared import Prepared, build_learner, describe_learner
from omarl.runs.spec import OnlineSpec, digest
from omarl.training.online import OnlineConfig, iterations_of


def prepare_online(spec: OnlineSpec) -> Prepared:
    """The run of a learner in a task; `RequestError` if there is no such task."""
    task = make(spec.task, **spec.parameters)
    algorithm = build_learner(spec, task.spec.team)
    how: Any = (spec.config, spec.acting, spec.seeds, spec.steps, spec.every)
    return Prepared(
        config=describe_online(spec, task.spec),
        algorithm=algorithm,
        task=task,
        experience=lambda: acting_in(task, algorithm, *how),
        paint=lambda actors: from_fresh_start(
            task, jax.random.key(0), algorithm, actors, spec.seeds, spec.algorithm
        ),
    )


def acting_in(
    task: Any,
    algorithm: Algorithm,
    learner: ActorConfig,
    config: OnlineConfig,
    seeds: tuple[int, ...],
    steps: int,
    every: int,
    while_random: bool = False,
) -> Acting:
    """Play and learning in turns in a task on the device or on the host (see `OnDevice` and `OnHost`)."""
    kind = OnHost if isinstance(task, HostTask) else OnDevice
    return kind(task, algorithm, learner, config, seeds, steps, every, while_random)


def experience_hash(spec: OnlineSpec, task: TaskSpec) -> str:
    """What stands for the hash of a dataset: how the experience is made."""
    return digest({"task": task.name, "parameters": dict(task.parameters), "acting": asdict(spec.acting)})


def online_updates(spec: OnlineSpec, task: TaskSpec) -> int:
    """How many updates the whole run makes in a task on the device; more where episodes end early."""
    total, warm_up = iterations_of(spec.acting, task.horizon, spec.steps)
    return (total - warm_up) * spec.acting.updates_per_iteration


def describe_online(spec: OnlineSpec, task: TaskSpec) -> dict[str, Any]:
    """The contents of `config.json`."""
    return describe_learner(spec, task.team, task.simulator) | {
        "steps": spec.steps,
        "every": spec.every,
        "task": task.name,
        "task_parameters": dict(task.parameters),
        "dataset": {
            "id": f"{distinct(task.id).folder}/online",
            "quality": "online",
            "hash": experience_hash(spec, task),
            "acting": asdict(spec.acting),
            "references": task.references,
            "versions": dict(task.simulator),
        },
    }
