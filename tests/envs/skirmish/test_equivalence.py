"""Whole battles of scripted policies by smaclite's numbers, beside what smaclite was measured to do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.skirmish.endings import for_losses, fought
from omarl.envs.skirmish.scripts import SCRIPTS, script_shares
from omarl.errors import RequestError


@pytest.fixture(scope="module")
def task():
    return make("skirmish-2s3z", units="smaclite")


# smaclite 0d6abbe, 200 battles of each: mean return, length and enemies left; then the margins
@pytest.mark.parametrize(
    ("parts", "theirs", "margins"),
    [
        ({"random": 1.0}, (3.87, 43.7, 4.99), (0.5, 3.0, 0.4)),
        ({"random": 0.3, "nearest": 0.7}, (10.36, 38.5, 2.74), (1.0, 3.0, 0.4)),
    ],
)
def test_battles_end_as_in_smaclite(task, parts, theirs, margins):
    ours = fought(task, script_shares(**parts), jax.random.key(1), 500, for_losses)
    means = np.array([ours.returns.mean(), ours.length.mean(), ours.left.mean()])
    assert (np.abs(means - theirs) <= margins).all(), means


def near(task, allies, enemies):
    """A state with the first allies and the first enemies at these places, and the others far away."""
    state, _ = task.reset(jax.random.key(0))

    def placed(side, places, far):
        x, y = (
            jnp.full(5, value).at[: len(places)].set(jnp.array(places)[:, axis])
            for axis, value in enumerate(far)
        )
        return side._replace(x=x, y=y)

    return state._replace(
        allies=placed(state.allies, allies, (1.0, 9.0)), enemies=placed(state.enemies, enemies, (31.0, 23.0))
    )


def first_action(task, name, state):
    return int(SCRIPTS[name](state, task.legal(state), jax.random.key(0))[0])


def test_who_is_in_reach_is_attacked(task):
    state = near(task, [(10.0, 16.0)], [(13.0, 16.0), (10.0, 18.0)])
    weak = state._replace(enemies=state.enemies._replace(life=state.enemies.life.at[0].set(5.0)))
    assert first_action(task, "nearest", weak) == 6 + 1
    assert first_action(task, "focus", weak) == 6 + 0
    equal = state._replace(enemies=state.enemies._replace(life=jnp.full(5, 50.0), shield=jnp.full(5, 50.0)))
    assert first_action(task, "focus", equal) == 6 + 1  # of equally weak ones the nearest


def test_the_way_is_along_the_longer_axis_first(task):
    for (dx, dy), action in {(9, 2): 4, (-9, 2): 5, (2, 7): 2, (2, -7): 3, (7, 7): 2}.items():
        assert first_action(task, "nearest", near(task, [(16.0, 16.0)], [(16.0 + dx, 16.0 + dy)])) == action


def test_a_blocked_way_leads_along_the_other_axis_or_nowhere(task):
    edge = near(task, [(16.0, 23.5)], [(15.0, 31.0)])  # north is a wall; the enemy is made up beyond it
    assert first_action(task, "nearest", edge) == 5
    straight = near(task, [(16.0, 23.5)], [(16.0, 31.0)])
    assert first_action(task, "nearest", straight) == 1


def test_the_dead_do_nothing_and_victors_stop(task):
    state = near(task, [(10.0, 16.0)], [(13.0, 16.0)])
    dead = state._replace(allies=state.allies._replace(life=state.allies.life.at[0].set(0.0)))
    over = state._replace(enemies=state.enemies._replace(life=state.enemies.life * 0.0))
    for name in SCRIPTS:
        assert first_action(task, name, dead) == 0
    assert first_action(task, "nearest", over) == first_action(task, "focus", over) == 1


def test_an_unknown_script_names_the_known_ones():
    with pytest.raises(RequestError, match="focus, nearest, random"):
        script_shares(furthest=1.0)
