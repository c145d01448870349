"""What the particle tasks share: the time limit, and a step made from a task's reward and observation."""

import abc

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey
from omarl.envs.particle.physics import Entities, ParticleState, advance
from omarl.envs.protocol import StepResult, TaskSpec

HORIZON = 25


class ParticleTask(abc.ABC):
    """A task of discs: a subclass says what there is, where it starts, what is seen, and what is paid."""

    @property
    @abc.abstractmethod
    def spec(self) -> TaskSpec:
        """The description of the task as its learners see it."""

    @property
    @abc.abstractmethod
    def entities(self) -> Entities:
        """Constants of everything in the world."""

    @abc.abstractmethod
    def start(self, key: PRNGKey) -> ParticleState:
        """The state at the start of a fresh episode."""

    @abc.abstractmethod
    def observe(self, state: ParticleState) -> Float[Array, "agent obs"]:
        """What every agent sees, padded with zeros to the largest observation."""

    @abc.abstractmethod
    def reward(self, state: ParticleState) -> Float[Array, "agent"]:
        """What every agent is paid for having reached `state`."""

    def reset(self, key: PRNGKey) -> tuple[ParticleState, Float[Array, "agent obs"]]:
        """A fresh episode: its state and the first observations."""
        state = self.start(key)
        return state, self.observe(state)

    def legal(self, state: ParticleState) -> Bool[Array, "agent act"]:
        """Every entry of an action vector that exists."""
        return jnp.asarray(self.spec.team.action_mask)

    def step(
        self, state: ParticleState, action: Float[Array, "agent act"]
    ) -> tuple[ParticleState, StepResult]:
        """The state after all agents acted at once, and what they are told; only time ends an episode."""
        state = advance(self.entities, state, action)
        return state, StepResult(
            obs=self.observe(state),
            reward=self.reward(state),
            terminal=jnp.zeros_like(state.time, dtype=bool),
            truncated=state.time >= HORIZON,
            legal=self.legal(state),
        )
