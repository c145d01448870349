"""Episodes of tasks on the host: a policy chooses for all copies, then all copies step."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float

from omarl.batch import PRNGKey
from omarl.envs.host.adapter import HostResult, gathered
from omarl.errors import RequestError, TrainingError
from omarl.play.again import Choose, among, lost_episodes, other_seed, with_episodes
from omarl.play.policies import by_step, fold_in
from omarl.play.steps import Steps
from omarl.types import TeamSpec

TRIES = 5
"""How often one episode is played at most; those before were lost."""


def play_on_host(task: Any, policy: Any, key: PRNGKey, episodes: int) -> Iterator[Steps]:
    """`episodes` fresh episodes, as many at a time as the task has copies; see `episodes_from`."""
    for first in range(0, episodes, task.copies):
        yield episodes_from(first, min(task.copies, episodes - first), task, policy, key)


def episodes_from(first: int, count: int, task: Any, policy: Any, key: PRNGKey) -> Steps:
    """`count` of the episodes that belong to a key, from number `first` on, all stepped together.

    Raises `TrainingError` if the environment fails and `RequestError` if the policy does something illegal.
    """
    at_step, round_key = by_step(policy), fold_in(fold_in(key, 1), first)
    seeds = seeds_of_episodes(key, first, count)
    return one_round(task, seeds, lambda told, step: at_step(told.obs, told.legal, round_key, np.int32(step)))


@partial(jax.jit, static_argnums=2)
def _bits(key: PRNGKey, first: Any, count: int) -> Any:
    each = jax.vmap(partial(jax.random.fold_in, jax.random.fold_in(key, 0)))(first + jax.numpy.arange(count))
    return jax.vmap(jax.random.bits)(each) >> 1


def seeds_of_episodes(key: PRNGKey, first: int, count: int) -> list[int]:
    """The seeds of some of the episodes that belong to a key, each by its number alone."""
    return np.asarray(_bits(key, np.int32(first), count)).tolist()


def one_round(task: Any, seeds: list[int], choose: Choose, tries: int = TRIES) -> Steps:
    """One episode for each seed, all stepped together; an episode that is lost is played again.

    It is then another episode, with another seed. `TrainingError` if it is lost `tries` times.
    """
    steps, last = round_as_it_went(task, seeds, choose)
    which = lost_episodes(steps)
    if not len(which):
        return steps
    if tries == 1:
        raise TrainingError(f"{task.spec.name}: an episode was lost {TRIES} times, so nothing can be played")
    others = [other_seed(seeds[index]) for index in which]
    return with_episodes(steps, which, one_round(task, others, among(which, last, choose), tries - 1))


def round_as_it_went(task: Any, seeds: list[int], choose: Choose) -> tuple[Steps, HostResult]:
    """One episode for each seed, some of which may be lost, and what was told last."""
    told, alive = task.reset(seeds), np.ones(len(seeds), bool)
    seen, done = [told], []
    for step in count():
        action = recordable(task.spec.team, told, choose(told, step))
        told = task.step(action, alive)
        seen.append(told)
        done.append((action, alive))
        alive = alive & ~told.terminal & ~told.truncated
        alive = alive if told.lost is None else alive & ~told.lost
        if not alive.any():
            return joined(task.spec.team, seen, done), told
    raise AssertionError("count() has no end")


def recordable(team: TeamSpec, told: HostResult, action: Any) -> Float[np.ndarray, "copies agent act"]:
    """A policy's actions in the form in which they are recorded; agents that have left do nothing.

    Raises `RequestError` for a wrong shape, a number that is not finite, or a choice that is not legal.
    """
    action = np.asarray(action, np.float32)
    if action.shape != told.legal.shape or not np.isfinite(action).all():
        raise RequestError(
            f"a policy returned actions of shape {action.shape}, expected finite numbers {told.legal.shape}"
        )
    if team.action_kind == "continuous":
        return np.clip(action, -1.0, 1.0) * told.legal * told.present[..., None]
    choice = np.where(told.present, np.where(team.action_mask, action, -np.inf).argmax(-1), 0)
    if not np.take_along_axis(told.legal, choice[..., None], -1).all():
        raise RequestError("a policy chose an action that the environment's mask forbids: heed `legal`")
    return np.eye(team.action_size, dtype=np.float32)[choice]


def joined(
    team: TeamSpec,
    seen: list[HostResult],
    done: list[tuple[Float[np.ndarray, "copies agent act"], Bool[np.ndarray, "copies"]]],
) -> Steps:
    """The steps of a round, episodes first."""
    told = gathered(partial(np.stack, axis=1), seen)
    action, alive = (np.stack(field, 1) for field in zip(*done, strict=True))
    rows = told.reward[:, 1:], told.terminal[:, 1:], told.truncated[:, 1:]
    choices = told.legal if team.action_kind == "discrete" else None
    won, died = (None if field is None else field[:, 1:] for field in (told.won, told.died))
    return Steps(told.obs, action, *rows, alive, choices, won, told.seen, died)
