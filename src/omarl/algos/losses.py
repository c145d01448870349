"""Loss terms: deterministic functions of arrays, each worked out by hand in the tests.

Critic values are `[head, batch, agent]` for the actions of a batch and `[head, samples, batch, agent]` for
candidates; what comes back has one entry per agent, for every agent learns on its own.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

PerAgent = Float[Array, "agent"]


def bellman_target(
    reward: Float[Array, "batch agent"],
    terminal: Bool[Array, "batch agent"],
    next_values: Float[Array, "head batch agent"],
    discount: float,
) -> Float[Array, "batch agent"]:
    """r + discount (1 - terminal) min over heads of Q' (Fujimoto et al. 2018, Eq. 10); no gradient passes."""
    target = reward + discount * jnp.where(terminal, 0.0, jnp.min(next_values, 0))
    return jax.lax.stop_gradient(target)


def td_error(
    values: Float[Array, "head batch agent"],
    target: Float[Array, "batch agent"],
    known: Bool[Array, "batch agent"],
) -> PerAgent:
    """Mean squared distance of each head from the target over the rows whose target is known, summed over
    heads."""
    squared = jnp.where(known[None], (values - target[None]) ** 2, 0.0)
    return jnp.sum(squared, (0, 1)) / jnp.maximum(jnp.sum(known, 0), 1)


def conservative_gap(
    candidate_values: Float[Array, "head samples batch agent"],
    log_density: Float[Array, "samples batch agent"],
    data_values: Float[Array, "head batch agent"],
) -> PerAgent:
    """How far the soft maximum of Q lies above Q of the data (paper Eq. 1; Kumar et al. 2020, Eq. 4).

    The log-sum-exp over all actions is estimated from candidates, each corrected by the log density with
    which it was drawn. Mean over the batch, summed over heads.
    """
    soft_maximum = jax.nn.logsumexp(candidate_values - log_density[None], axis=1)
    return jnp.sum(jnp.mean(soft_maximum - data_values, 1), 0)


def policy_gradient(values: Float[Array, "batch agent"]) -> PerAgent:
    """The negative mean of Q at the policy's own actions (Lillicrap et al. 2016)."""
    return -jnp.mean(values, 0)


def rectified(
    values: Float[Array, "batch agent"], distance: Float[Array, "batch agent"], tau: float
) -> PerAgent:
    """OMAR's actor loss: (1 - tau) of the policy gradient and tau of the distance to what the search found
    (paper Eq. 2)."""
    return (1.0 - tau) * policy_gradient(values) + tau * jnp.mean(distance, 0)


def behaviour_regularised(
    values: Float[Array, "batch agent"], distance: Float[Array, "batch agent"], alpha: float
) -> PerAgent:
    """TD3+BC's actor loss: the policy gradient scaled by alpha / mean |Q|, and the distance to the data
    (Fujimoto & Gu 2021, Eq. 5)."""
    scale = alpha / jax.lax.stop_gradient(jnp.mean(jnp.abs(values), 0))
    return scale * policy_gradient(values) + jnp.mean(distance, 0)


def importance(
    values: Float[Array, "batch agent"], valid: Bool[Array, "batch agent"], temperature: float
) -> Float[Array, "batch agent"]:
    """softmax(Q / temperature) over the valid rows of the batch, times their number, so that the mean weight
    is one (Yang et al. 2021, Eq. 9 and its batch estimate); no gradient passes."""
    weight = jax.nn.softmax(jnp.where(valid, values / temperature, -jnp.inf), axis=0)
    return jax.lax.stop_gradient(weight * jnp.sum(valid, 0))
