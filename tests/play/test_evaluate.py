"""Evaluation plays greedily; behaviour is the same policy with noise."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toys.parallel_toys import Counting

from omarl.algos.td3 import TD3Config, td3
from omarl.envs.host.foreign import wrap
from omarl.play.episodes import play
from omarl.play.judge import simulator
from omarl.play.policies import greedy, noisy, ready
from omarl.runs.experience.base import member_of


@pytest.fixture(scope="module")
def algorithm(toy, recipe):
    return td3(recipe.learner, toy.spec.team)


@pytest.fixture(scope="module")
def actors(algorithm):
    """Policies of two seeds."""
    return jax.jit(jax.vmap(algorithm.init))(jax.random.split(jax.random.key(0), 2)).actor


def test_returns_are_those_of_the_greedy_policy(toy, algorithm, actors):
    keys = jax.random.split(jax.random.key(1), 2)
    returns = simulator(toy, partial(greedy, algorithm), 3)(actors, keys).returns
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


@pytest.mark.parametrize("copies", [1, 3, 100])
def test_on_the_host_a_member_plays_the_same_episodes_alone_and_beside_others(copies):
    task = wrap(Counting, discrete=False, horizon=5, copies=copies, workers=0)
    algorithm = td3(TD3Config(hidden=(4,)), task.spec.team)
    actors = jax.vmap(algorithm.init)(jax.random.split(jax.random.key(0), 3)).actor
    keys = jax.random.split(jax.random.key(1), 3)
    evaluate = simulator(task, partial(greedy, algorithm), 4)
    together = evaluate(actors, keys).returns
    assert together.shape == (3, 4) and len(np.unique(together)) > 9
    for member in range(3):
        alone = evaluate(*(jax.tree.map(lambda x, m=member: x[m : m + 1], (actors, keys))))
        np.testing.assert_allclose(alone.returns[0], together[member], rtol=1e-6)
        played = play(task, ready(task, greedy(algorithm, member_of(actors, member))), keys[member], 4)
        np.testing.assert_allclose(played.returns, together[member], rtol=1e-6)
