"""World: predator-prey with food for the prey and forests in which to hide."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.envs.particle.physics import Entities, ParticleState, distance, offsets, scatter
from omarl.envs.particle.tag import (
    OBSTACLE_RADIUS,
    PREDATORS,
    chase,
    hunt_reward,
    hunters_and_prey,
    hunters_views,
    straying,
)
from omarl.envs.particle.task import EPISODE_LENGTH, ParticleTask
from omarl.envs.protocol import TaskSpec
from omarl.types import TeamSpec

PREY_RADIUS = 0.045
FOOD_RADIUS = 0.03
FOREST_RADIUS = 0.3
FOOD = slice(1, 3)
FORESTS = slice(3, 5)
WORLD_TOUCH_REWARD = 5.0
FOOD_REWARD = 2.0
FOOD_DISTANCE_WEIGHT = 0.05
STRAYING_WEIGHT = 2.0


@dataclass(frozen=True, kw_only=True)
class World(ParticleTask):
    """World with four agents that act: three predators and, last, the prey.

    The landmarks are one obstacle, two pieces of food and two forests, in this order. The paper's text says
    four predators and two prey, but its published data has three and one. In the learners' task,
    `make("world")`, the prey follows a frozen policy (see `hunts`).
    """

    @property
    def spec(self) -> TaskSpec:
        """The description of the task, the prey included."""
        return TaskSpec(
            name="world-full",
            parameters={},
            team=TeamSpec(observation_sizes=(24,) * PREDATORS + (22,), action_sizes=(2,) * (PREDATORS + 1)),
            horizon=EPISODE_LENGTH,
        )

    @property
    def entities(self) -> Entities:
        """Three predators, a prey, and landmarks of which only the obstacle collides."""
        radius = (OBSTACLE_RADIUS, *(FOOD_RADIUS,) * 2, *(FOREST_RADIUS,) * 2)
        return hunters_and_prey(PREY_RADIUS, radius, (True, False, False, False, False))

    def start(self, key: PRNGKey) -> ParticleState:
        """A start with everything placed uniformly, at rest."""
        return scatter(key, PREDATORS + 1, 5, dims=2, agent_range=1.0, landmark_range=0.9)

    def observe(self, state: ParticleState) -> Float[Array, "agent obs"]:
        """Surroundings, for predators the prey's velocity, and for each forest 1 inside and -1 outside."""
        gap = distance(offsets(state.agent_position, state.landmark_position[FORESTS]))
        reach = np.add.outer(self.entities.agent_radius, (FOREST_RADIUS,) * 2)
        return hunters_views(state, jnp.where(gap < reach, 1.0, -1.0))

    def reward(self, state: ParticleState) -> Float[Array, "agent"]:
        """All predators get the same; the prey loses what they get, pays for leaving the arena, and eats.

        The prey is also rewarded for being *far* from the nearest food, as in the published data.
        """
        team = hunt_reward(chase(state), self.entities.reach[0, PREDATORS], WORLD_TOUCH_REWARD)
        prey = state.agent_position[PREDATORS:]
        food_gap = distance(offsets(prey, state.landmark_position[FOOD]))[0]
        eaten = jnp.where(food_gap < PREY_RADIUS + FOOD_RADIUS, FOOD_REWARD, 0.0).sum()
        hunger = FOOD_DISTANCE_WEIGHT * food_gap.min()
        own = eaten + hunger - team - STRAYING_WEIGHT * straying(prey[0])
        return jnp.append(jnp.full(PREDATORS, team), own)
