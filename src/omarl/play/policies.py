"""Policies as functions: uniformly random, and a learner's with or without noise."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
from jaxtyping import Array

from omarl.actions import action_set
from omarl.algos import Algorithm
from omarl.batch import PRNGKey
from omarl.envs.protocol import HostTask
from omarl.types import TeamSpec

Policy = Callable[[Array, Array, PRNGKey], Array]
"""`policy(obs [batch agent obs], legal [batch agent act], key)` gives actions `[batch agent act]`.

On the host it gets numpy arrays and may answer in them.
"""


AtStep = Callable[[Any, Any, PRNGKey, Any], Any]
"""`at_step(obs, legal, key, step)` gives actions; the key is that of a whole round of episodes."""

fold_in = jax.jit(jax.random.fold_in)


class StepPolicy(NamedTuple):
    """A policy for play on the host that makes the key of a step itself, in its own compiled program."""

    at_step: AtStep


def folding(policy: Policy) -> AtStep:
    """The policy as a function of the key of a round and the number of a step."""
    return lambda obs, legal, key, step: policy(obs, legal, jax.random.fold_in(key, step))


def by_step(policy: Policy | StepPolicy) -> AtStep:
    """What a policy does at a step; one that was not compiled gets a key that is made outside of it."""
    if isinstance(policy, StepPolicy):
        return policy.at_step
    return lambda obs, legal, key, step: policy(obs, legal, fold_in(key, step))


def ready(task: Any, policy: Policy) -> Policy | StepPolicy:
    """A compilable policy in the form in which a task is best played.

    On the host it is compiled by itself; on the device it is a part of the program that plays.
    """
    return StepPolicy(jax.jit(folding(policy))) if isinstance(task, HostTask) else policy


def uniform_policy(team: TeamSpec) -> Policy:
    """Every legal action equally likely."""
    actions = action_set(team)
    return lambda obs, legal, key: actions.candidates(key, 1, legal).actions[0]


def greedy(algorithm: Algorithm, actor: Any) -> Policy:
    """A learner's policy without noise."""
    return lambda obs, legal, key: algorithm.act(actor, obs, legal)


def noisy(algorithm: Algorithm, actor: Any) -> Policy:
    """A learner's policy with the exploration noise of its configuration."""
    return partial(algorithm.explore, actor)
