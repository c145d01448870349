"""Policies as functions: uniformly random, and a learner's with or without noise."""

from collections.abc import Callable
from functools import partial
from typing import Any

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


def ready(task: Any, policy: Policy) -> Policy:
    """A compilable policy in the form in which a task is best played.

    On the host it is compiled by itself; on the device it is a part of the program that plays.
    """
    return jax.jit(policy) if isinstance(task, HostTask) else policy


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
