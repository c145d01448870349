"""One run from a task to a run directory, the learner making its own experience.

The directory is like that of a run on a dataset (see `experiments.runner`), with the kind of experience, of
quality `online`, where the dataset would be. It cannot be resumed: its checkpoint holds the learner without
what it has seen.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from omarl.algos import ALGORITHMS, Algorithm
from omarl.envs.protocol import HostTask, TaskSpec
from omarl.envs.registry import folder_name, make
from omarl.errors import RequestError, TrainingError
from omarl.files.writing import write_text
from omarl.records.record import Record, append
from omarl.runs import runner
from omarl.runs.pictures import from_fresh_start
from omarl.runs.spec import OnlineSpec, digest
from omarl.training import online
from omarl.training.offline import Progress, finite

Tell = Callable[[int, list[Record]], None]
"""`tell(steps, records)` after each evaluation."""


def run(spec: OnlineSpec, out: Path, tell: Tell = lambda steps, records: None) -> list[Record]:
    """Learn while acting, evaluate and write everything to the new directory `out`; the last records.

    Raises `RequestError` for a request that does not fit and `TrainingError` if learning had to stop; what
    was written until then stays.
    """
    task = playable(spec)
    algorithm = ALGORITHMS[spec.algorithm][1](spec.config, task.spec.team)
    if out.exists():
        raise RequestError(f"{out} exists already: choose another --out")
    config = describe(spec, task.spec)
    runner.prepare(out, config, resume=False)
    evaluate = runner.evaluation(spec.seeds, spec.episodes, algorithm, task)
    last, actors = [], None
    for (steps, progress), seconds in runner.timed(learn(spec, algorithm, task)):
        last = runner.records(spec, config, progress, evaluate(progress), seconds)
        append(out / "records.csv", last)
        runner.save(spec, out, progress, seconds)
        tell(steps, last)
        actors = progress.states.actor
    pictures = from_fresh_start(task, jax.random.key(0), algorithm, actors, spec.seeds, spec.algorithm)
    write_text(out / "episode.json", json.dumps(pictures))
    return last


def playable(spec: OnlineSpec) -> Any:
    """The task, if it is one that can be compiled."""
    task = make(spec.task, **spec.parameters)
    if isinstance(task, HostTask):
        raise RequestError(f"{spec.task} plays outside of JAX: learn online in a task of omarl's own")
    return task


def learn(spec: OnlineSpec, algorithm: Algorithm, task: Any) -> Iterator[tuple[int, Progress]]:
    """Environment steps and all seeds' states side by side, whenever something was learnt since the last."""
    done = -1
    for runs in online.learn(task, algorithm, spec.config, spec.acting, spec.steps, spec.every, spec.seeds):
        states = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(each.run.state for each in runs))
        check(spec, states, runs[0].steps)
        updates = int(states.step[0, 0])
        if updates > done:
            yield runs[0].steps, Progress(updates, states, {})
        done = updates


def check(spec: OnlineSpec, states: Any, steps: int) -> None:
    """Raise a `TrainingError` that names a seed and an agent whose policy turned non-finite."""
    broken = jnp.argwhere(~jax.vmap(lambda state: finite({}, state))(states)).tolist()
    for seed, agent in broken[:1]:
        raise TrainingError(
            f"the policy of agent {agent} turned non-finite before step {steps} (seed {spec.seeds[seed]}): "
            "lower the learning rate or the reward scale, or choose a normalisation"
        )


def experience_hash(spec: OnlineSpec, task: TaskSpec) -> str:
    """What stands for the hash of a dataset: how the experience is made."""
    return digest({"task": task.name, "parameters": dict(task.parameters), "acting": asdict(spec.acting)})


def updates(spec: OnlineSpec, task: TaskSpec) -> int:
    """How many updates the whole run makes."""
    total, warm_up = online.iterations(spec.acting, task.horizon, spec.steps)
    return (total - warm_up) * spec.acting.updates_per_iteration


def describe(spec: OnlineSpec, task: TaskSpec) -> dict[str, Any]:
    """The contents of `config.json`."""
    return runner.describe_learner(spec, task.team) | {
        "steps": spec.steps,
        "every": spec.every,
        "task": task.name,
        "task_parameters": dict(task.parameters),
        "dataset": {
            "id": f"{folder_name(task.name)}/online",
            "quality": "online",
            "hash": experience_hash(spec, task),
            "acting": asdict(spec.acting),
            "references": task.references,
        },
    }
