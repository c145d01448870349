"""Each function equals its plain definition, values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.nets.kernels import broadcast


def plain_add_shared(x, shared):
    return (x.reshape(-1, *shared.shape) + shared[None]).reshape(x.shape)


def plain_normalise_rows(x, scale, offset):
    centred = x - x.mean(1, keepdims=True)
    spread = jnp.sqrt(x.var(1, keepdims=True) + broadcast.EPSILON)
    return centred / spread * scale[None] + offset[None]


CASES = {
    "column_sum": (broadcast.column_sum, lambda x: x.sum(0), [(7, 3)]),
    "column_mean": (broadcast.column_mean, lambda x: x.mean(0), [(7, 3)]),
    "slice_sum": (broadcast.slice_sum, lambda x: x.sum(0), [(5, 7, 3)]),
    "slice_mean": (broadcast.slice_mean, lambda x: x.mean(0), [(5, 7, 3)]),
    "weighted_rows": (
        broadcast.weighted_rows,
        lambda x, weight: (x * weight[None]).mean(1, keepdims=True),
        [(7, 3), (3,)],
    ),
    "add_row": (broadcast.add_row, lambda x, row: x + row[None], [(7, 3), (3,)]),
    "add_shared": (broadcast.add_shared, plain_add_shared, [(12, 5), (4, 5)]),
    "add_shared once": (broadcast.add_shared, plain_add_shared, [(4, 5), (4, 5)]),
    "normalise_rows": (broadcast.normalise_rows, plain_normalise_rows, [(7, 4), (4,), (4,)]),
}


def pull_back(function, arguments, cotangent):
    """The function's value, and its gradients with respect to every argument along a cotangent."""

    @jax.jit
    def both(arguments, cotangent):
        value, pull = jax.vjp(function, *arguments)
        return value, *pull(cotangent)

    return both(arguments, cotangent)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", CASES)
def test_equals_its_plain_definition(name, seed):
    fast, plain, shapes = CASES[name]
    rng = np.random.default_rng(seed)
    arguments = [jnp.asarray(rng.normal(1.0, 2.0, shape), jnp.float32) for shape in shapes]
    cotangent = jnp.asarray(rng.normal(size=jax.eval_shape(plain, *arguments).shape), jnp.float32)
    found = pull_back(fast, arguments, cotangent)
    for have, want in zip(found, pull_back(plain, arguments, cotangent), strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-5, atol=1e-5)


def test_normalise_rows_survives_a_constant_row():
    value, *gradients = pull_back(
        broadcast.normalise_rows, [jnp.full((2, 4), 3.0), jnp.ones(4), jnp.full(4, 0.5)], jnp.ones((2, 4))
    )
    np.testing.assert_allclose(value, np.full((2, 4), 0.5), atol=1e-6)
    assert all(np.isfinite(gradient).all() for gradient in gradients)
