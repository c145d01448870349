"""The actions that MA-CQL values: uniform ones, and on request some around the policy's."""

import jax
import jax.numpy as jnp
import numpy as np

from omarl.actions import action_set
from omarl.algos.cql import CQLConfig, cql_critic_loss
from omarl.algos.hooks import ContextAction, CriticInputs, Sample
from omarl.batch import Batch
from omarl.types import TeamSpec

TEAM = TeamSpec(observation_sizes=(1,), action_sizes=(2,))
ROWS = 3


def candidates(**fields):
    """The candidates of a critic loss whose policy takes the action (o, -o)."""
    legal, vector = jnp.ones((ROWS, 2), bool), jnp.zeros((ROWS, 2))
    obs, following = jnp.full((ROWS, 1), 0.5), jnp.full((ROWS, 1), -0.25)
    flags, pair = jnp.zeros(ROWS, bool), ContextAction(obs, vector)
    batch = Batch(obs, vector, jnp.zeros(ROWS), following, vector, flags, flags, legal, legal)
    inputs = CriticInputs(
        Sample(batch, pair, pair, pair),
        lambda pair: jnp.zeros((2, ROWS)),
        lambda obs, legal: jnp.concatenate([obs, -obs], -1),
        jax.random.key(0),
    )
    return cql_critic_loss(CQLConfig(**fields), action_set(TEAM))(inputs).candidates


def test_actions_around_the_policys_are_added_to_the_uniform_ones():
    uniform, more = candidates(cql_samples=4), candidates(cql_samples=4, cql_policy_samples=5)
    assert uniform.actions.shape == (4, ROWS, 2) and more.actions.shape == (14, ROWS, 2)
    np.testing.assert_array_equal(more.actions[:4], uniform.actions)
    np.testing.assert_array_equal(more.log_density[:4], uniform.log_density)


def test_they_lie_around_the_policys_action_now_and_next():
    drawn = candidates(cql_samples=1, cql_policy_samples=2, cql_policy_std=1e-6)
    np.testing.assert_allclose(drawn.actions[1:3], np.broadcast_to([0.5, -0.5], (2, ROWS, 2)), atol=1e-5)
    np.testing.assert_allclose(drawn.actions[3:], np.broadcast_to([-0.25, 0.25], (2, ROWS, 2)), atol=1e-5)
    highest = -2 * np.log(1e-6 * np.sqrt(2 * np.pi))  # of the density, at its centre
    assert (np.asarray(drawn.log_density[1:]) <= highest + 1e-3).all()
