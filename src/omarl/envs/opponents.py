"""Frozen opponents: a task of learners and opponents becomes a task of the learners alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey
from omarl.envs.protocol import StepResult, TaskSpec
from omarl.envs.references import MEASURED, PAPER
from omarl.envs.scenes import Moment, Stage, stage_of
from omarl.nets.policy_file import Act
from omarl.types import TaskId, TeamSpec

FullTask = Any  # a `Task` with `observe(state)`; beartype refuses a plain Protocol
TaskState = Any  # that task's state


def subteam(team: TeamSpec, members: slice) -> TeamSpec:
    """The team that consists of these members."""
    return replace(
        team,
        observation_sizes=team.observation_sizes[members],
        action_sizes=team.action_sizes[members],
    )


@dataclass(frozen=True, kw_only=True)
class FrozenOpponents:
    """The task `inner`, whose first `learners` agents learn while all others follow the policy `act`.

    Its state is the state of `inner`, the full task. `make(name, **parameters)` builds this task again.
    """

    inner: FullTask
    act: Act
    learners: int
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def spec(self) -> TaskSpec:
        """The description of the task for its learners."""
        task = str(TaskId(self.name, self.parameters))
        return replace(
            self.inner.spec,
            name=self.name,
            parameters=dict(self.parameters),
            team=subteam(self.inner.spec.team, slice(self.learners)),
            reference=MEASURED.get(task),
            paper_reference=PAPER.get(task),
        )

    def observe(self, state: TaskState) -> Float[Array, "learner obs"]:
        """The learners' observations."""
        return self._learners_view(self.inner.observe(state))

    def reset(self, key: PRNGKey) -> tuple[TaskState, Float[Array, "learner obs"]]:
        """The first state of a fresh episode, and the learners' observations there."""
        state, obs = self.inner.reset(key)
        return state, self._learners_view(obs)

    def step(self, state: TaskState, action: Float[Array, "learner act"]) -> tuple[TaskState, StepResult]:
        """The next state, after learners and opponents acted at once, and what the learners are told."""
        state, result = self.inner.step(state, jnp.concatenate([action, self._opponents_action(state)]))
        return state, result._replace(
            obs=self._learners_view(result.obs),
            reward=result.reward[: self.learners],
            legal=self._learners_choices(result.legal),
        )

    def legal(self, state: TaskState) -> Bool[Array, "learner act"]:
        """Which entries of an action vector each learner may use."""
        return self._learners_choices(self.inner.legal(state))

    @property
    def stage(self) -> Stage | None:
        """What the full task shows, the learners apart from their opponents."""
        full = stage_of(self.inner)
        if full is None:
            return None
        opponents = len(full.kinds) - self.learners
        return replace(full, kinds=("learner",) * self.learners + ("opponent",) * opponents)

    def shown(self, state: TaskState) -> Moment:
        """Where everything of the full task is."""
        return self.inner.shown(state)

    def start_from(self, obs: Float[Array, "learner obs"]) -> TaskState:
        """The state that the learners' first observations tell."""
        return self.inner.start_from(obs)

    def _learners_choices(self, legal: Bool[Array, "agent padded"]) -> Bool[Array, "learner act"]:
        return legal[: self.learners, : self.spec.team.action_size]

    def _learners_view(self, obs: Float[Array, "agent padded"]) -> Float[Array, "learner obs"]:
        return obs[: self.learners, : self.spec.team.observation_size]

    def _opponents_action(self, state: TaskState) -> Float[Array, "opponent act"]:
        opponents = subteam(self.inner.spec.team, slice(self.learners, None))
        return self.act(self.inner.observe(state)[self.learners :, : opponents.observation_size])
