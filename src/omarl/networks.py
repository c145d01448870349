"""Networks of a team: one small MLP per agent, the agents' parameters stacked on the leading axis.

Everything here is a plain tree of arrays and functions on it. Data keeps the field's axes, `batch agent ...`;
inside, each agent's network sees its own slice. A critic takes what does not depend on the agent's own action
(its `context`) apart from that action, because the conservative loss and the search score many actions at one
observation: the context passes the first layer once.

`normalisation` is a choice for actor and critic alike: `none`; `batch` standardises the input with the
statistics of the pass it is in (the official code's `BatchNorm1d`, folded here into the first layer); `layer`
normalises each hidden layer before its ReLU (Ba et al. 2016).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from omarl.errors import choose
from omarl.types import PRNGKey, TeamSpec

EPSILON = 1e-5  # of both normalisations; torch's default


@dataclass(frozen=True)
class Normalisation:
    """Where a network standardises: its input, its hidden layers, or nowhere."""

    input: bool = False
    hidden: bool = False


NORMALISATIONS = {
    "none": Normalisation(),
    "batch": Normalisation(input=True),
    "layer": Normalisation(hidden=True),
}


class Linear(NamedTuple):
    """A layer `x @ weight + bias`."""

    weight: Float[Array, "*stack fan_in fan_out"]
    bias: Float[Array, "*stack fan_out"]


class Affine(NamedTuple):
    """The learnt scale and offset after a normalisation."""

    scale: Float[Array, "*stack size"]
    offset: Float[Array, "*stack size"]


class Moments(NamedTuple):
    """Mean and variance of each input, over the pass or running."""

    mean: Float[Array, "*stack size"]
    variance: Float[Array, "*stack size"]


class MLP(NamedTuple):
    """Parameters of one network; `input` and `hidden` are empty where nothing is normalised."""

    layers: tuple[Linear, ...]
    input: tuple[Affine, ...]
    hidden: tuple[Affine, ...]


def affine(size: int) -> Affine:
    """A scale of one and an offset of zero."""
    return Affine(jnp.ones(size), jnp.zeros(size))


def linear(key: PRNGKey, fan_in: int, fan_out: int, scale: float | None = None) -> Linear:
    """A layer drawn uniformly within 1/sqrt(fan_in), the weights within `scale` where that is given."""
    weight_key, bias_key = jax.random.split(key)
    bound = fan_in**-0.5
    weight = jax.random.uniform(weight_key, (fan_in, fan_out), minval=-1.0, maxval=1.0)
    bias = jax.random.uniform(bias_key, (fan_out,), minval=-bound, maxval=bound)
    return Linear(weight * (bound if scale is None else scale), bias)


def mlp(key: PRNGKey, sizes: tuple[int, ...], normalisation: Normalisation, last: float | None = None) -> MLP:
    """Fresh parameters for layers of these sizes; `last` bounds the weights of the last layer."""
    keys = jax.random.split(key, len(sizes) - 1)
    bounds = [None] * (len(sizes) - 2) + [last]
    return MLP(
        layers=tuple(linear(k, *s, b) for k, s, b in zip(keys, zip(sizes, sizes[1:], strict=False), bounds)),
        input=(affine(sizes[0]),) * normalisation.input,
        hidden=tuple(affine(size) for size in sizes[1:-1]) * normalisation.hidden,
    )


def moments(x: Float[Array, "*many size"]) -> Moments:
    """Mean and (biased) variance over all axes but the last."""
    axes = tuple(range(x.ndim - 1))
    return Moments(jnp.mean(x, axes), jnp.var(x, axes))


def fold(layer: Linear, scale: Affine, of: Moments) -> Linear:
    """The layer that does to a raw input what `layer` does to the standardised one.

    This costs a pass over the weights instead of one over the data.
    """
    factor = scale.scale * jax.lax.rsqrt(of.variance + EPSILON)
    offset = scale.offset - of.mean * factor
    return Linear(layer.weight * factor[:, None], layer.bias + offset @ layer.weight)


def activate(x: Float[Array, "*many size"], normaliser: tuple[Affine, ...]) -> Float[Array, "*many size"]:
    """ReLU, after layer normalisation where there is a normaliser."""
    for scale in normaliser:
        x = x - jnp.mean(x, -1, keepdims=True)
        x = x * jax.lax.rsqrt(jnp.mean(x**2, -1, keepdims=True) + EPSILON)
        x = x * jnp.expand_dims(scale.scale, range(x.ndim - 1)) + jnp.expand_dims(
            scale.offset, range(x.ndim - 1)
        )
    return jax.nn.relu(x)


def add_bias(x: Float[Array, "*many size"], bias: Float[Array, "size"]) -> Float[Array, "*many size"]:
    """The bias on top, its rank made plain."""
    return x + jnp.expand_dims(bias, range(x.ndim - 1))


def after_first(params: MLP, x: Float[Array, "*many width"]) -> Float[Array, "*many out"]:
    """The rest of the network, from the first layer's product with its bias on."""
    hidden = [(scale,) for scale in params.hidden] or [()] * (len(params.layers) - 1)
    for layer, normaliser in zip(params.layers[1:], hidden, strict=True):
        x = add_bias(activate(x, normaliser) @ layer.weight, layer.bias)
    return x


def apply(params: MLP, x: Float[Array, "batch size"], of: Moments) -> Float[Array, "batch out"]:
    """The network's output, standardising its input by `of` if it standardises at all."""
    first = params.layers[0]
    for scale in params.input:
        first = fold(first, scale, of)
    return after_first(params, add_bias(x @ first.weight, first.bias))


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


def train_heads(network: MLP, obs: Float[Array, "batch agent obs"]) -> Float[Array, "batch agent act"]:
    """The actors' heads with the batch's own statistics, as inside every loss."""
    return jax.vmap(lambda p, x: apply(p, x, moments(x)), in_axes=(0, 1), out_axes=1)(network, obs)


def heads(actor: Actor, obs: Float[Array, "batch agent obs"]) -> Float[Array, "batch agent act"]:
    """The actors' heads with their running statistics, as when acting."""
    return jax.vmap(apply, in_axes=(0, 1, 0), out_axes=1)(actor.network, obs, actor.running)


def track_moments(running: Moments, obs: Float[Array, "batch agent obs"], momentum: float = 0.1) -> Moments:
    """Running moments after one more batch (the variance unbiased, as torch keeps it)."""
    seen = jax.vmap(moments, in_axes=1)(obs)
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


def first_head(critic: MLP) -> MLP:
    """The critics' first heads alone, which policy gradient and search follow (Fujimoto et al. 2018)."""
    layers, hidden = jax.tree.map(lambda x: x[:, :1], (critic.layers, critic.hidden))
    return critic._replace(layers=layers, hidden=hidden)


def head_values(
    params: MLP, context: Float[Array, "batch context"], own: Float[Array, "*samples batch act"], of: Moments
) -> Float[Array, "*samples batch"]:
    """One head of one agent's critic at every own action."""
    first = params.layers[0]
    for scale in params.input:
        first = fold(first, scale, of)
    seen = context.shape[-1]
    shared = add_bias(context @ first.weight[:seen], first.bias)
    x = own @ first.weight[seen:] + jnp.expand_dims(shared, range(own.ndim - 2))
    return after_first(params, x)[..., 0]


def agent_values(
    params: MLP, context: Float[Array, "batch context"], own: Float[Array, "*samples batch act"]
) -> Float[Array, "head *samples batch"]:
    """All heads of one agent's critic; the statistics of the pass count every candidate."""
    at, of_own = moments(context), moments(own)
    of = Moments(*(jnp.concatenate(pair) for pair in zip(at, of_own, strict=True)))
    heads_axis: Any = MLP(layers=0, input=None, hidden=0)  # type: ignore[arg-type]
    return jax.vmap(head_values, in_axes=(heads_axis, None, None, None))(params, context, own, of)


def values(
    critic: MLP, context: Float[Array, "batch agent context"], own: Float[Array, "*samples batch agent act"]
) -> Float[Array, "head *samples batch agent"]:
    """Q of every own action, for every head and agent."""
    return jax.vmap(agent_values, in_axes=(0, 1, -2), out_axes=-1)(critic, context, own)
