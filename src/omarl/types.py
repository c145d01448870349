"""The records everyone may use: who is in the team, and the transitions that it is taught from.

Axes are named alike everywhere: `batch agent act` for actions, `samples batch agent act` where several
candidate actions belong to one observation. A ragged team is padded to its largest member.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool

from omarl.errors import RequestError

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


class Reference(NamedTuple):
    """Mean returns that define the normalised score: 0 is `random`, 100 is `expert`."""

    random: float
    expert: float

    def score(self, mean_return: float) -> float:
        """The normalised score of a mean return, `100 (S - random) / (expert - random)` (Fu et al. 2020)."""
        return 100.0 * (mean_return - self.random) / (self.expert - self.random)
