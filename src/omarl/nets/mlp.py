"""One small network, an MLP: its parameters, its normalisation, and its output.

Parameters are a plain tree of arrays. Everything here is written for one network; several are stacked on
leading axes and mapped over.

Actors and critics have the same `normalisation`: `none`; `batch`, which standardises the input by the
statistics of the batch (the official code's `BatchNorm1d`, folded into the first layer here); or `layer`,
which normalises each hidden layer before its ReLU (Ba et al. 2016).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.nets.kernels import compiled
from omarl.nets.kernels.broadcast import EPSILON, add_row, column_mean, normalise_rows


@dataclass(frozen=True)
class Normalisation:
    """What a network normalises: its input, its hidden layers, or nothing."""

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
    """Mean and variance of each input, of one batch or running."""

    mean: Float[Array, "*stack size"]
    variance: Float[Array, "*stack size"]


class MLP(NamedTuple):
    """Parameters of one network; `input` and `hidden` are empty if they are not normalised."""

    layers: tuple[Linear, ...]
    input: tuple[Affine, ...]
    hidden: tuple[Affine, ...]


def affine(size: int) -> Affine:
    """A scale of one and an offset of zero."""
    return Affine(jnp.ones(size), jnp.zeros(size))


def mlp(key: PRNGKey, sizes: tuple[int, ...], normalisation: Normalisation, last: float | None = None) -> MLP:
    """New parameters for layers of these sizes, uniform within 1/sqrt(fan_in).

    If given, `last` bounds the weights of the last layer. All numbers are drawn at once, because every
    separate draw costs seconds of compiling.
    """
    unit = jax.random.uniform(key, (sum((a + 1) * b for a, b in pairwise(sizes)),), minval=-1.0, maxval=1.0)
    layers, begin = [], 0
    for fan_in, fan_out in pairwise(sizes):
        middle, end = begin + fan_in * fan_out, begin + (fan_in + 1) * fan_out
        usual = fan_in**-0.5
        bound = usual if last is None or end < len(unit) else last
        weight = bound * unit[begin:middle].reshape(fan_in, fan_out)
        layers.append(Linear(weight, usual * unit[middle:end]))
        begin = end
    return MLP(
        layers=tuple(layers),
        input=(affine(sizes[0]),) * normalisation.input,
        hidden=tuple(affine(size) for size in sizes[1:-1]) * normalisation.hidden,
    )


def moments(x: Float[Array, "*many size"]) -> Moments:
    """Mean and (biased) variance over all axes but the last."""
    rows = x.reshape(-1, x.shape[-1])
    mean = column_mean(rows)
    return Moments(mean, column_mean((rows - mean[None]) ** 2))


def fold(layer: Linear, scale: Affine, of: Moments) -> Linear:
    """A layer that maps a raw input to what `layer` makes of the standardised input.

    Folding costs one pass over the weights instead of one over the data.
    """
    factor = scale.scale * jax.lax.rsqrt(of.variance + EPSILON)
    offset = scale.offset - of.mean * factor
    return Linear(layer.weight * factor[:, None], layer.bias + offset @ layer.weight)


def first_layer(params: MLP, of: Moments) -> Linear:
    """The first layer for raw inputs; `of` is used only if the network standardises its input."""
    (layer, *_), standardise = params.layers, params.input
    return fold(layer, standardise[0], of) if standardise else layer


def activate(x: Float[Array, "rows size"], normaliser: tuple[Affine, ...]) -> Float[Array, "rows size"]:
    """ReLU of `x`, after layer normalisation if there is a normaliser."""
    for scale in normaliser:
        x = normalise_rows(x, scale.scale, scale.offset)
    return jax.nn.relu(x)


def product(x: Float[Array, "rows fan_in"], weight: Float[Array, "fan_in fan_out"]) -> Array:
    """`x @ weight` with factors in the weight's precision, summed in float32."""
    if weight.dtype == jnp.float32:
        return compiled.product_by_kernel(x, weight)
    return jnp.dot(x.astype(weight.dtype), weight, preferred_element_type=jnp.float32)


def after_first(params: MLP, x: Float[Array, "rows width"]) -> Float[Array, "rows out"]:
    """The network's output, from the first layer's output `x`."""
    hidden = [(scale,) for scale in params.hidden] or [()] * (len(params.layers) - 1)
    for layer, normaliser in zip(params.layers[1:], hidden, strict=True):
        x = add_row(product(activate(x, normaliser), layer.weight), layer.bias)
    return x


def apply(params: MLP, x: Float[Array, "batch size"], of: Moments) -> Float[Array, "batch out"]:
    """The network's output; its input is standardised by `of` if the network does that."""
    first = first_layer(params, of)
    return after_first(params, add_row(product(x, first.weight), first.bias))
