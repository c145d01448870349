"""One episode to look at: the dataset's first or a fresh one, the same start played by every policy."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from omarl.algos import Algorithm
from omarl.batch import PRNGKey
from omarl.data.dataset import Dataset
from omarl.envs.scenes import Scene, Stage, stage_of, start_finder
from omarl.play.watched import fresh_start, recorded_start, watcher

Trajectories = list[dict[str, Any]]
Named = Iterator[tuple[str, Scene]]
FRAMES = 400
"""Longer episodes are drawn every second, third, ... step, so that a page stays light."""
ONLY_IF_ANY = ("types", "corners", "gauges", "aims", "margin")
"""What a file has only where there is something to say."""
FARTHEST = 1e6
"""Beyond this distance from the origin nothing is drawn."""
BYTES = 900_000
"""How large the episodes of one run may be together; a page reads no file of more than a megabyte."""


def beside_data(
    task: Any, algorithm: Algorithm, label: str
) -> Callable[[Dataset, Any, Iterable[int]], Trajectories]:
    """A function of a dataset, actors and their seeds: trajectories from the dataset's first start.

    They are those of the data's own actions, then of each seed's policy. Where the observations do not tell
    the start, only the policies play, from a fresh one. There are none for a task that cannot be drawn. What
    is compiled serves every dataset of the task.
    """
    stage = stage_of(task)
    if stage is None:
        return lambda dataset, actors, seeds: []
    play_learnt = learnt(task, stage, algorithm, label)
    if start_finder(task) is None:
        fresh = fresh_start(task, jax.random.key(0))
        return lambda dataset, actors, seeds: trajectories(play_learnt(fresh, actors, seeds))
    play_recorded = watcher(task, stage, lambda recorded, step, obs, legal: recorded[step][None])

    def scenes(dataset: Dataset, actors: Any, seeds: Iterable[int]) -> Named:
        start = recorded_start(task, dataset.obs[0])
        again = play_recorded(first_actions(dataset, task.spec.horizon), start)
        yield "behaviour", again.until(int([*dataset.episode_start[1:2], dataset.rows][0]))
        yield from play_learnt(start, actors, seeds)

    return lambda dataset, actors, seeds: trajectories(scenes(dataset, actors, seeds))


def first_actions(dataset: Dataset, horizon: int) -> Float[jax.Array, "step agent act"]:
    """The actions at the beginning of a dataset, `horizon` steps of them."""
    found = np.asarray(dataset.action[:horizon])
    return jnp.asarray(np.pad(found, [(0, horizon - len(found)), (0, 0), (0, 0)]))


def from_fresh_start(
    task: Any, key: PRNGKey, algorithm: Algorithm, actors: Any, seeds: Iterable[int], label: str
) -> Trajectories:
    """Trajectories of each seed's policy from one start; none for a task that cannot be drawn."""
    stage = stage_of(task)
    if stage is None:
        return []
    return trajectories(learnt(task, stage, algorithm, label)(fresh_start(task, key), actors, seeds))


def learnt(
    task: Any, stage: Stage, algorithm: Algorithm, label: str
) -> Callable[[Any, Any, Iterable[int]], Named]:
    """A function of a start, actors and their seeds: the episode as each seed's policy plays it, by name."""
    play = watcher(task, stage, lambda actor, step, obs, legal: algorithm.act(actor, obs, legal))

    def scenes(start: Any, actors: Any, seeds: Iterable[int]) -> Named:
        for index, seed in enumerate(seeds):
            yield f"{label}, seed {seed}", play(jax.tree.map(lambda x, i=index: x[i], actors), start)

    return scenes


def trajectories(scenes: Named) -> Trajectories:
    """Scenes as the report reads them, the first ones only if all are too large for one file."""
    found, size = [], 0
    for name, scene in scenes:
        one = trajectory(name, scene)
        size += len(json.dumps(one))
        if found and size > BYTES:
            break
        found.append(one)
    return found


def trajectory(label: str, scene: Scene) -> dict[str, Any]:
    """A scene as the report reads it, in thousandths of a unit of length, thinned to `FRAMES` frames.

    Where several steps lie between two frames, the later frame has the sum of their rewards.
    """
    stage, moments, reward = steady(scene)
    steps = len(reward)
    every = max(-(-steps // FRAMES), 1)
    kept = np.append(np.arange(0, steps, every), steps)
    paid = np.concatenate([[0.0], np.cumsum(reward, dtype=np.float64)])[kept]
    moves = bool((moments.landmarks != moments.landmarks[:1]).any())
    written = {
        "label": label,
        "return": float(paid[-1]),
        "agents": thousandths(moments.discs[kept]),
        "landmarks": thousandths(moments.landmarks[kept] if moves else moments.landmarks[0]),
        "bodies": thousandths(moments.bodies[kept]),
        "reward": thousandths(np.diff(paid)),
        "every": every,
        "steps": steps,
        "gauges": hundredths(moments.gauges[kept]) if moments.gauges.size else [],
        "aims": moments.aims[kept].tolist() if moments.aims.size else [],
        **asdict(stage),
    }
    return {name: value for name, value in written.items() if value or name not in ONLY_IF_ANY}


def steady(scene: Scene) -> Scene:
    """A scene up to where a simulation that became unstable left the numbers that a picture can show."""
    seen = np.concatenate([np.abs(points).reshape(len(points), -1) for points in scene.moments.places], 1)
    wrong = np.flatnonzero(~(seen < FARTHEST).all(1))
    return scene.until(max(int(wrong[0]) - 1, 0)) if len(wrong) else scene


def thousandths(values: Float[jax.Array | np.ndarray, "..."]) -> list[Any]:
    """The values in lists, with three decimals, whole numbers without any."""
    return np.asarray(values, np.float64).round(3).tolist()


def hundredths(values: Float[jax.Array | np.ndarray, "..."]) -> list[Any]:
    """The values in lists, with two decimals and rounded up, so that only what is zero is written as zero."""
    return (np.ceil(np.asarray(values, np.float64).round(6) * 100.0) / 100.0).tolist()
