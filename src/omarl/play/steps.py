"""Episodes side by side as they were played: each field has an episode and a time axis."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float

from omarl.data.episodes import Episodes
from omarl.data.life import Life, only_if_needed


class Outcomes(NamedTuple):
    """What came of episodes: each one's return, and whether it was won (None if the task knows no wins)."""

    returns: Float[Array | np.ndarray, "*member episode"]
    won: Bool[Array | np.ndarray, "*member episode"] | None

    @property
    def win_rates(self) -> list[float | None]:
        """The fraction of the episodes that each member won; None in a task that knows no wins."""
        return [None] * len(self.returns) if self.won is None else np.asarray(self.won).mean(-1).tolist()


class Steps(NamedTuple):
    """Episodes side by side; an episode's first observation comes before its first step.

    Arrays are JAX's or numpy's. Steps after an episode's end are not `alive`: their contents mean nothing.
    `legal` is None where the actions are boxes: what exists may always be used. `won` is None in a task that
    knows no wins. `seen` marks the agents that are there at an observation, and `died` those that were
    terminated in a step; both are None in a task whose agents are always there.
    """

    obs: Float[Array | np.ndarray, "episode steps_and_1 agent obs"]
    action: Float[Array | np.ndarray, "episode steps agent act"]
    reward: Float[Array | np.ndarray, "episode steps agent"]
    terminal: Bool[Array | np.ndarray, "episode steps"]
    truncated: Bool[Array | np.ndarray, "episode steps"]
    alive: Bool[Array | np.ndarray, "episode steps"]
    legal: Bool[Array | np.ndarray, "episode steps_and_1 agent act"] | None
    won: Bool[Array | np.ndarray, "episode steps"] | None = None
    seen: Bool[Array | np.ndarray, "episode steps_and_1 agent"] | None = None
    died: Bool[Array | np.ndarray, "episode steps agent"] | None = None

    @property
    def returns(self) -> Float[Array | np.ndarray, "episode"]:
        """Return of each episode: the learners' mean sum of rewards, undiscounted."""
        return (self.reward.mean(-1) * self.alive).sum(-1)

    @property
    def outcomes(self) -> Outcomes:
        """What came of each episode."""
        return Outcomes(self.returns, None if self.won is None else (self.won & self.alive).max(-1))


def lived_episodes(steps: Steps) -> Episodes:
    """The episodes one behind the other, without the steps after each one's end, in host memory."""
    alive = np.asarray(steps.alive)
    seen = np.concatenate([np.ones((len(alive), 1), bool), alive], 1)
    return Episodes(
        obs=np.asarray(steps.obs)[seen],
        action=np.asarray(steps.action)[alive],
        reward=np.asarray(steps.reward)[alive],
        terminal=np.asarray(steps.terminal)[alive],
        truncated=np.asarray(steps.truncated)[alive],
        legal=None if steps.legal is None else np.asarray(steps.legal)[seen],
        **_lives(steps, alive, seen),
    )


def _lives(
    steps: Steps, lived: Bool[np.ndarray, "episode steps"], seen: Bool[np.ndarray, "episode steps_and_1"]
) -> Mapping[str, np.ndarray]:
    """Who is there in the lived steps, unless everybody always is."""
    if steps.seen is None or steps.died is None:
        return {}
    there = np.asarray(steps.seen)
    died = np.asarray(steps.died) & there[:, :-1] & ~np.asarray(steps.terminal)[..., None]
    return only_if_needed(Life(there[seen], died[lived]))


def until(rows: int, steps: Steps) -> Steps:
    """The first of the episodes, so many that they have at least `rows` steps (all, if they have fewer)."""
    total = np.cumsum(np.asarray(steps.alive).sum(1))
    kept = int(np.searchsorted(total, rows)) + 1
    return jax.tree.map(lambda field: field[:kept], steps)
