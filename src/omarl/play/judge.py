"""How good a policy is: the returns of fresh episodes, played greedily."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from omarl.algos import Algorithm
from omarl.batch import PRNGKey
from omarl.envs.protocol import HostTask
from omarl.play.rollout import Policy, rollout


def greedy(algorithm: Algorithm, actor: Any) -> Policy:
    """The policy without noise."""
    return lambda obs, legal, key: algorithm.act(actor, obs, legal)


def noisy(algorithm: Algorithm, actor: Any) -> Policy:
    """The policy with the exploration noise of its configuration."""
    return partial(algorithm.explore, actor)


def evaluator(
    task: Any, policy: Callable[[Any], Policy], episodes: int
) -> Callable[[Any, PRNGKey], Float[Array, "seed episode"]]:
    """A function of every seed's actor and key giving each episode's return; compiled where it can be."""
    if isinstance(task, HostTask):
        return host_evaluator(task, policy, episodes)

    def one_seed(actor: Any, key: PRNGKey) -> Array:
        return rollout(task, policy(actor), key, episodes).returns

    return jax.jit(jax.vmap(one_seed))


def host_evaluator(task: Any, policy: Callable[[Any], Policy], episodes: int) -> Callable[[Any, Any], Any]:
    """A function of every seed's actor and key that returns each episode's return."""

    @jax.jit
    def act(actor: Any, obs: Any, legal: Any, key: Any) -> Any:
        return policy(actor)(obs, legal, key)

    def one_seed(actor: Any, key: Any) -> np.ndarray:
        rounds = task.play(lambda obs, legal, key: act(actor, obs, legal, key), key, episodes)
        return np.concatenate([part.returns for part in rounds])

    def every_seed(actors: Any, keys: Any) -> Float[np.ndarray, "seed episode"]:
        each = [jax.tree.map(lambda x, i=index: x[i], actors) for index in range(len(keys))]
        return np.stack([one_seed(actor, key) for actor, key in zip(each, keys, strict=True)])

    return every_seed
