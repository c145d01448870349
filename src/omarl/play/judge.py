"""How good a policy is: the returns of fresh episodes that it plays."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.envs.host.adapter import HostResult
from omarl.envs.protocol import HostTask
from omarl.play.device import play_on_device
from omarl.play.host import one_round, seeds_of_episodes
from omarl.play.policies import Policy, folding

Simulate = Callable[[Any, Any], Array | np.ndarray]
"""`simulate(actors, keys)` gives the returns `[member, episode]` of every member's policy."""


def simulator(task: Any, policy: Callable[[Any], Policy], episodes: int) -> Simulate:
    """A function of every member's actor and key that gives each episode's return.

    `policy(actor)` is what is played. On the device all members play in one compiled program.
    """
    if isinstance(task, HostTask):
        return _on_host(task, policy, episodes)

    def one_member(actor: Any, key: PRNGKey) -> Any:
        return play_on_device(task, policy(actor), key, episodes).returns

    return jax.jit(jax.vmap(one_member))


def _on_host(task: Any, policy: Callable[[Any], Policy], episodes: int) -> Simulate:
    """Episodes of all members go side by side, as many as the task has copies.

    Which they are depends on a member's key alone, and not on how many members there are.
    """

    def one_member(actor: Any, obs: Any, legal: Any, key: PRNGKey, step: Any) -> Any:
        return folding(policy(actor))(obs, legal, key, step)

    act = jax.jit(jax.vmap(one_member, in_axes=(0, 0, 0, 0, None)))

    def returns(actors: Any, keys: Any, first: int, count: int) -> Float[np.ndarray, "member episode"]:
        members, fold = len(keys), jax.vmap(lambda key: jax.random.fold_in(key, 1))
        act_keys = fold(keys)

        def choose(told: HostResult, step: int) -> Any:
            obs, legal = (x.reshape(members, count, *x.shape[1:]) for x in (told.obs, told.legal))
            action = np.asarray(act(actors, obs, legal, act_keys, np.int32(step)))
            return action.reshape(told.legal.shape)

        seeds = [seed for key in keys for seed in seeds_of_episodes(key, first, count)]
        return np.asarray(one_round(task, seeds, choose).returns).reshape(members, count)

    def every_member(actors: Any, keys: Any) -> Float[np.ndarray, "member episode"]:
        at_once = min(len(keys), task.copies)
        step = max(1, task.copies // at_once)
        groups = [slice(first, first + at_once) for first in range(0, len(keys), at_once)]
        parts = [
            [
                returns(
                    jax.tree.map(lambda x, g=group: x[g], actors),
                    keys[group],
                    first,
                    min(step, episodes - first),
                )
                for first in range(0, episodes, step)
            ]
            for group in groups
        ]
        return np.concatenate([np.concatenate(row, 1) for row in parts])

    return every_member
