"""One episode to look at: the dataset's first or a fresh one, the same start played by every policy."""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from omarl.algos import Algorithm
from omarl.data.dataset import Dataset
from omarl.envs.base import ParticleTask
from omarl.envs.particle import ParticleState
from omarl.envs.scene import Scene, full_task, play_scene, start_of_episode
from omarl.types import PRNGKey


def side_by_side(
    task: Any, dataset: Dataset, algorithm: Algorithm, actors: Any, seeds: Iterable[int], label: str
) -> list[dict[str, Any]]:
    """Trajectories from one start: the data's own actions, then each seed's policy; none for a task that
    cannot be put into a recorded state."""
    full = full_task(task)
    if full is None:
        return []
    start = start_of_episode(full, jnp.asarray(dataset.obs[0]))
    recorded = jnp.asarray(dataset.action[: task.spec.horizon])
    behaviour = {"behaviour": play_scene(task, full, start, lambda step, obs: recorded[step])}
    return trajectories(task, behaviour | learnt(task, full, start, algorithm, actors, seeds, label))


def from_fresh_start(
    task: Any, key: PRNGKey, algorithm: Algorithm, actors: Any, seeds: Iterable[int], label: str
) -> list[dict[str, Any]]:
    """Trajectories of each seed's policy from one start; none for a task that cannot be drawn."""
    full = full_task(task)
    if full is None:
        return []
    start, _ = task.reset(key)
    return trajectories(task, learnt(task, full, start, algorithm, actors, seeds, label))


def learnt(
    task: Any,
    full: ParticleTask,
    start: ParticleState,
    algorithm: Algorithm,
    actors: Any,
    seeds: Iterable[int],
    label: str,
) -> dict[str, Scene]:
    """The episode from `start` as each seed's policy plays it, by name."""
    legal = jnp.asarray(task.spec.team.action_mask)[None]
    scenes = {}
    for index, seed in enumerate(seeds):
        actor = jax.tree.map(lambda x, i=index: x[i], actors)
        scenes[f"{label}, seed {seed}"] = play_scene(
            task, full, start, lambda step, obs, a=actor: algorithm.act(a, obs[None], legal)[0]
        )
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
