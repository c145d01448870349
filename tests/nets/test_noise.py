"""A kernel draws the random numbers that JAX draws."""

import jax
import numpy as np
import pytest

from omarl.nets.kernels import compiled, noise


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
@pytest.mark.parametrize("shape", [(4096,), (3, 10, 1000, 2), (5, 8191)])
def test_numbers_are_those_of_jax(each_set, seed, shape):
    key, count = jax.random.fold_in(jax.random.key(seed), 3), int(np.prod(shape))
    assert noise.kernel_draws(key, count)
    np.testing.assert_array_equal(noise.uniform(key, shape).ravel(), jax.random.uniform(key, (count,)))
    drawn = np.asarray(noise.normal(key, shape)).ravel()
    np.testing.assert_allclose(drawn, jax.random.normal(key, (count,)), rtol=1e-5, atol=1e-7)


def test_rare_numbers_too(each_set):
    key, count = jax.random.key(1), 3_000_000
    drawn, wanted = np.asarray(noise.normal(key, (count,))), np.asarray(jax.random.normal(key, (count,)))
    assert np.abs(wanted).max() > 5
    np.testing.assert_allclose(drawn, wanted, rtol=2e-5, atol=1e-7)


def test_threads_share_the_numbers(each_set, monkeypatch):
    monkeypatch.setattr(compiled, "parts", lambda: 7)
    key = jax.random.key(2)
    np.testing.assert_array_equal(noise.uniform(key, (5003,)), jax.random.uniform(key, (5003,)))


def test_several_keys_side_by_side(each_set):
    keys = jax.random.split(jax.random.key(3), 3)
    drawn = jax.vmap(lambda key: noise.uniform(key, (5000,)))(keys)
    np.testing.assert_array_equal(drawn, jax.vmap(lambda key: jax.random.uniform(key, (5000,)))(keys))


def test_what_the_kernel_does_not_know_jax_draws(monkeypatch):
    key = jax.random.key(0)
    assert not noise.kernel_draws(key, noise.MANY - 1), "few numbers"
    assert not noise.kernel_draws(jax.random.key(0, impl="rbg"), noise.MANY), "another generator"
    with jax.enable_x64(True):
        assert not noise.kernel_draws(key, noise.MANY), "double precision"
    with jax.threefry_partitionable(False):
        assert not noise.kernel_draws(key, noise.MANY), "another way of counting"
    monkeypatch.setenv(compiled.VARIABLE, "none")
    assert not noise.kernel_draws(key, noise.MANY)
    np.testing.assert_array_equal(noise.normal(key, (5000,)), jax.random.normal(key, (5000,)))
