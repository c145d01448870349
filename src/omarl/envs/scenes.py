"""Scenes of particle tasks: a recorded start as a state, and the positions of an episode for drawing it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from omarl.envs.particle.physics import ParticleState
from omarl.envs.particle.task import ParticleTask


class Scene(NamedTuple):
    """The positions of one episode in the plane, before the first step and after each."""

    agents: Float[np.ndarray, "frame agent 2"]
    landmarks: Float[np.ndarray, "landmark 2"]
    agent_radius: tuple[float, ...]
    landmark_radius: tuple[float, ...]
    reward: Float[np.ndarray, "step"]


def full_task(task: Any) -> ParticleTask | None:
    """The particle task with all its agents; None if `task` is of another kind."""
    inner = getattr(task, "inner", task)
    return inner if isinstance(inner, ParticleTask) else None


def start_of_episode(full: ParticleTask, obs: Float[Array, "agent obs"]) -> ParticleState:
    """The state at rest, worked out from the first agent's first observation of an episode."""
    agents, landmarks = len(full.entities.agent_radius), len(full.entities.landmark_radius)
    dims = full.spec.team.action_size
    own, seen = obs[0, dims : 2 * dims], obs[0, 2 * dims : (1 + landmarks + agents) * dims]
    around = own[None] + seen.reshape(-1, dims)
    position = jnp.concatenate([own[None], around[landmarks:]])
    return ParticleState(position, jnp.zeros_like(position), around[:landmarks], jnp.zeros((), jnp.int32))


def scene_player(
    task: Any, full: ParticleTask, choose: Callable[[Any, Array, Array], Array]
) -> Callable[[Any, ParticleState], Scene]:
    """A function that plays one episode of a policy from a start; it is compiled once.

    The learners take the actions `choose(policy, step, obs)`.
    """

    @jax.jit
    def positions_and_rewards(policy: Any, start: ParticleState) -> tuple[Array, Array]:
        def step(carry: tuple, index: Array) -> tuple[tuple, tuple]:
            state, obs = carry
            state, told = task.step(state, choose(policy, index, obs))
            return (state, told.obs), (state.agent_position, jnp.mean(told.reward))

        first = (start, task.observe(start))
        return jax.lax.scan(step, first, jnp.arange(task.spec.horizon))[1]

    def play(policy: Any, start: ParticleState) -> Scene:
        positions, reward = positions_and_rewards(policy, start)
        agents = np.concatenate([start.agent_position[None], positions])
        return Scene(
            in_plane(agents),
            in_plane(np.asarray(start.landmark_position)),
            full.entities.agent_radius,
            full.entities.landmark_radius,
            np.asarray(reward),
        )

    return play


def in_plane(points: Float[np.ndarray, "*many dim"]) -> Float[np.ndarray, "*many 2"]:
    """Points in the plane; points on a line get a second coordinate of zero."""
    missing = 2 - points.shape[-1]
    return np.concatenate([points, np.zeros((*points.shape[:-1], missing), points.dtype)], -1)
