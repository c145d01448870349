"""Networks of a team: actors and critics, each agent's one MLP, their parameters stacked on the leading axis.

Functions are written for one agent's network; who needs all agents maps over the leading axis. A critic takes
what does not depend on the agent's own action (its `context`) apart from that action, because the
conservative loss and the search score many actions at one observation: the context passes the first layer
once.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.errors import choose
from omarl.nets.kernels.blocks import mean_of_rows, rows_of
from omarl.nets.kernels.broadcast import add_row, add_shared
from omarl.nets.mlp import MLP, NORMALISATIONS, Moments, after_first, apply, first_layer, mlp, moments
from omarl.types import TeamSpec


class Actor(NamedTuple):
    """Everything needed to act: each agent's network, and the running moments of what it has seen."""

    network: MLP
    running: Moments


def init_actor(key: PRNGKey, team: TeamSpec, hidden: tuple[int, ...], normalisation: str) -> Actor:
    """Fresh actors; their first actions are near zero so that tanh is not saturated (official code)."""
    choice = choose("normalisation", normalisation, NORMALISATIONS)
    sizes = (team.observation_size, *hidden, team.action_size)
    network = jax.vmap(lambda k: mlp(k, sizes, choice, last=3e-3))(jax.random.split(key, team.agents))
    zeros = jnp.zeros((team.agents, team.observation_size))
    return Actor(network, Moments(zeros, zeros + 1.0))


def train_head(network: MLP, obs: Float[Array, "batch obs"]) -> Float[Array, "batch act"]:
    """One actor's head with the batch's own statistics, as inside every loss."""
    return apply(network, obs, moments(obs))


def heads(actor: Actor, obs: Float[Array, "batch agent obs"]) -> Float[Array, "batch agent act"]:
    """All actors' heads with their running statistics, as when acting."""
    return jax.vmap(apply, in_axes=(0, 1, 0), out_axes=1)(actor.network, obs, actor.running)


def track_moments(running: Moments, obs: Float[Array, "batch obs"], momentum: float = 0.1) -> Moments:
    """One actor's running moments after one more batch (the variance unbiased, as torch keeps it)."""
    seen = moments(obs)
    unbiased = Moments(seen.mean, seen.variance * (len(obs) / (len(obs) - 1)))
    return jax.tree.map(lambda old, new: (1 - momentum) * old + momentum * new, running, unbiased)


class View(NamedTuple):
    """What an agent's critic sees besides the agent's own action: its `size`, and the function that makes it.

    `context(obs, actions)` ignores agent i's own entry of `actions` in agent i's row, so that the joint
    critic, its policy gradient, the search and counterfactuals are one call each.
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
    """Fresh critics, stacked `agent head`; an agent's heads share what standardises their input."""
    choice = choose("normalisation", normalisation, NORMALISATIONS)
    sizes = (view.size + team.action_size, *hidden, 1)
    keys = jax.random.split(key, (team.agents, heads))
    params = jax.vmap(jax.vmap(lambda k: mlp(k, sizes, choice)))(keys)
    return params._replace(input=jax.tree.map(lambda x: x[:, 0], params.input))


def split_heads(critic: MLP) -> MLP:
    """One agent's critic with everything stacked by head, what the heads share repeated."""
    heads = len(critic.layers[0].bias)
    return critic._replace(input=jax.tree.map(lambda x: jnp.stack([x] * heads), critic.input))


def join_heads(gradient: MLP) -> MLP:
    """The gradient of a critic from that of its split heads: what is shared collects all of theirs."""
    return gradient._replace(input=jax.tree.map(lambda x: jnp.sum(x, 0), gradient.input))


def first_head(critic: MLP) -> MLP:
    """One agent's first head, which policy gradient and search follow (Fujimoto et al. 2018)."""
    layers, hidden = jax.tree.map(lambda x: x[0], (critic.layers, critic.hidden))
    return critic._replace(layers=layers, hidden=hidden)


def standardised(
    head: MLP, context: Float[Array, "batch context"], own: Float[Array, "*samples batch act"]
) -> MLP:
    """The head for raw inputs; the statistics of the pass count every candidate."""
    of = Moments(*(jnp.concatenate(pair) for pair in zip(moments(context), moments(own), strict=True)))
    return head._replace(layers=(first_layer(head, of), *head.layers[1:]), input=())


def raw_value(
    head: MLP, context: Float[Array, "batch context"], own: Float[Array, "*samples batch act"]
) -> Float[Array, "*samples batch"]:
    """The value of every own action, from a head for raw inputs."""
    first, seen = head.layers[0], context.shape[-1]
    shared = add_row(context @ first.weight[:seen], first.bias)
    own_part = own.reshape(-1, own.shape[-1]) @ first.weight[seen:]
    return after_first(head, add_shared(own_part, shared))[:, 0].reshape(own.shape[:-1])


def rounded(head: MLP, precision: str) -> MLP:
    """The head with its large products in another precision: those between hidden layers."""
    first, *between, last = head.layers
    between = (layer._replace(weight=layer.weight.astype(precision)) for layer in between)
    return head._replace(layers=(first, *between, last))


def value(
    head: MLP,
    context: Float[Array, "batch context"],
    own: Float[Array, "*samples batch act"],
    precision: str = "float32",
) -> Float[Array, "*samples batch"]:
    """One head's value of every own action; `precision` as for `rounded`."""
    head = rounded(standardised(head, context, own), precision)
    if own.ndim == context.ndim:
        return raw_value(head, context, own)

    def by_row(head: MLP, context: Array, own: Array) -> Array:
        return jnp.swapaxes(raw_value(head, context, jnp.swapaxes(own, 0, 1)), 0, 1)

    return jnp.swapaxes(rows_of(by_row, len(own), head, context, jnp.swapaxes(own, 0, 1)), 0, 1)


def mean_over_candidates(
    term: Callable[[Array, Array], Array],
    head: MLP,
    context: Float[Array, "batch context"],
    own: Float[Array, "samples batch act"],
    beside: Float[Array, "samples batch"],
) -> Float[Array, ""]:
    """The batch's mean of `term(values, beside)`, with a gradient for the head alone.

    `term` takes one head's values of all candidates, `[samples, batch]`, and gives a number for each row of
    the batch; it must treat the rows alike, since it is given blocks of them.
    """

    def of_rows(head: MLP, context: Array, own: Array, beside: Array) -> Array:
        return term(raw_value(head, context, jnp.swapaxes(own, 0, 1)), jnp.swapaxes(beside, 0, 1))

    by_row = jnp.swapaxes(own, 0, 1), jnp.swapaxes(beside, 0, 1)
    return mean_of_rows(of_rows, len(own), standardised(head, context, own), context, *by_row)


def values(
    critic: MLP, context: Float[Array, "batch context"], own: Float[Array, "batch act"]
) -> Float[Array, "head batch"]:
    """Every head's value of the own actions, for one agent."""
    return jax.vmap(value, in_axes=(0, None, None))(split_heads(critic), context, own)
