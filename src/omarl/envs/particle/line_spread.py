"""Cooperative navigation on a line: the paper's motivating example (Sec. 3.1)."""

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.envs.particle.physics import Entities, ParticleState, surroundings
from omarl.envs.particle.spread import (
    COLLISION_COST,
    check_agents,
    closeness,
    collisions,
    coverage,
    navigators,
    placed_uniformly,
)
from omarl.envs.particle.task import EPISODE_LENGTH, ParticleTask
from omarl.envs.protocol import TaskSpec
from omarl.envs.references import MEASURED, PAPER
from omarl.types import TaskId, TeamSpec


@dataclass(frozen=True, kw_only=True)
class LineSpread(ParticleTask):
    """1 to 5 agents and as many landmarks on a line; `independent` agents need not cooperate.

    The authors released no code for it: physics, reward and ranges are those of `Spread`, in one dimension.
    The zeros at the end of `Spread`'s observations are left out.
    """

    agents: int = 2
    independent: bool = False

    def __post_init__(self) -> None:
        """Raise `RequestError` for a number of agents that the task does not have."""
        check_agents(self.agents, most=5)

    @property
    def spec(self) -> TaskSpec:
        """The description of the task."""
        task = TaskId("line-spread", {"agents": self.agents, "independent": self.independent})
        return TaskSpec(
            name=task.name,
            parameters=dict(task.parameters),
            team=TeamSpec(
                observation_sizes=(2 * self.agents + 1,) * self.agents, action_sizes=(1,) * self.agents
            ),
            horizon=EPISODE_LENGTH,
            reference=MEASURED.get(str(task)),
            paper_reference=PAPER.get(str(task)),
        )

    @property
    def entities(self) -> Entities:
        """The discs of `Spread`; on a line they cannot easily pass each other."""
        return navigators(self.agents)

    def start(self, key: PRNGKey) -> ParticleState:
        """A start with everything placed uniformly, at rest."""
        return placed_uniformly(key, self.agents, dims=1)

    def observe(self, state: ParticleState) -> Float[Array, "agent obs"]:
        """For each agent its velocity, its position, and the landmarks and other agents relative to it."""
        return surroundings(state)

    def reward(self, state: ParticleState) -> Float[Array, "agent"]:
        """The reward of `Spread`, or for independent agents the closeness of each to its own landmark."""
        if self.independent:
            gap = jnp.abs(state.agent_position - state.landmark_position)
            return closeness(gap[:, 0])
        return coverage(state) - COLLISION_COST * collisions(state)
