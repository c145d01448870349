"""The common part of the particle tasks: the time limit and the step."""

import abc

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey
from omarl.envs.particle.physics import Entities, ParticleState, advance, in_plane
from omarl.envs.protocol import StepResult, TaskSpec
from omarl.envs.scenes import Moment, Stage

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

    @property
    def stage(self) -> Stage:
        """The discs and landmarks that a picture shows."""
        agents = self.entities.agent_radius
        return Stage(
            kinds=("learner",) * len(agents), radius=agents, landmark_radius=self.entities.landmark_radius
        )

    def shown(self, state: ParticleState) -> Moment:
        """Where the discs and landmarks are."""
        return Moment(in_plane(state.agent_position), in_plane(state.landmark_position))

    def start_from(self, obs: Float[Array, "agent obs"]) -> ParticleState:
        """The state at rest, worked out from the first agent's first observation of an episode."""
        agents, landmarks = len(self.entities.agent_radius), len(self.entities.landmark_radius)
        dims = self.spec.team.action_size
        own, seen = obs[0, dims : 2 * dims], obs[0, 2 * dims : (1 + landmarks + agents) * dims]
        around = own[None] + seen.reshape(-1, dims)
        position = jnp.concatenate([own[None], around[landmarks:]])
        return ParticleState(position, jnp.zeros_like(position), around[:landmarks], jnp.zeros((), jnp.int32))

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
