"""The common part of the particle tasks: the time limit and the step."""

import abc

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey
from omarl.envs.particle.physics import Entities, ParticleState, advance
from omarl.envs.protocol import StepResult, TaskSpec

EPISODE_LENGTH = 25


class ParticleTask(abc.ABC):
    """A task of discs; a subclass adds entities, a start, observations and rewards."""

    @property
    @abc.abstractmethod
    def spec(self) -> TaskSpec:
        """The description of the task."""

    @property
    @abc.abstractmethod
    def entities(self) -> Entities:
        """The constants of all discs."""

    @abc.abstractmethod
    def start(self, key: PRNGKey) -> ParticleState:
        """The state at the start of a fresh episode."""

    @abc.abstractmethod
    def observe(self, state: ParticleState) -> Float[Array, "agent obs"]:
        """The agents' observations, padded with zeros to the longest."""

    @abc.abstractmethod
    def reward(self, state: ParticleState) -> Float[Array, "agent"]:
        """The agents' rewards for having reached `state`."""

    def reset(self, key: PRNGKey) -> tuple[ParticleState, Float[Array, "agent obs"]]:
        """The first state of a fresh episode, and the observations there."""
        state = self.start(key)
        return state, self.observe(state)

    def legal(self, state: ParticleState) -> Bool[Array, "agent act"]:
        """Every entry of an action vector that exists."""
        return jnp.asarray(self.spec.team.action_mask)

    def step(
        self, state: ParticleState, action: Float[Array, "agent act"]
    ) -> tuple[ParticleState, StepResult]:
        """The next state, after all agents have acted at once, and the result; only time ends an episode."""
        state = advance(self.entities, state, action)
        return state, StepResult(
            obs=self.observe(state),
            reward=self.reward(state),
            terminal=jnp.zeros_like(state.time, dtype=bool),
            truncated=state.time >= EPISODE_LENGTH,
            legal=self.legal(state),
        )
