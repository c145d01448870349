"""The contract beside records of SMAC's own code, which was given made-up tables of units."""

import jax.numpy as jnp
import numpy as np
import pytest
from records import record

from omarl.envs.skirmish.contract import Contract, Visible, acted
from omarl.envs.skirmish.maps import MAPS
from omarl.envs.skirmish.units import unit_table

pytestmark = pytest.mark.parametrize("name", MAPS)


def sides(recorded, rows):
    """Both sides in some rows of a record, the rows on the last axis as battles are."""
    fields = ("health", "shield")
    return [
        Visible(
            *jnp.moveaxis(recorded[f"{side}_pos"][rows], (2, 1, 0), (0, 1, 2)),
            *(jnp.asarray(recorded[f"{side}_{field}"][rows].T) for field in fields),
        )
        for side in ("ally", "enemy")
    ]


@pytest.fixture
def contract(name):
    return Contract(MAPS[name], unit_table("liberty"))


@pytest.fixture
def recorded(name):
    return record(f"contract_{name}")


def test_legal_actions_and_observations(contract, recorded):
    allies, enemies = sides(recorded, slice(None))
    legal = contract.legal(allies, enemies)
    np.testing.assert_array_equal(np.moveaxis(legal, -1, 0), recorded["avail"].astype(bool))
    obs = contract.observe(allies, enemies, legal)
    assert obs.shape[1] == contract.observation_size
    np.testing.assert_allclose(np.moveaxis(obs, -1, 0), recorded["obs"], atol=1e-6)


def test_state(contract, recorded):
    actions = jnp.asarray(recorded["actions"].T)  # -1 after a reset, which is no action at all
    cooldown = jnp.asarray(recorded["ally_cooldown"].T)
    state = contract.state(*sides(recorded, slice(None)), cooldown, acted(actions, contract.choices))
    np.testing.assert_allclose(state.T, recorded["state"], atol=1e-6)


def test_rewards(contract, recorded):
    steps = np.flatnonzero(~recorded["first"])
    (_, before), (allies, after) = sides(recorded, steps - 1), sides(recorded, steps)
    won = allies.alive.any(0) & ~after.alive.any(0)
    np.testing.assert_array_equal(won, recorded["won"][steps])
    np.testing.assert_allclose(contract.reward(before, after, won), recorded["reward"][steps], atol=1e-5)
    assert contract.max_reward == recorded["max_reward"]
