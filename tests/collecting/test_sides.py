"""Sides learn on their own: each sees its columns of the batch, without the padding of the others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos.td3 import TD3Config, td3
from omarl.batch import Batch
from omarl.collecting.sides import Side, opposed, share
from omarl.envs.opponents import subteam
from omarl.types import TeamSpec

TEAM = TeamSpec(observation_sizes=(5, 5, 3), action_sizes=(2, 2, 2))
SMALL = {"hidden": (4,), "batch_size": 6}


def side(members, critic):
    team = subteam(TEAM, members)
    return Side(members, team, td3(TD3Config(critic=critic, **SMALL), team))


HUNTERS, QUARRY = side(slice(2), "centralised"), side(slice(2, None), "decentralised")
TOGETHER = opposed((HUNTERS, QUARRY))


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    draw = lambda *shape: jnp.asarray(rng.uniform(-1, 1, (6, 3, *shape)), jnp.float32)  # noqa: E731
    obs, following = (draw(5).at[:, 2, 3:].set(0.0) for _ in range(2))
    no, yes = jnp.zeros((6, 3), bool), jnp.ones((6, 3, 2), bool)
    return Batch(obs, draw(2), draw(), following, draw(2), no, ~no, yes, yes)


@pytest.fixture(scope="module")
def update():
    return jax.jit(TOGETHER.update)


def test_a_side_gets_its_columns_without_padding(batch):
    own = share(batch, QUARRY)
    assert own.obs.shape == own.next_obs.shape == (6, 1, 3)
    assert jnp.array_equal(own.obs[:, 0], batch.obs[:, 2, :3])
    assert jnp.array_equal(own.reward, batch.reward[:, 2:])


def test_each_side_learns_as_it_would_alone(batch, update):
    init_key, key = jax.random.split(jax.random.key(1))
    state = TOGETHER.init(init_key)
    stepped, metrics = update(state, batch, key)
    keys = jax.random.split(key, 2)
    for index, alone in enumerate((HUNTERS, QUARRY)):
        expected, _ = jax.jit(alone.algorithm.update)(state.states[index], share(batch, alone), keys[index])
        for ours, theirs in zip(
            jax.tree.leaves(stepped.states[index]), jax.tree.leaves(expected), strict=True
        ):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert all(value.shape == (3,) for value in metrics.values())


def test_what_one_side_is_paid_does_not_teach_the_other(batch, update):
    state, key = TOGETHER.init(jax.random.key(1)), jax.random.key(2)
    usual, _ = update(state, batch, key)
    other, _ = update(state, batch._replace(reward=batch.reward.at[:, 2].add(1.0)), key)
    same = [
        all(jax.tree.leaves(jax.tree.map(lambda a, b: bool(jnp.array_equal(a, b)), one.critic, two.critic)))
        for one, two in zip(usual.states, other.states, strict=True)
    ]
    assert same == [True, False]


@pytest.mark.parametrize("noisy", [False, True])
def test_everybody_acts_by_the_policy_of_their_side(batch, noisy):
    actor, key = TOGETHER.init(jax.random.key(1)).actor, jax.random.key(3)

    def play(algorithm, own, obs, legal, key):
        return algorithm.explore(own, obs, legal, key) if noisy else algorithm.act(own, obs, legal)

    action = play(TOGETHER, actor, batch.obs, batch.legal, key)
    for index, (alone, own_key) in enumerate(zip((HUNTERS, QUARRY), jax.random.split(key, 2), strict=True)):
        own = share(batch, alone)
        expected = play(alone.algorithm, actor[index], own.obs, own.legal, own_key)
        np.testing.assert_allclose(action[:, alone.members], expected, atol=1e-6)
