"""The records everyone may use: who is in the team, and the transitions that it is taught from.

Axes are named alike everywhere: `batch agent act` for actions, `samples batch agent act` where several
candidate actions belong to one observation. A ragged team is padded to its largest member.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Key

from omarl.errors import RequestError

PRNGKey = Key[Array, ""]
Real = float | Float[Array, ""]
"""A number of a configuration; an array where runs that differ in it are one program."""
ActionKind = Literal["continuous", "discrete"]


@dataclass(frozen=True, kw_only=True)
class TeamSpec:
    """Who learns, what each member sees, and what each may do; read off a dataset or a task.

    A continuous action is a vector in [-1, 1]^d, a discrete one a one-hot vector over its choices; in both
    cases `action_sizes` holds the length of that vector per agent.
    """

    observation_sizes: tuple[int, ...]
    action_sizes: tuple[int, ...]
    action_kind: ActionKind = "continuous"

    def __post_init__(self) -> None:
        """Refuse a team that cannot exist."""
        if not self.observation_sizes or len(self.observation_sizes) != len(self.action_sizes):
            raise RequestError(
                f"a team needs one observation size and one action size per agent, got "
                f"{self.observation_sizes} and {self.action_sizes}"
            )
        if min(*self.observation_sizes, *self.action_sizes) < 1:
            raise RequestError(
                f"sizes must be positive, got {self.observation_sizes} and {self.action_sizes}"
            )

    @property
    def agents(self) -> int:
        """Real of learners."""
        return len(self.action_sizes)

    @property
    def observation_size(self) -> int:
        """Length of an observation after padding."""
        return max(self.observation_sizes)

    @property
    def action_size(self) -> int:
        """Length of an action vector after padding."""
        return max(self.action_sizes)

    @property
    def action_mask(self) -> Bool[np.ndarray, "agent act"]:
        """Which entries of the padded action vectors exist."""
        return np.arange(self.action_size) < np.asarray(self.action_sizes)[:, None]


class Batch(NamedTuple):
    """Transitions drawn from a dataset or a replay buffer, all agents side by side.

    `legal` marks the entries of an action vector that may be used: the padding of ragged teams is never
    legal, and a discrete task may forbid choices for the moment. `has_next_action` is false where the data
    ends before the next action was taken, so that `next_action` means nothing there.
    """

    obs: Float[Array, "batch agent obs"]
    action: Float[Array, "batch agent act"]
    reward: Float[Array, "batch agent"]
    next_obs: Float[Array, "batch agent obs"]
    next_action: Float[Array, "batch agent act"]
    terminal: Bool[Array, "batch agent"]
    has_next_action: Bool[Array, "batch agent"]
    legal: Bool[Array, "batch agent act"]
    next_legal: Bool[Array, "batch agent act"]
