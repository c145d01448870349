"""Episodes of environments that live on the host: a policy chooses for all copies, then all copies step."""

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float

from omarl.batch import PRNGKey
from omarl.envs.host.adapter import Copies, Told
from omarl.envs.host.workers import Pool
from omarl.errors import RequestError
from omarl.types import TeamSpec

fold_in = jax.jit(jax.random.fold_in)

HostPolicy = Callable[[Any, Any, PRNGKey], Any]
"""A `rollout.Policy` that gets numpy arrays and may answer in them."""


class Played(NamedTuple):
    """Episodes side by side, like `rollout.Rollout` but on the host, with `legal` at every observation."""

    obs: Float[np.ndarray, "episode steps_and_1 agent obs"]
    action: Float[np.ndarray, "episode steps agent act"]
    reward: Float[np.ndarray, "episode steps agent"]
    terminal: Bool[np.ndarray, "episode steps"]
    truncated: Bool[np.ndarray, "episode steps"]
    alive: Bool[np.ndarray, "episode steps"]
    legal: Bool[np.ndarray, "episode steps_and_1 agent act"]

    @property
    def returns(self) -> Float[np.ndarray, "episode"]:
        """Return of each episode: the learners' mean sum of rewards, undiscounted."""
        return (self.reward.mean(-1, dtype=np.float64) * self.alive).sum(-1)


def side_by_side(
    envs: Copies | Pool, team: TeamSpec, policy: HostPolicy, key: PRNGKey, copies: int, wanted: int
) -> Played:
    """One episode in each of the first `wanted` copies."""
    reset_key, act_key = jax.random.split(key)
    seeds = np.asarray(jax.random.bits(reset_key, (copies,), "uint32")) >> 1
    told, alive = envs.reset(seeds.tolist()), np.arange(copies) < wanted
    seen, done = [told], []
    for step in count():
        action = chosen(team, told, policy(told.obs, told.legal, fold_in(act_key, step)))
        told = envs.step(action, alive)
        seen.append(told)
        done.append((action, alive))
        alive = alive & ~told.terminal & ~told.truncated
        if not alive.any():
            return played(seen, done, wanted)
    raise AssertionError("count() has no end")


def chosen(team: TeamSpec, told: Told, action: Any) -> Float[np.ndarray, "copies agent act"]:
    """A policy's actions in the form in which they are recorded; zeros for agents that have left.

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


def played(seen: list[Told], done: list[tuple], wanted: int) -> Played:
    """The steps of the first `wanted` copies, episodes first."""
    obs, legal, _, reward, terminal, truncated = (
        np.stack(field, 1)[:wanted] for field in zip(*seen, strict=True)
    )
    action, alive = (np.stack(field, 1)[:wanted] for field in zip(*done, strict=True))
    return Played(obs, action, reward[:, 1:], terminal[:, 1:], truncated[:, 1:], alive, legal)
