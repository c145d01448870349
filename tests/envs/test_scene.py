"""Scenes: a recorded episode's start becomes a state again, from which it can be played."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.opponents import FrozenOpponents
from omarl.envs.particle.tag import Tag
from omarl.envs.scenes import full_task, in_plane, scene_player, start_of_episode

TASKS = {
    "spread": {"agents": 2},
    "line-spread": {"agents": 3},
    "tag-full": {},
    "world-full": {},
}


@pytest.mark.parametrize("name", TASKS)
def test_the_first_observations_show_the_whole_start(name):
    task = make(name, **TASKS[name])
    state, obs = jax.jit(task.reset)(jax.random.key(0))
    found = start_of_episode(full_task(task), obs)
    for field in state.__dataclass_fields__ if hasattr(state, "__dataclass_fields__") else state._fields:
        assert np.allclose(getattr(found, field), getattr(state, field), atol=1e-6), field


def test_the_full_task_is_behind_a_frozen_opponent_and_missing_elsewhere():
    hunt = FrozenOpponents(inner=Tag(), act=lambda obs: obs[:, :2], learners=3, name="tag", parameters={})
    assert full_task(hunt) == Tag()
    assert full_task(object()) is None


def test_a_recorded_episode_plays_again():
    task = make("spread", agents=2)
    state, obs = jax.jit(task.reset)(jax.random.key(1))
    actions = jax.random.uniform(jax.random.key(2), (25, 2, 2), minval=-1.0, maxval=1.0)
    _, (positions, rewards) = jax.lax.scan(
        lambda s, a: (lambda out: (out[0], (out[0].agent_position, out[1].reward)))(task.step(s, a)),
        state,
        actions,
    )
    play = scene_player(task, task, lambda recorded, step, seen: recorded[step])
    scene = play(actions, start_of_episode(task, obs))
    assert scene.agents.shape == (26, 2, 2) and scene.landmarks.shape == (2, 2)
    assert np.allclose(scene.agents[0], state.agent_position, atol=1e-6)
    assert np.allclose(scene.agents[1:], positions, atol=1e-4)
    assert np.allclose(scene.reward, np.asarray(rewards).mean(1), atol=1e-3)


def test_a_policy_sees_what_the_state_shows():
    task = make("spread", agents=2)
    state, _ = jax.jit(task.reset)(jax.random.key(1))
    scene = scene_player(task, task, lambda gain, _, seen: jnp.clip(gain * seen[:, 4:6], -1.0, 1.0))(
        10, state
    )
    distance = np.linalg.norm(scene.agents - scene.landmarks[None, :1], axis=-1)
    assert (distance[-1] < 0.5).all() and distance[0].max() > 0.5


def test_points_on_a_line_are_laid_into_the_plane():
    assert np.array_equal(in_plane(np.array([[1.0], [2.0]])), [[1.0, 0.0], [2.0, 0.0]])
    assert np.array_equal(in_plane(np.array([[1.0, 3.0]])), [[1.0, 3.0]])
