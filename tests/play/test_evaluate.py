"""Evaluation plays greedily; behaviour is the same policy with noise."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos.td3 import td3
from omarl.play.judge import simulator
from omarl.play.policies import greedy, noisy


@pytest.fixture(scope="module")
def algorithm(toy, recipe):
    return td3(recipe.learner, toy.spec.team)


@pytest.fixture(scope="module")
def actors(algorithm):
    """Policies of two seeds."""
    return jax.jit(jax.vmap(algorithm.init))(jax.random.split(jax.random.key(0), 2)).actor


def test_returns_are_those_of_the_greedy_policy(toy, algorithm, actors):
    keys = jax.random.split(jax.random.key(1), 2)
    returns = simulator(toy, partial(greedy, algorithm), 3)(actors, keys)
    assert returns.shape == (2, 3)
    views = jnp.stack([jnp.tile(jnp.array([float(t), 4.0]), (2, 1)) for t in range(4)])
    legal = jnp.ones((4, 2, 1), bool)
    for seed, of_seed in enumerate(returns):
        actions = algorithm.act(jax.tree.map(lambda x, s=seed: x[s], actors), views, legal)
        by_hand = np.sum(1 + np.asarray(actions).mean((1, 2)))
        assert np.allclose(of_seed, by_hand, atol=1e-5)
    assert not np.isclose(returns[0, 0], returns[1, 0])


def test_behaviour_has_exploration_noise(algorithm, actors):
    actor = jax.tree.map(lambda x: x[0], actors)
    views, legal = jnp.tile(jnp.array([0.0, 4.0]), (500, 2, 1)), jnp.ones((500, 2, 1), bool)
    key = jax.random.key(2)
    still = np.asarray(greedy(algorithm, actor)(views, legal, key))
    moved = np.asarray(noisy(algorithm, actor)(views, legal, key))
    assert np.ptp(still, 0).max() == 0
    assert (moved - still).std() == pytest.approx(0.1, abs=0.02) and np.abs(moved).max() <= 1
