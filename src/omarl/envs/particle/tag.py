"""Predator-prey: three slow predators hunt one fast prey among two obstacles."""

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.envs.particle.physics import Entities, ParticleState, distance, offsets, scatter, surroundings
from omarl.envs.particle.task import EPISODE_LENGTH, ParticleTask
from omarl.envs.protocol import TaskSpec
from omarl.types import TeamSpec

PREDATORS = 3
PREDATOR_RADIUS = 0.075
OBSTACLE_RADIUS = 0.2
TAG_TOUCH_REWARD = 10.0
DISTANCE_WEIGHT = 0.1


def hunters_and_prey(
    prey_radius: float, landmark_radius: tuple[float, ...], solid: tuple[bool, ...]
) -> Entities:
    """Three predators and, last, one prey; a gain is the square of the original acceleration, 3 or 4."""
    return Entities(
        agent_radius=(PREDATOR_RADIUS,) * PREDATORS + (prey_radius,),
        gain=(9.0,) * PREDATORS + (16.0,),
        top_speed=(1.0,) * PREDATORS + (1.3,),
        landmark_radius=landmark_radius,
        solid=solid,
    )


def chase(state: ParticleState) -> Float[Array, "predator"]:
    """The distance of each predator from the prey."""
    prey = state.agent_position[PREDATORS:]
    return distance(offsets(state.agent_position[:PREDATORS], prey))[:, 0]


def hunt_reward(gap: Float[Array, "predator"], reach: float, touch_reward: float) -> Float[Array, ""]:
    """The predators' reward: `touch_reward` for each that touches the prey, less a tenth of all distances."""
    return jnp.where(gap < reach, touch_reward, 0.0).sum() - DISTANCE_WEIGHT * gap.sum()


def straying(position: Float[Array, "dim"]) -> Float[Array, ""]:
    """The prey's cost of leaving the arena, summed over coordinates: linear from 0.9, exponential from 1."""
    edge = jnp.abs(position)
    ramp = 10.0 * jnp.maximum(edge - 0.9, 0.0)
    return jnp.where(edge < 1.0, ramp, jnp.minimum(jnp.exp(2.0 * edge - 2.0), 10.0)).sum()


def hunters_views(
    state: ParticleState, features: Float[Array, "agent features"]
) -> Float[Array, "agent obs"]:
    """Surroundings, the prey's velocity (only for predators), and `features`; zeros pad the prey's row."""
    seen = surroundings(state)
    prey_velocity = jnp.tile(state.agent_velocity[PREDATORS:], (PREDATORS, 1))
    predators = [seen[:PREDATORS], prey_velocity, features[:PREDATORS]]
    prey = [seen[PREDATORS:], features[PREDATORS:], jnp.zeros((1, prey_velocity.shape[1]))]
    return jnp.concatenate([jnp.concatenate(predators, axis=1), jnp.concatenate(prey, axis=1)])


@dataclass(frozen=True, kw_only=True)
class Tag(ParticleTask):
    """Predator-prey (PP in the paper) with four agents that act: three predators and, last, the prey.

    In the learners' task, `make("tag")`, the prey follows a frozen policy (see `hunts`).
    """

    @property
    def spec(self) -> TaskSpec:
        """The description of the task, the prey included."""
        return TaskSpec(
            name="tag-full",
            parameters={},
            team=TeamSpec(observation_sizes=(16,) * PREDATORS + (14,), action_sizes=(2,) * (PREDATORS + 1)),
            horizon=EPISODE_LENGTH,
        )

    @property
    def entities(self) -> Entities:
        """Three predators, a prey of radius 0.05, and two obstacles."""
        return hunters_and_prey(0.05, (OBSTACLE_RADIUS,) * 2, (True,) * 2)

    def start(self, key: PRNGKey) -> ParticleState:
        """A start with everything placed uniformly, at rest."""
        return scatter(key, PREDATORS + 1, 2, dims=2, agent_range=1.0, landmark_range=0.9)

    def observe(self, state: ParticleState) -> Float[Array, "agent obs"]:
        """Surroundings, and for predators the prey's velocity."""
        return hunters_views(state, jnp.zeros((PREDATORS + 1, 0)))

    def reward(self, state: ParticleState) -> Float[Array, "agent"]:
        """All predators get the same; the prey loses what they get, and pays for leaving the arena."""
        gap = chase(state)
        team = hunt_reward(gap, self.entities.reach[0, PREDATORS], TAG_TOUCH_REWARD)
        prey = -team - straying(state.agent_position[PREDATORS])
        return jnp.append(jnp.full(PREDATORS, team), prey)
