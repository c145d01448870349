"""Datasets from, and evaluation in, environments that play by themselves on the host."""

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import jax
import numpy as np

from omarl.data.dataset import Metadata
from omarl.data.episodes import Episodes
from omarl.data.writer import Writer
from omarl.envs.host.rounds import HostPolicy, Played
from omarl.envs.protocol import TaskSpec
from omarl.envs.registry import dataset_id
from omarl.errors import RequestError
from omarl.files.writing import refuse_existing
from omarl.training.online import uniform_policy
from omarl.types import collect_command
from omarl.versions import versions

AnyTask = Any  # a `HostTask`; a jitted policy is not an instance of what beartype knows as a Callable
Tell = Callable[[int, float], None]
"""`tell(rows, mean_return)` after each round of episodes."""


def flatten(played: Played, discrete: bool) -> Episodes:
    """Episodes in a dataset's layout; what is legal is kept where actions are choices."""
    seen = np.concatenate([np.ones((len(played.alive), 1), bool), played.alive], 1)
    return Episodes(
        obs=played.obs[seen],
        **{name: getattr(played, name)[played.alive] for name in Episodes._fields[1:5]},
        legal=played.legal[seen] if discrete else None,
    )


def until(rows: int, played: Played) -> Played:
    """The first of the episodes, so many that they have at least `rows` steps (all, if they have fewer)."""
    total = np.cumsum(played.alive.sum(1))
    kept = int(np.searchsorted(total, rows)) + 1
    return Played(*(field[:kept] for field in played))


def record(
    task: AnyTask,
    policy: HostPolicy,
    path: str | Path,
    size: int,
    seed: int = 0,
    *,
    quality: str | None = None,
    how: str = "play of a policy of the user's own",
    tell: Tell = lambda rows, mean: None,
) -> Path:
    """The new dataset at `path`: at least `size` joint transitions of whole episodes.

    `policy(obs [batch agent obs], legal [batch agent act], key)` gives actions `[batch agent act]`, within
    [-1, 1] or one-hot. Raises `RequestError` for what cannot be recorded, `TrainingError` if the environment
    fails; then nothing is left at `path`.
    """
    if size < 1:
        raise RequestError(f"size {size}: expected at least one transition")
    with Writer(path, describe(task.spec, quality, how, size, seed)) as writer:
        rounds = task.play(policy, jax.random.key(seed))
        while writer.rows < size:
            part = until(size - writer.rows, next(rounds))
            writer.append(flatten(part, task.spec.team.action_kind == "discrete"))
            tell(writer.rows, float(part.returns.mean()))
        rounds.close()
    return Path(path)


def collect(
    task: AnyTask, qualities: Mapping[str, Path], size: int, seed: int, tell: Tell = lambda rows, mean: None
) -> None:
    """Record random play, the one quality that needs no learner; `RequestError` for any other."""
    for quality, path in qualities.items():
        if quality != "random":
            raise RequestError(
                f"quality {quality!r} of {task.spec.name}: expected random; other policies record with "
                "omarl.collecting.foreign.record"
            )
        refuse_existing(path)
        how = "uniformly random play"
        policy = jax.jit(uniform_policy(task))
        record(task, policy, path, size, seed, quality=quality, how=how, tell=tell)


def describe(spec: TaskSpec, quality: str | None, how: str, size: int, seed: int) -> Metadata:
    """The provenance of one dataset."""
    made_by: dict[str, Any] = {"how": how, "seed": seed, "size": size}
    if quality is not None:
        made_by["command"] = collect_command(spec.id, quality, size=size, seed=seed)
    return Metadata(
        id=dataset_id(spec.id, quality or "own"),
        team=spec.team,
        task=spec.name,
        task_parameters=spec.parameters,
        quality=quality,
        made_by=made_by,
        versions=versions() | installed("pettingzoo", spec.name.split(":")[1].split(".")[0]),
    )


def installed(*packages: str) -> dict[str, str]:
    """The versions of those packages that have one."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except (PackageNotFoundError, ValueError):
            continue
    return found
