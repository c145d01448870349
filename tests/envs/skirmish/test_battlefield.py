"""What a skirmish shows of its ground and its shots."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.skirmish.contract import FIRST_ATTACK
from omarl.envs.skirmish.maps import MAPS
from omarl.envs.skirmish.scene import boxes, shooting


@pytest.mark.parametrize("name", MAPS)
def test_rectangles_cover_exactly_the_blocked_cells(name):
    blocked = ~MAPS[name].walkable
    covered = np.zeros(blocked.shape, int)
    for x0, y0, x1, y1 in boxes(blocked):
        covered[int(x0) : int(x1), int(y0) : int(y1)] += 1
    assert np.array_equal(covered, blocked)


def test_the_cliff_is_on_the_stage():
    walls = make("skirmish-2c_vs_64zg").stage.walls
    assert (4.0, 12.0, 28.0, 14.0) in walls
    assert min(y0 for _, y0, _, _ in walls) == 5.0 and max(y1 for *_, y1 in walls) == 21.0


def test_who_began_a_shot_in_the_step_is_seen_to_shoot():
    task = make("skirmish-2s3z")
    state, _ = task.reset(jax.random.key(0))
    near = state.allies._replace(x=state.enemies.x - 4.0, y=state.enemies.y)
    at_first = jax.nn.one_hot(jnp.full(5, FIRST_ATTACK), task.spec.team.action_size)
    state, _ = jax.jit(task.step)(state._replace(allies=near), at_first)
    moment = task.shown(state)
    assert moment.aims[:2].tolist() == [5, 5], "both stalkers reach the first enemy"
    assert set(moment.aims[5:7].tolist()) <= set(range(5)), "theirs shoot back"


def test_the_dead_and_those_who_rest_do_not_shoot():
    task = make("skirmish-2s3z")
    side, numbers = task.reset(jax.random.key(0))[0].allies, task.fight.numbers[0]
    side = side._replace(shot_at=jnp.zeros(5, jnp.int32), ready=jnp.array([20.0, 10.0, 15.0, 0.0, 15.0]))
    side = side._replace(life=side.life.at[4].set(0.0))
    assert shooting(side, numbers).tolist() == [0, -1, 0, -1, -1]
    assert shooting(side._replace(flight=jnp.ones(5)), numbers).tolist() == [0, 0, 0, 0, -1]
