"""What a dataset is: episodes of a team in time order, and their origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """Provenance of a dataset; everything is JSON-safe.

    `references` maps `ours` and `paper` to `{"random": r, "expert": e}` if they are known. `made_by` says how
    the data were made: the function and its arguments, the seed, the behaviour policy.
    `columns` says what the numbers of own data are, as far as that is known: `agents` has each agent's name,
    `observation` and `action` the names of each agent's columns. `units` says what actions and observations
    were in the source, if they were other numbers (see `data.units`).
    """

    id: str
    team: TeamSpec
    task: str | None = None
    task_parameters: Mapping[str, Any] = field(default_factory=dict)
    quality: str | None = None
    references: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    made_by: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    licence: str = "CC-BY-4.0"
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    units: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Immutable recordings: `rows` joint transitions in `episodes` episodes, in time order.

    Every episode has one observation more than it has rows, so that no observation is stored twice: the
    observation before row `t` is `obs[t + episode of t]`, the one after it is the next entry. Arrays may be
    memory maps. `legal` is None if every action of the team's action set may always be taken. `alive` and
    `died` say who is there (see `life`); they are None if everybody always is.
    """

    metadata: Metadata
    obs: Float[np.ndarray, "rows_and_episodes agent obs"]
    action: Float[np.ndarray, "rows agent act"]
    reward: Float[np.ndarray, "rows agent"]
    terminal: Bool[np.ndarray, "rows"]
    truncated: Bool[np.ndarray, "rows"]
    legal: Bool[np.ndarray, "rows_and_episodes agent act"] | None = None
    alive: Bool[np.ndarray, "rows_and_episodes agent"] | None = None
    died: Bool[np.ndarray, "rows agent"] | None = None

    @property
    def rows(self) -> int:
        """Number of joint transitions."""
        return len(self.action)

    @property
    def episodes(self) -> int:
        """Number of episodes."""
        return len(self.obs) - len(self.action)

    @cached_property
    def episode_start(self) -> Int[np.ndarray, "episodes"]:
        """First row of each episode: an episode ends where `terminal` or `truncated` is set."""
        return episode_starts(self.terminal, self.truncated)

    @cached_property
    def returns(self) -> Float[np.ndarray, "episodes"]:
        """Return of each episode: the learners' mean sum of rewards, undiscounted."""
        return episode_returns(self.reward, self.episode_start)


def episode_starts(
    terminal: Bool[np.ndarray, "rows"], truncated: Bool[np.ndarray, "rows"]
) -> Int[np.ndarray, "episodes"]:
    """The first row of each episode, given the rows that end one."""
    ends = np.flatnonzero(np.asarray(terminal) | np.asarray(truncated))
    return np.concatenate([[0], ends[:-1] + 1])


def episode_returns(
    reward: Float[np.ndarray, "rows agent"], starts: Int[np.ndarray, "episodes"]
) -> Float[np.ndarray, "episodes"]:
    """Each episode's sum of the team's mean reward, undiscounted."""
    return np.add.reduceat(np.asarray(reward).mean(1, dtype=np.float64), starts)
