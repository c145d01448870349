"""Loss terms of one agent: deterministic functions of arrays, each worked out by hand in the tests.

A critic's heads are learnt separately: a critic's term takes one head's values, `[batch]` for the actions of
a batch and `[samples, batch]` for candidates.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import Real

Scalar = Float[Array, ""]
PerRow = Float[Array, "batch"]


def bellman_target(
    reward: PerRow, terminal: Bool[Array, "batch"], next_values: Float[Array, "head batch"], discount: Real
) -> PerRow:
    """The target r + discount (1 - terminal) min over heads of Q' (Fujimoto et al. 2018, Eq. 10).

    No gradient passes through it.
    """
    target = reward + discount * jnp.where(terminal, 0.0, jnp.min(next_values, 0))
    return jax.lax.stop_gradient(target)


def policy_gradient(values: PerRow) -> Scalar:
    """The negative mean of Q at the policy's own actions (Lillicrap et al. 2016)."""
    return -jnp.mean(values)


def rectified(values: PerRow, distance: PerRow, tau: Real) -> Scalar:
    """OMAR's actor loss (paper Eq. 2).

    The policy gradient has weight 1 - tau, the distance to the search's action has weight tau.
    """
    return (1.0 - tau) * policy_gradient(values) + tau * jnp.mean(distance)


def behaviour_regularised(values: PerRow, distance: PerRow, alpha: Real) -> Scalar:
    """TD3+BC's actor loss (Fujimoto & Gu 2021, Eq. 5).

    It is the policy gradient, scaled by alpha / mean |Q|, plus the distance to the data.
    """
    scale = alpha / jax.lax.stop_gradient(jnp.mean(jnp.abs(values)))
    return scale * policy_gradient(values) + jnp.mean(distance)


def importance(values: PerRow, valid: Bool[Array, "batch"], temperature: Real) -> PerRow:
    """ICQ's weights: softmax(Q / temperature) over the valid rows, times their number (Yang et al. 2021).

    Their mean over the valid rows is one; all are zero if no row is valid. No gradient passes through them.
    """
    weight = jax.nn.softmax(jnp.where(valid, values / temperature, jnp.finfo(values.dtype).min))
    return jax.lax.stop_gradient(weight * jnp.sum(valid))
