"""How good a policy is: the returns of fresh episodes, played greedily."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
from jaxtyping import Array, Float

from omarl.algos import Algorithm
from omarl.envs.protocol import HostTask
from omarl.envs.rollout import Policy, rollout
from omarl.training import foreign
from omarl.types import PRNGKey


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
        return foreign.evaluator(task, policy, episodes)

    def one_seed(actor: Any, key: PRNGKey) -> Array:
        return rollout(task, policy(actor), key, episodes).returns

    return jax.jit(jax.vmap(one_seed))
