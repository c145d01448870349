"""How good a policy is: what comes of fresh episodes that it plays."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from omarl.batch import PRNGKey
from omarl.envs.host.adapter import HostResult
from omarl.envs.protocol import HostTask
from omarl.play.device import play_on_device
from omarl.play.host import one_round, seeds_of_episodes
from omarl.play.policies import Policy, folding
from omarl.play.steps import Outcomes

Simulate = Callable[[Any, Any], Outcomes]
"""`simulate(actors, keys)` gives the outcomes `[member, episode]` of every member's policy."""


def simulator(task: Any, policy: Callable[[Any], Policy], episodes: int) -> Simulate:
    """A function of every member's actor and key that gives what came of each episode.

    `policy(actor)` is what is played. On the device all members play in one compiled program.
    """
    if isinstance(task, HostTask):
        return _on_host(task, policy, episodes)

    def one_member(actor: Any, key: PRNGKey) -> Any:
        return play_on_device(task, policy(actor), key, episodes).outcomes

    return jax.jit(jax.vmap(one_member))


def _on_host(task: Any, policy: Callable[[Any], Policy], episodes: int) -> Simulate:
    """Members and episodes go side by side, as many as the task has copies.

    Which episodes a member plays follows from its key alone, and not from how many members there are.
    """
    act = jax.jit(jax.vmap(lambda actor, *seen: folding(policy(actor))(*seen), in_axes=(0, 0, 0, 0, None)))

    def some(actors: Any, keys: Any, first: int, count: int) -> Outcomes:
        """What came of `count` episodes of some members, from number `first` on."""
        own = jax.vmap(jax.random.fold_in, in_axes=(0, None))(keys, 1)

        def choose(told: HostResult, step: int) -> Any:
            by_member = (x.reshape(len(keys), count, *x.shape[1:]) for x in (told.obs, told.legal))
            return np.asarray(act(actors, *by_member, own, np.int32(step))).reshape(told.legal.shape)

        seeds = [seed for key in keys for seed in seeds_of_episodes(key, first, count)]
        outcomes = one_round(task, seeds, choose).outcomes
        return jax.tree.map(lambda field: field.reshape(len(keys), count), outcomes)

    def every_member(actors: Any, keys: Any) -> Outcomes:
        members = min(len(keys), task.copies)
        count = min(episodes, task.copies // members)
        rows = []
        for first in range(0, len(keys), members):
            outcomes = partial(some, *member_slice((actors, keys), first, members))
            parts = [outcomes(begin, min(count, episodes - begin)) for begin in range(0, episodes, count)]
            rows.append(jax.tree.map(lambda *fields: np.concatenate(fields, 1), *parts))
        return jax.tree.map(lambda *fields: np.concatenate(fields), *rows)

    return every_member


def member_slice(tree: Any, first: int, count: int) -> Any:
    """Some members of a tree that has the members on the leading axis."""
    return jax.tree.map(lambda leaf: leaf[first : first + count], tree)
