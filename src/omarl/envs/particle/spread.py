"""Cooperative navigation: every landmark should have an agent near it, and agents should not collide."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.envs.particle.physics import (
    Entities,
    ParticleState,
    distance,
    offsets,
    scatter,
    surroundings,
    without_self,
)
from omarl.envs.particle.task import EPISODE_LENGTH, ParticleTask
from omarl.envs.protocol import TaskSpec
from omarl.envs.references import MEASURED, PAPER
from omarl.errors import RequestError
from omarl.types import TaskId, TeamSpec

RADIUS = 0.15
GAIN = 5.0
COLLISION_COST = 5.0
LARGEST_REWARD = 10.0


def check_agents(agents: int, most: int) -> None:
    """Raise `RequestError` unless there are 1 to `most` agents."""
    if not 1 <= agents <= most:
        raise RequestError(f"agents={agents!r}: expected a whole number from 1 to {most}")


def navigators(agents: int) -> Entities:
    """Equal agents that collide with each other, and as many landmarks that do not collide."""
    return Entities(
        agent_radius=(RADIUS,) * agents,
        gain=(GAIN,) * agents,
        top_speed=(np.inf,) * agents,
        landmark_radius=(0.0,) * agents,
        solid=(False,) * agents,
    )


def placed_uniformly(key: PRNGKey, agents: int, dims: int) -> ParticleState:
    """Agents and landmarks placed within [-1, 1], or within [-2, 2] for four agents and more."""
    side = 1.0 if agents <= 3 else 2.0
    return scatter(key, agents, agents, dims=dims, agent_range=side, landmark_range=side)


def closeness(gap: Float[Array, "..."]) -> Float[Array, "..."]:
    """The reward of a landmark for an agent at this distance: the inverse distance, at most 10."""
    return 1.0 / jnp.maximum(gap, 1.0 / LARGEST_REWARD)


def coverage(state: ParticleState) -> Float[Array, ""]:
    """The closeness of the nearest agent, summed over landmarks."""
    return closeness(distance(offsets(state.agent_position, state.landmark_position)).min(axis=0)).sum()


def collisions(state: ParticleState) -> Float[Array, "agent"]:
    """The number of other agents that each agent touches."""
    gap = distance(without_self(offsets(state.agent_position, state.agent_position)))
    return (gap < 2.0 * RADIUS).sum(axis=1).astype(gap.dtype)


@dataclass(frozen=True, kw_only=True)
class Spread(ParticleTask):
    """Cooperative navigation in the plane (CN in the paper), with 1 to 10 agents."""

    agents: int = 3

    def __post_init__(self) -> None:
        """Raise `RequestError` for a number of agents that the task does not have."""
        check_agents(self.agents, most=10)

    @property
    def spec(self) -> TaskSpec:
        """The description of the task."""
        task = TaskId("spread", {"agents": self.agents})
        return TaskSpec(
            name=task.name,
            parameters=dict(task.parameters),
            team=TeamSpec(
                observation_sizes=(6 * self.agents,) * self.agents, action_sizes=(2,) * self.agents
            ),
            horizon=EPISODE_LENGTH,
            reference=MEASURED.get(str(task)),
            paper_reference=PAPER.get(str(task)),
        )

    @property
    def entities(self) -> Entities:
        """Discs of radius 0.15, and landmarks."""
        return navigators(self.agents)

    def start(self, key: PRNGKey) -> ParticleState:
        """A start with everything placed uniformly, at rest."""
        return placed_uniformly(key, self.agents, dims=2)

    def observe(self, state: ParticleState) -> Float[Array, "agent obs"]:
        """The surroundings, then two zeros for each other agent: an unused communication channel."""
        silence = jnp.zeros((self.agents, 2 * (self.agents - 1)))
        return jnp.concatenate([surroundings(state), silence], axis=1)

    def reward(self, state: ParticleState) -> Float[Array, "agent"]:
        """The team's coverage, minus 5 for each other agent that the agent touches."""
        return coverage(state) - COLLISION_COST * collisions(state)
