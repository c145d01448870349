"""Random numbers for many candidate actions, drawn by a kernel where that pays.

They are those that JAX draws for the same key: uniform numbers to the bit, normal ones up to rounding.
"""

import math

import jax
import numpy as np
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.nets.kernels import compiled

MANY = 4096
"""A kernel draws at least so many numbers; fewer cost less than calling it."""


def normal(key: PRNGKey, shape: tuple[int, ...]) -> Float[Array, "..."]:
    """Standard normal noise, drawn as one long axis, because XLA vectorises over the last axis only."""
    count = math.prod(shape)
    drawn = by_kernel(key, count, True) if kernel_draws(key, count) else jax.random.normal(key, (count,))
    return drawn.reshape(shape)


def uniform(key: PRNGKey, shape: tuple[int, ...]) -> Float[Array, "..."]:
    """Uniform noise in [0, 1), drawn as one long axis like `normal`."""
    count = math.prod(shape)
    drawn = by_kernel(key, count, False) if kernel_draws(key, count) else jax.random.uniform(key, (count,))
    return drawn.reshape(shape)


def kernel_draws(key: PRNGKey, count: int) -> bool:
    """Whether a kernel draws so many numbers.

    It knows JAX's usual generator, which counts in the usual way, and single precision.
    """
    usual = str(jax.random.key_impl(key)) == "threefry2x32" and jax.threefry_partitionable.value
    single = jax.dtypes.canonicalize_dtype(float) == np.float32
    return count >= MANY and usual and single and compiled.in_use()


def by_kernel(key: PRNGKey, count: int, normal: bool) -> Float[Array, "count"]:
    """The first `count` normal or uniform numbers of a key, drawn by a kernel."""
    function = jax.ffi.ffi_call("omarl_noise", compiled.like(count), vmap_method="sequential")
    numbers = {"set": np.int64(compiled.set_in_use()), "parts": np.int64(compiled.parts())}
    return function(jax.random.key_data(key), normal=normal, **numbers)
