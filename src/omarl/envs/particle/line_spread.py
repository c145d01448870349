"""Cooperative navigation on a line: the paper's motivating example (Sec. 3.1), and one without a team."""

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
    place,
)
from omarl.envs.particle.task import HORIZON, ParticleTask
from omarl.envs.protocol import TaskSpec
from omarl.envs.references import MEASURED, PAPER
from omarl.types import TaskId, TeamSpec


@dataclass(frozen=True, kw_only=True)
class LineSpread(ParticleTask):
    """As many agents as landmarks on a line, with 1 to 5 agents; `independent` ones have a landmark each.

    No code was released for it: physics, reward and ranges are those of `Spread`, in one dimension. The zeros
    that pad `Spread`'s observations, a channel on which nobody speaks, are left out.
    """

    agents: int = 2
    independent: bool = False

    def __post_init__(self) -> None:
        """Refuse a team that the task does not have."""
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
            horizon=HORIZON,
            reference=MEASURED.get(str(task)),
            paper_reference=PAPER.get(str(task)),
        )

    @property
    def entities(self) -> Entities:
        """The discs of `Spread`, so that agents on a line cannot easily pass each other."""
        return navigators(self.agents)

    def start(self, key: PRNGKey) -> ParticleState:
        """Everything placed uniformly, at rest."""
        return place(key, self.agents, dims=1)

    def observe(self, state: ParticleState) -> Float[Array, "agent obs"]:
        """Own velocity and position, and where the landmarks and the others are from there."""
        return surroundings(state)

    def reward(self, state: ParticleState) -> Float[Array, "agent"]:
        """The reward of `Spread`; an independent agent's is its closeness to its own landmark alone."""
        if self.independent:
            gap = jnp.abs(state.agent_position - state.landmark_position)
            return closeness(gap[:, 0])
        return coverage(state) - COLLISION_COST * collisions(state)
