"""One episode to look at: the dataset's first or a fresh one, the same start played by every policy."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from omarl.algos import Algorithm
from omarl.batch import PRNGKey
from omarl.data.dataset import Dataset
from omarl.envs.scenes import Scene, full_task, scene_player, start_of_episode

Trajectories = list[dict[str, Any]]


def beside_data(
    task: Any, algorithm: Algorithm, label: str
) -> Callable[[Dataset, Any, Iterable[int]], Trajectories]:
    """A function of a dataset, actors and their seeds: trajectories from the dataset's first start.

    They are those of the data's own actions, then of each seed's policy; none for a task that cannot be put
    into a recorded state. What is compiled serves every dataset of the task.
    """
    full = full_task(task)
    if full is None:
        return lambda dataset, actors, seeds: []
    play_recorded = scene_player(task, full, lambda recorded, step, obs: recorded[step])
    play_learnt = learnt(task, algorithm, label)

    def paint(dataset: Dataset, actors: Any, seeds: Iterable[int]) -> Trajectories:
        start = start_of_episode(full, jnp.asarray(dataset.obs[0]))
        recorded = jnp.asarray(dataset.action[: task.spec.horizon])
        scenes = {"behaviour": play_recorded(recorded, start)}
        return trajectories(task, scenes | play_learnt(start, actors, seeds))

    return paint


def from_fresh_start(
    task: Any, key: PRNGKey, algorithm: Algorithm, actors: Any, seeds: Iterable[int], label: str
) -> Trajectories:
    """Trajectories of each seed's policy from one start; none for a task that cannot be drawn."""
    if full_task(task) is None:
        return []
    start, _ = task.reset(key)
    return trajectories(task, learnt(task, algorithm, label)(start, actors, seeds))


def learnt(
    task: Any, algorithm: Algorithm, label: str
) -> Callable[[Any, Any, Iterable[int]], dict[str, Scene]]:
    """A function of a start, actors and their seeds: the episode as each seed's policy plays it, by name."""
    legal = jnp.asarray(task.spec.team.action_mask)[None]
    full = full_task(task)
    assert full is not None
    play = scene_player(task, full, lambda actor, step, obs: algorithm.act(actor, obs[None], legal)[0])

    def scenes(start: Any, actors: Any, seeds: Iterable[int]) -> dict[str, Scene]:
        return {
            f"{label}, seed {seed}": play(jax.tree.map(lambda x, i=index: x[i], actors), start)
            for index, seed in enumerate(seeds)
        }

    return scenes


def trajectories(task: Any, scenes: Mapping[str, Scene]) -> list[dict[str, Any]]:
    """Scenes as the report reads them."""
    return [trajectory(name, scene, task.spec.team.agents) for name, scene in scenes.items()]


def trajectory(label: str, scene: Scene, learners: int) -> dict[str, Any]:
    """A scene as the report reads it, rounded to a thousandth of a world unit; the learners come first."""
    opponents = len(scene.agent_radius) - learners
    return {
        "label": label,
        "return": float(scene.reward.sum()),
        "agents": scene.agents.round(3).tolist(),
        "kinds": ["learner"] * learners + ["opponent"] * opponents,
        "landmarks": scene.landmarks.round(3).tolist(),
        "radius": list(scene.agent_radius),
        "landmark_radius": list(scene.landmark_radius),
        "reward": scene.reward.round(3).tolist(),
    }
