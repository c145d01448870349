"""Particle physics: discs that are pushed, damped, limited in speed, and softly kept apart.

All functions are about one episode; batches are made with `vmap`. Relative positions are one array for each
coordinate, not one array with a last axis of length two, because XLA then vectorises the long axes on a CPU.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int32

from omarl.batch import PRNGKey

TIME_STEP = 0.1
DAMPING = 0.25
CONTACT_FORCE = 100.0
CONTACT_MARGIN = 1e-3
SMALLEST_DISTANCE = 1e-12  # two discs on the same spot have no direction: they do not push each other

Offsets = tuple[Float[Array, "own other"], ...]


class ParticleState(NamedTuple):
    """Positions and velocities at one moment of one episode, in world units."""

    agent_position: Float[Array, "agent dim"]
    agent_velocity: Float[Array, "agent dim"]
    landmark_position: Float[Array, "landmark dim"]
    time: Int32[Array, ""]

    def replace(self, **fields: Any) -> "ParticleState":
        """The state with these fields replaced; they may be NumPy arrays."""
        return self._replace(**{name: jnp.asarray(value) for name, value in fields.items()})


@dataclass(frozen=True, kw_only=True)
class Entities:
    """Constants of the agents and of the landmarks; all agents and the `solid` landmarks collide.

    The force on an agent is `gain` times its action. Its mass is one, so the force is its acceleration. An
    agent without a speed limit has an infinite `top_speed`.
    """

    agent_radius: tuple[float, ...]
    gain: tuple[float, ...]
    top_speed: tuple[float, ...]
    landmark_radius: tuple[float, ...]
    solid: tuple[bool, ...]

    @cached_property
    def obstacles(self) -> list[int]:
        """The indices of the solid landmarks."""
        return [index for index, solid in enumerate(self.solid) if solid]

    @cached_property
    def reach(self) -> Float[np.ndarray, "agent collider"]:
        """The distance at which an agent touches another agent or an obstacle: the sum of their radii."""
        radius = [*self.agent_radius, *(self.landmark_radius[index] for index in self.obstacles)]
        return np.add.outer(self.agent_radius, radius)

    @cached_property
    def apart(self) -> Bool[np.ndarray, "agent collider"]:
        """True where agent and collider are two, false where an agent would collide with itself."""
        return ~np.eye(*self.reach.shape, dtype=bool)


def scatter(
    key: PRNGKey, agents: int, landmarks: int, *, dims: int, agent_range: float, landmark_range: float
) -> ParticleState:
    """A state at time zero: everything is at rest, placed uniformly between minus and plus its range."""
    agent_key, landmark_key = jax.random.split(key)
    position = jax.random.uniform(agent_key, (agents, dims), minval=-agent_range, maxval=agent_range)
    return ParticleState(
        agent_position=position,
        agent_velocity=jnp.zeros_like(position),
        landmark_position=jax.random.uniform(
            landmark_key, (landmarks, dims), minval=-landmark_range, maxval=landmark_range
        ),
        time=jnp.int32(0),
    )


def offsets(own: Float[Array, "own dim"], other: Float[Array, "other dim"]) -> Offsets:
    """The positions `other` relative to the positions `own`, as one array for each coordinate."""
    return tuple(other[None, :, axis] - own[:, None, axis] for axis in range(own.shape[1]))


def distance(offset: Offsets) -> Float[Array, "own other"]:
    """The Euclidean length of each offset."""
    return jnp.sqrt(sum(jnp.square(coordinate) for coordinate in offset))


def flatten(offset: Offsets) -> Float[Array, "own coordinates"]:
    """The offsets as part of an observation: x and y of the first, x and y of the second, and so on."""
    return jnp.stack(offset, axis=-1).reshape(offset[0].shape[0], -1)


def without_self(offset: Offsets) -> tuple[Float[Array, "agent others"], ...]:
    """The offsets between agents, without the offset of each agent to itself."""
    agents = offset[0].shape[0]
    others = ~np.eye(agents, dtype=bool)
    return tuple(coordinate[others].reshape(agents, agents - 1) for coordinate in offset)


def surroundings(state: ParticleState) -> Float[Array, "agent obs"]:
    """For each agent its velocity, its position, and the landmarks and other agents relative to it."""
    position = state.agent_position
    landmarks = flatten(offsets(position, state.landmark_position))
    others = flatten(without_self(offsets(position, position)))
    return jnp.concatenate([state.agent_velocity, position, landmarks, others], axis=1)


def contact_force(entities: Entities, state: ParticleState) -> Float[Array, "agent dim"]:
    """The total force on each agent from all that it touches.

    Two discs at distance `d` that touch at `r` push with `100 k softplus((r - d) / k)`, where `k` = 0.001.
    """
    obstacle_position = state.landmark_position[np.array(entities.obstacles, int)]
    colliders = jnp.concatenate([state.agent_position, obstacle_position])
    offset = offsets(state.agent_position, colliders)
    gap = distance(offset)
    overlap = CONTACT_MARGIN * jnp.logaddexp((entities.reach - gap) / CONTACT_MARGIN, 0.0)
    overlap = jnp.where(entities.apart, overlap, 0.0)
    push = CONTACT_FORCE * overlap / jnp.maximum(gap, SMALLEST_DISTANCE)
    return -jnp.stack([(push * coordinate).sum(axis=1) for coordinate in offset], axis=1)


def limit_speed(
    velocity: Float[Array, "agent dim"], top_speed: tuple[float, ...]
) -> Float[Array, "agent dim"]:
    """The velocities, scaled down where they exceed the top speed."""
    speed = jnp.sqrt(jnp.square(velocity).sum(axis=1))
    excess = jnp.maximum(speed / np.array(top_speed), 1.0)
    return velocity / excess[:, None]


def advance(entities: Entities, state: ParticleState, action: Float[Array, "agent dim"]) -> ParticleState:
    """The state one time step later; actions are clipped to [-1, 1]."""
    control = np.array(entities.gain)[:, None] * jnp.clip(action, -1.0, 1.0)
    force = control + contact_force(entities, state)
    velocity = (1.0 - DAMPING) * state.agent_velocity + TIME_STEP * force
    velocity = limit_speed(velocity, entities.top_speed)
    return state.replace(
        agent_position=state.agent_position + TIME_STEP * velocity,
        agent_velocity=velocity,
        time=state.time + 1,
    )


def in_plane(points: Float[Array, "*many dim"]) -> Float[Array, "*many 2"]:
    """Points in the plane; points on a line get a second coordinate of zero."""
    return jnp.pad(points, [(0, 0)] * (points.ndim - 1) + [(0, 2 - points.shape[-1])])
