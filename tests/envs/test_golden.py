"""One step from every recorded state of the original environment leads where it led there."""

from pathlib import Path

import jax
import numpy as np
import pytest

from omarl.envs.particle.physics import ParticleState
from omarl.envs.particle.spread import Spread
from omarl.envs.particle.tag import Tag
from omarl.envs.particle.world import World

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
TASKS = {
    "simple_spread_1": Spread(agents=1),
    "simple_spread_2": Spread(agents=2),
    "simple_spread": Spread(agents=3),
    "simple_spread_4": Spread(agents=4),
    "simple_spread_5": Spread(agents=5),
    "simple_tag": Tag(),
    "simple_world": World(),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_step_reproduces_the_original(name):
    recorded = np.load(GOLDEN / f"{name}.npz")
    state = ParticleState(
        recorded["agent_pos"],
        recorded["agent_vel"],
        recorded["landmark_pos"],
        np.zeros(len(recorded["action"]), np.int32),
    )
    state, result = jax.jit(jax.vmap(TASKS[name].step))(state, recorded["action"])
    close = {"rtol": 0, "atol": 1e-5}
    np.testing.assert_allclose(state.agent_position, recorded["next_agent_pos"], **close)
    np.testing.assert_allclose(state.agent_velocity, recorded["next_agent_vel"], **close)
    np.testing.assert_allclose(result.reward, recorded["reward"], **close)
    np.testing.assert_allclose(result.obs, np.nan_to_num(recorded["next_obs"]), **close)


@pytest.mark.parametrize("name", ["simple_tag", "simple_world"])
def test_the_padding_is_where_the_original_has_nothing(name):
    recorded = np.load(GOLDEN / f"{name}.npz")["next_obs"][0]
    sizes = TASKS[name].spec.team.observation_sizes
    assert tuple((~np.isnan(recorded)).sum(1)) == sizes
    assert all(np.isnan(row[size:]).all() for row, size in zip(recorded, sizes, strict=True))
