"""Episodes that were lost are played again: the few that are, within the round to which they belong."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Int

from omarl.envs.host.adapter import HostResult
from omarl.play.steps import Steps

Choose = Callable[[HostResult, int], Any]
"""`choose(told, step)` gives the actions `[episode, agent, act]` of one step of a round."""


def lost_episodes(steps: Steps) -> Int[np.ndarray, "few"]:
    """The episodes of a round that came to no end and no limit: those that were lost."""
    ends = np.asarray((steps.terminal | steps.truncated) & steps.alive)
    return np.flatnonzero(~ends.any(1))


def other_seed(seed: int) -> int:
    """The seed of the episode that is played in the place of one with this seed."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0]) >> 1


def among(which: Int[np.ndarray, "few"], whole: HostResult, choose: Choose) -> Choose:
    """What chooses for the episodes `which` alone.

    `choose` is still asked for the whole round, of which `whole` is what was told last: its shapes are fixed.
    """

    def chosen(told: HostResult, step: int) -> Any:
        return np.asarray(choose(with_rows(whole, which, told), step))[which]

    return chosen


def with_episodes(steps: Steps, which: Int[np.ndarray, "few"], few: Steps) -> Steps:
    """The steps of a round with other episodes in some places."""
    length = max(steps.alive.shape[1], few.alive.shape[1])
    return with_rows(lengthened(steps, length), which, lengthened(few, length))


def lengthened(steps: Steps, length: int) -> Steps:
    """The same steps with zeros behind them: steps in which nothing is alive."""
    more = length - steps.alive.shape[1]
    return jax.tree.map(lambda field: np.pad(field, [(0, 0), (0, more), *[(0, 0)] * (field.ndim - 2)]), steps)


def with_rows(whole: Any, which: Int[np.ndarray, "few"], few: Any) -> Any:
    """A tree of arrays whose leading rows are those of another tree in some places."""

    def replaced(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        copy = old.copy()
        copy[which] = new
        return copy

    return jax.tree.map(replaced, whole, few)
