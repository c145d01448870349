"""What a task is: on the device pure `reset`, `legal` and `step` functions, on the host a batch of episodes.

On the device a state is a frozen record of arrays for one episode; batches of episodes are made with `vmap`.
There is no hidden auto-reset: the caller decides what happens after an episode's end. A true end (`terminal`)
and a time limit (`truncated`) are apart everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey
from omarl.envs.host.adapter import HostResult
from omarl.types import Reference, TaskId, TeamSpec

State = TypeVar("State")


class StepResult(NamedTuple):
    """What the team is told after a step.

    `legal` marks the entries of an action vector that may be used next: those that exist, and of choices
    those that the state allows. `won` says whether the episode ended in a win with this step; it is None in a
    task that knows no wins.
    """

    obs: Float[Array, "agent obs"]
    reward: Float[Array, "agent"]
    terminal: Bool[Array, ""]
    truncated: Bool[Array, ""]
    legal: Bool[Array, "agent act"]
    won: Bool[Array, ""] | None = None


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """The description of a task. `make(name, **parameters)` builds the same task again.

    `horizon` is the time limit in steps. `reference` holds our own measured returns and `paper_reference` the
    returns by which the paper normalises; either is None where nobody has measured it. The return of an
    episode is the undiscounted sum of rewards, averaged over the learners. `simulator` holds the versions of
    the packages that compute the steps, by name; it is empty for tasks that omarl computes by itself. `wins`
    says whether an episode can be won: then every step says whether it was.
    """

    name: str
    parameters: dict[str, Any]
    team: TeamSpec
    horizon: int
    reference: Reference | None = None
    paper_reference: Reference | None = None
    simulator: Mapping[str, str] = field(default_factory=dict)
    wins: bool = False

    @property
    def id(self) -> TaskId:
        """The task's name with all its parameters."""
        return TaskId(self.name, self.parameters)

    @property
    def references(self) -> dict[str, dict[str, float]]:
        """The known references, in the form that a dataset's metadata keeps."""
        known = {"ours": self.reference, "paper": self.paper_reference}
        return {whose: pair._asdict() for whose, pair in known.items() if pair is not None}


class Task(Protocol[State]):
    """One task: constants in a frozen dataclass, dynamics in two pure functions."""

    @property
    def spec(self) -> TaskSpec:
        """The description of the task as its learners see it."""
        ...

    def reset(self, key: PRNGKey) -> tuple[State, Float[Array, "agent obs"]]:
        """A fresh episode: its state and the first observations."""
        ...

    def legal(self, state: State) -> Bool[Array, "agent act"]:
        """Which entries of an action vector may be used in `state`; only tasks with choices are asked."""
        ...

    def step(self, state: State, action: Float[Array, "agent act"]) -> tuple[State, StepResult]:
        """The state after all agents acted at once, and what they are told."""
        ...


@runtime_checkable
class HostTask(Protocol):
    """A task outside of JAX: at most `copies` episodes are stepped together, in numpy.

    An episode follows from its seed and the actions alone.
    """

    spec: TaskSpec
    copies: int

    def reset(self, seeds: list[int]) -> HostResult:
        """The starts of fresh episodes, one for each seed."""
        ...

    def step(
        self, actions: Float[np.ndarray, "episode agent act"], alive: Bool[np.ndarray, "episode"]
    ) -> HostResult:
        """What comes of the actions, of episodes not `alive` what was last."""
        ...
