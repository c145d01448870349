"""Sums along long axes, and broadcasts whose gradients are such sums, in the form in which XLA is fast.

On XLA's CPU backend the sum of [10240, 64] over its rows, which is the gradient of every bias, costs several
times a product of [10240, 64] by [64, 64], and `reshape(10, 1024, 64).sum(0)`, the gradient of what several
candidate actions share, costs eight such products. A vector of ones times the matrix, and ten added slices,
cost next to nothing. The functions below equal the plain expressions in their docstrings, gradients included;
tests compare them.
"""

from functools import reduce

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

EPSILON = 1e-5  # added to variances in normalisations; torch's default


def column_sum(x: Float[Array, "rows size"]) -> Float[Array, "size"]:
    """`x.sum(0)` as a product."""
    return jnp.ones(len(x), x.dtype) @ x


def column_mean(x: Float[Array, "rows size"]) -> Float[Array, "size"]:
    """`x.mean(0)` as a product."""
    return column_sum(x) / len(x)


def slice_sum(x: Float[Array, "few *shape"]) -> Float[Array, "*shape"]:
    """`x.sum(0)` as added slices, for a short first axis."""
    return reduce(jnp.add, [x[i] for i in range(len(x))])


def slice_mean(x: Float[Array, "few *shape"]) -> Float[Array, "*shape"]:
    """`x.mean(0)` as added slices, for a short first axis."""
    return slice_sum(x) / len(x)


def weighted_rows(x: Float[Array, "rows size"], weight: Float[Array, "size"]) -> Float[Array, "rows 1"]:
    """`(x * weight).mean(1, keepdims=True)` as a product."""
    return (x @ (weight / len(weight)))[:, None]


@jax.custom_vjp
def add_row(x: Float[Array, "rows size"], row: Float[Array, "size"]) -> Float[Array, "rows size"]:
    """`x + row`."""
    return x + row[None]


add_row.defvjp(lambda x, row: (x + row[None], None), lambda _, g: (g, column_sum(g)))


@jax.custom_vjp
def add_shared(
    x: Float[Array, "samples_times_batch size"], shared: Float[Array, "batch size"]
) -> Float[Array, "samples_times_batch size"]:
    """`(x.reshape(samples, batch, size) + shared).reshape(x.shape)`."""
    return (x.reshape(-1, *shared.shape) + shared[None]).reshape(x.shape)


def _add_shared_forward(x: Array, shared: Array) -> tuple[Array, int]:
    return add_shared(x, shared), len(shared)


def _add_shared_backward(batch: int, g: Array) -> tuple[Array, Array]:
    total = g[:batch]
    for first in range(batch, len(g), batch):
        total = total + g[first : first + batch]
    return g, total


add_shared.defvjp(_add_shared_forward, _add_shared_backward)


@jax.custom_vjp
def normalise_rows(
    x: Float[Array, "rows size"], scale: Float[Array, "size"], offset: Float[Array, "size"]
) -> Float[Array, "rows size"]:
    """Layer normalisation: `(x - x.mean(1)) / sqrt(x.var(1) + EPSILON) * scale + offset`, row by row."""
    return _normalise_forward(x, scale, offset)[0]


def _normalise_forward(x: Array, scale: Array, offset: Array) -> tuple[Array, tuple[Array, ...]]:
    mean = weighted_rows(x, jnp.ones_like(scale))
    variance = jnp.maximum(weighted_rows(x**2, jnp.ones_like(scale)) - mean**2, 0.0)
    inverse = jax.lax.rsqrt(variance + EPSILON)
    x = (x - mean) * inverse
    return x * scale[None] + offset[None], (x, inverse, scale)


def _normalise_backward(kept: tuple[Array, ...], g: Array) -> tuple[Array, ...]:
    x, inverse, scale = kept
    along = g * x
    inner = (g * scale[None] - weighted_rows(g, scale) - x * weighted_rows(along, scale)) * inverse
    return inner, column_sum(along), column_sum(g)


normalise_rows.defvjp(_normalise_forward, _normalise_backward)
