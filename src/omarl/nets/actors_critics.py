"""Networks of a team: one MLP per actor and critic, with the agents' parameters stacked on the leading axis.

Functions are written for one agent's network; for all agents, map them over the leading axis. A critic takes
the agent's own action and everything else that it sees (the `context`) as two arguments. The conservative
loss and the search score many actions at one observation, and so the context passes the first layer once.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey, Real
from omarl.errors import choose
from omarl.nets.kernels import compiled
from omarl.nets.kernels.blocks import mean_of_rows, rows_of
from omarl.nets.kernels.broadcast import add_row, add_shared
from omarl.nets.mlp import (
    MLP,
    NORMALISATIONS,
    Moments,
    after_first,
    apply,
    first_layer,
    mlp,
    moments,
    product,
)
from omarl.types import TeamSpec


class Actor(NamedTuple):
    """Everything needed to act: each agent's network, and the running moments of its observations."""

    network: MLP
    running: Moments


def init_actor(key: PRNGKey, team: TeamSpec, hidden: tuple[int, ...], normalisation: str) -> Actor:
    """New actors; their first actions are near zero so that tanh is not saturated (official code)."""
    choice = choose("normalisation", normalisation, NORMALISATIONS)
    sizes = (team.observation_size, *hidden, team.action_size)
    network = jax.vmap(lambda k: mlp(k, sizes, choice, last=3e-3))(jax.random.split(key, team.agents))
    zeros = jnp.zeros((team.agents, team.observation_size))
    return Actor(network, Moments(zeros, zeros + 1.0))


def train_head(network: MLP, obs: Float[Array, "batch obs"]) -> Float[Array, "batch act"]:
    """One actor's output, normalised by the batch's own statistics as in every loss."""
    return apply(network, obs, moments(obs))


def heads(actor: Actor, obs: Float[Array, "batch agent obs"]) -> Float[Array, "batch agent act"]:
    """All actors' outputs, normalised by their running statistics as when acting."""
    return jax.vmap(apply, in_axes=(0, 1, 0), out_axes=1)(actor.network, obs, actor.running)


def track_moments(running: Moments, obs: Float[Array, "batch obs"], momentum: float = 0.1) -> Moments:
    """One actor's running moments after one more batch (the variance is unbiased, as in torch)."""
    seen = moments(obs)
    unbiased = Moments(seen.mean, seen.variance * (len(obs) / (len(obs) - 1)))
    return jax.tree.map(lambda old, new: (1 - momentum) * old + momentum * new, running, unbiased)


class View(NamedTuple):
    """What an agent's critic sees besides the agent's own action: its size, and a function that returns it.

    `context(obs, actions)` returns `[batch, agent, size]`. Agent i's row lacks agent i's own action.
    """

    size: int
    context: Callable[[Array, Array], Array]


def decentralised(team: TeamSpec) -> View:
    """The agent's own observation: Q_i(o_i, a_i)."""
    return View(team.observation_size, lambda obs, actions: obs)


def centralised(team: TeamSpec) -> View:
    """All observations and the other agents' actions: Q_i(o_1..o_N, a_1..a_N)."""
    n = team.agents
    others = jnp.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, n - 1)

    def context(obs: Array, actions: Array) -> Array:
        everything = jnp.broadcast_to(obs.reshape(len(obs), 1, -1), (len(obs), n, n * obs.shape[-1]))
        return jnp.concatenate([everything, actions[:, others].reshape(len(obs), n, -1)], -1)

    return View(n * team.observation_size + (n - 1) * team.action_size, context)


VIEWS: dict[str, Callable[[TeamSpec], View]] = {"decentralised": decentralised, "centralised": centralised}


def init_critic(
    key: PRNGKey, team: TeamSpec, view: View, hidden: tuple[int, ...], normalisation: str, heads: int = 2
) -> MLP:
    """New critics, stacked `agent head`; an agent's heads share the scale and offset of their input."""
    choice = choose("normalisation", normalisation, NORMALISATIONS)
    sizes = (view.size + team.action_size, *hidden, 1)
    keys = jax.random.split(key, (team.agents, heads))
    params = jax.vmap(jax.vmap(lambda k: mlp(k, sizes, choice)))(keys)
    return params._replace(input=jax.tree.map(lambda x: x[:, 0], params.input))


def split_heads(critic: MLP) -> MLP:
    """One agent's critic with everything stacked by head; what the heads share is repeated."""
    heads = len(critic.layers[0].bias)
    return critic._replace(input=jax.tree.map(lambda x: jnp.stack([x] * heads), critic.input))


def join_heads(gradient: MLP) -> MLP:
    """The gradient of a critic from that of its split heads, summed for what the heads share."""
    return gradient._replace(input=jax.tree.map(lambda x: jnp.sum(x, 0), gradient.input))


def first_head(critic: MLP) -> MLP:
    """One agent's first head, which the policy gradient and the search use (Fujimoto et al. 2018)."""
    layers, hidden = jax.tree.map(lambda x: x[0], (critic.layers, critic.hidden))
    return critic._replace(layers=layers, hidden=hidden)


def standardised(
    head: MLP, context: Float[Array, "batch context"], own: Float[Array, "*samples batch act"]
) -> MLP:
    """The head with its input normalisation folded into its first layer, so that it takes raw inputs.

    The statistics are those of all candidates in `own`.
    """
    of = Moments(*(jnp.concatenate(pair) for pair in zip(moments(context), moments(own), strict=True)))
    return head._replace(layers=(first_layer(head, of), *head.layers[1:]), input=())


def raw_value(
    head: MLP, context: Float[Array, "batch context"], own: Float[Array, "*samples batch act"]
) -> Float[Array, "*samples batch"]:
    """The value of every own action, from a head that takes raw inputs."""
    first, seen = head.layers[0], context.shape[-1]
    shared = add_row(product(context, first.weight[:seen]), first.bias)
    own_part = own.reshape(-1, own.shape[-1]) @ first.weight[seen:]
    return after_first(head, add_shared(own_part, shared))[:, 0].reshape(own.shape[:-1])


def soft_maximum(
    candidate_values: Float[Array, "samples batch"], log_density: Float[Array, "samples batch"]
) -> Float[Array, "batch"]:
    """The log-sum-exp of Q over all actions (paper Eq. 1; Kumar et al. 2020, Eq. 4).

    It is estimated from candidates, each corrected by the log density with which it was drawn. It is a sum
    and not a mean over candidates, so it is larger than the usual estimate by the logarithm of their number.
    """
    return jax.nn.logsumexp(candidate_values - log_density, axis=0)


def rounded(head: MLP, precision: str) -> MLP:
    """The head with the weights between its hidden layers in another precision."""
    first, *between, last = head.layers
    between = (layer._replace(weight=layer.weight.astype(precision)) for layer in between)
    return head._replace(layers=(first, *between, last))


def value(
    head: MLP,
    context: Float[Array, "batch context"],
    own: Float[Array, "*samples batch act"],
    precision: str = "float32",
) -> Float[Array, "*samples batch"]:
    """One head's value of every own action; `precision` is that of `rounded`."""
    head = standardised(head, context, own)
    if own.ndim == context.ndim:
        return raw_value(rounded(head, precision), context, own)
    if precision == "float32" and compiled.takes(widths(head)):
        return _candidate_values(head, context, own)
    return values_by_rows(rounded(head, precision), context, own)


def values_by_rows(
    head: MLP, context: Float[Array, "batch context"], own: Float[Array, "samples batch act"]
) -> Float[Array, "samples batch"]:
    """The value of every own action, from a head that takes raw inputs, computed in cache-sized blocks."""

    def by_row(head: MLP, context: Array, own: Array) -> Array:
        return jnp.swapaxes(raw_value(head, context, jnp.swapaxes(own, 0, 1)), 0, 1)

    return jnp.swapaxes(rows_of(by_row, len(own), head, context, jnp.swapaxes(own, 0, 1)), 0, 1)


def widths(head: MLP) -> tuple[int, ...]:
    """The widths of a head's hidden layers."""
    return tuple(len(layer.bias) for layer in head.layers[:-1])


def for_kernels(head: MLP, context: Float[Array, "batch context"]) -> tuple[compiled.Head, Array]:
    """A head that takes raw inputs as the kernels take it, and what its first layer makes of the context."""
    first, hidden, last = head.layers
    seen = context.shape[-1]
    shared = add_row(product(context, first.weight[:seen]), first.bias)
    norms = tuple((norm.scale, norm.offset) for norm in head.hidden)
    parts = (hidden.weight, hidden.bias), (last.weight, last.bias)
    return compiled.Head(first.weight[seen:], *parts, norms), shared


@jax.custom_vjp
def _candidate_values(head: MLP, context: Array, own: Array) -> Array:
    return compiled.values_by_kernel(*for_kernels(head, context), own)


_candidate_values.defvjp(
    lambda *inputs: (_candidate_values(*inputs), inputs),
    lambda inputs, cotangent: jax.vjp(values_by_rows, *inputs)[1](cotangent),
)


def mean_soft_maximum(
    head: MLP,
    context: Float[Array, "batch context"],
    own: Float[Array, "samples batch act"],
    log_density: Float[Array, "samples batch"],
) -> Float[Array, ""]:
    """The mean over the batch of `soft_maximum`; only the head gets a gradient."""
    head = standardised(head, context, own)
    if compiled.takes(widths(head)):
        return compiled.mean_soft_maximum_by_kernel(*for_kernels(head, context), own, log_density)

    def of_rows(head: MLP, context: Array, own: Array, beside: Array) -> Array:
        return soft_maximum(raw_value(head, context, jnp.swapaxes(own, 0, 1)), jnp.swapaxes(beside, 0, 1))

    by_row = jnp.swapaxes(own, 0, 1), jnp.swapaxes(log_density, 0, 1)
    return mean_of_rows(of_rows, len(own), head, context, *by_row)


def td_error(
    values: Float[Array, "batch"], target: Float[Array, "batch"], known: Bool[Array, "batch"]
) -> Float[Array, ""]:
    """The mean squared distance of Q from its target, over the rows whose target is known."""
    distance = jnp.where(known, values - target, 0.0)
    return jnp.sum(distance**2) / jnp.maximum(jnp.sum(known), 1)


class Fit(NamedTuple):
    """How far one head's values of the recorded actions are from their targets.

    `loss` is the `error` plus the values' mean times a number. It alone has a gradient.
    """

    loss: Float[Array, ""]
    error: Float[Array, ""]
    mean: Float[Array, ""]


def fit(
    head: MLP,
    context: Float[Array, "batch context"],
    own: Float[Array, "batch act"],
    target: Float[Array, "batch"],
    known: Bool[Array, "batch"],
    pull: Real,
) -> Fit:
    """The `td_error` of one head and the mean of its values, which weighs `pull` in the loss.

    Only the head gets a gradient.
    """
    head = standardised(head, context, own)
    if compiled.takes(widths(head)):
        weight = known / jnp.maximum(jnp.sum(known), 1)
        fixed = own[None], jnp.where(known, target, 0.0), weight, jnp.asarray(pull, jnp.float32)
        return Fit(*compiled.squared_error_by_kernel(*for_kernels(head, context), *fixed))
    found = raw_value(head, context, own)
    error, mean = td_error(found, target, known), jnp.mean(found)
    return Fit(error + pull * mean, *jax.lax.stop_gradient((error, mean)))


def values(
    critic: MLP, context: Float[Array, "batch context"], own: Float[Array, "batch act"]
) -> Float[Array, "head batch"]:
    """Every head's value of one agent's own actions."""
    return jax.vmap(value, in_axes=(0, None, None))(split_heads(critic), context, own)
