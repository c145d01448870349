"""Scenes: what a task shows, and how a recorded start becomes a state again."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.opponents import FrozenOpponents
from omarl.envs.particle.physics import in_plane
from omarl.envs.particle.tag import Tag
from omarl.envs.scenes import NO_BODIES, Moment, Scene, Stage, stage_of, start_finder

TASKS = {
    "spread": {"agents": 2},
    "line-spread": {"agents": 3},
    "tag-full": {},
    "world-full": {},
    "maze2d-medium": {},
    "maze2d-umaze": {"family": "pointmaze"},
}


@pytest.mark.parametrize("name", TASKS)
def test_the_first_observations_show_the_whole_start(name):
    task = make(name, **TASKS[name])
    state, obs = jax.jit(task.reset)(jax.random.key(0))
    found = task.start_from(obs)
    for field in state._fields:
        assert np.allclose(getattr(found, field), getattr(state, field), atol=1e-6), field


@pytest.mark.parametrize("name", TASKS)
def test_a_moment_has_a_place_for_everything_on_the_stage(name):
    task = make(name, **TASKS[name])
    stage = stage_of(task)
    moment = task.shown(jax.jit(task.reset)(jax.random.key(0))[0])
    assert moment.discs.shape == (len(stage.radius), 2) == (len(stage.kinds), 2)
    assert moment.landmarks.shape == (len(stage.landmark_radius), 2)
    assert moment.bodies.shape == (len(stage.body_radius), 4) == (0, 4)


@pytest.mark.parametrize("name", ["2s3z", "3s5z", "1c3s5z", "2c_vs_64zg"])
def test_a_skirmish_shows_all_units_whole_at_first(name):
    task = make(f"skirmish-{name}")
    stage, moment = stage_of(task), task.shown(task.reset(jax.random.key(0))[0])
    units = len(task.map.allies) + len(task.map.enemies)
    assert moment.discs.shape == (units, 2) and moment.aims.tolist() == [-1] * units
    assert len(stage.radius) == len(stage.kinds) == len(stage.types) == len(stage.corners) == units
    assert np.array_equal(moment.gauges[0], np.ones(units))
    assert moment.gauges[1].tolist() == [float(kind != "zergling") for kind in stage.types]
    assert start_finder(task) is None, "the delays of a recorded battle are not known"


def test_opponents_are_told_from_learners():
    hunt = FrozenOpponents(inner=Tag(), act=lambda obs: obs[:, :2], learners=3, name="tag", parameters={})
    assert stage_of(hunt).kinds == ("learner", "learner", "learner", "opponent")
    assert stage_of(hunt).radius == stage_of(Tag()).radius
    state, obs = jax.jit(hunt.reset)(jax.random.key(0))
    assert np.allclose(hunt.shown(hunt.start_from(obs)).discs, hunt.shown(state).discs, atol=1e-6)


def test_a_task_without_a_stage_cannot_be_drawn(toy):
    assert stage_of(toy) is None and start_finder(toy) is None
    behind = FrozenOpponents(inner=toy, act=lambda obs: obs[:, :1], learners=1, name="half", parameters={})
    assert stage_of(behind) is None


def test_points_on_a_line_are_laid_into_the_plane():
    assert np.array_equal(in_plane(jnp.array([[1.0], [2.0]])), [[1.0, 0.0], [2.0, 0.0]])
    assert np.array_equal(in_plane(jnp.array([[1.0, 3.0]])), [[1.0, 3.0]])


def test_the_beginning_of_a_scene_has_one_moment_more_than_steps():
    discs = np.arange(10.0).reshape(5, 1, 2)
    moments = Moment(discs, np.zeros((5, 0, 2)), np.broadcast_to(NO_BODIES, (5, 0, 4)))
    scene = Scene(Stage(radius=(1.0,)), moments, np.arange(4.0))
    assert np.array_equal(scene.until(2).moments.discs, discs[:3]) and scene.until(2).reward.tolist() == [
        0,
        1,
    ]
    assert len(scene.until(9).moments.discs) == 5
