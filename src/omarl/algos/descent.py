"""Steps that every learner takes: gradient descent on one network, and targets that follow it."""

from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import optax

from omarl.algos.base import ActorConfig
from omarl.batch import Real
from omarl.nets.mlp import MLP

_Tree = TypeVar("_Tree")


def optimiser(config: ActorConfig, learning_rate: Real | None = None) -> optax.GradientTransformation:
    """Adam, after the norm of one network's gradient was clipped."""
    rate = config.learning_rate if learning_rate is None else learning_rate
    return optax.chain(optax.clip_by_global_norm(config.gradient_clip), optax.adam(rate))


def descend(
    gradient: MLP, params: MLP, optimiser: optax.GradientTransformation, moments: Any
) -> tuple[MLP, Any]:
    """The parameters and the optimiser's state after one step."""
    step, moments = optimiser.update(gradient, moments)
    return optax.apply_updates(params, step), moments  # pyright: ignore[reportReturnType]


def follow(target: MLP, network: MLP, share: Real) -> MLP:
    """The target's parameters after taking over a share of the network's."""
    return jax.tree.map(lambda old, new: (1.0 - share) * old + share * new, target, network)


def agents_first(tree: _Tree) -> _Tree:
    """A tree of arrays `[batch, agent, ...]` with the agents' axis first."""
    return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), tree)
