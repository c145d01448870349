"""Our maze beside PointMaze of Gymnasium-Robotics, stepped with the same actions from the same start."""

import contextlib
import io
import tempfile
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.maze2d.task import BallState

STEPS = 300


@pytest.fixture
def point_maze(tmp_path, monkeypatch):
    """PointMaze_Medium-v3; what it prints at import and the model file that it leaves are caught."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from gymnasium_robotics.envs.maze.maps import MEDIUM_MAZE
        from gymnasium_robotics.envs.maze.point_maze import PointMazeEnv

        env = PointMazeEnv(MEDIUM_MAZE)
    yield env
    env.close()


def test_an_episode_goes_as_in_pointmaze(point_maze):
    seen, _ = point_maze.reset(seed=3)
    task = make("maze2d-medium", family="pointmaze")
    pushes = np.random.default_rng(0).uniform(-1.2, 1.2, (STEPS // 20, 2)).repeat(20, 0)
    theirs = [point_maze.step(push) for push in pushes]
    start = seen["observation"]
    with jax.enable_x64(True):
        goal = jnp.asarray(seen["desired_goal"])
        state = BallState(jnp.asarray(start[:2]), jnp.asarray(start[2:]), goal, jnp.int32(0))
        _, told = jax.jit(lambda first, actions: jax.lax.scan(task.step, first, actions))(
            state, jnp.asarray(pushes)[:, None]
        )
    flat = np.array([np.concatenate([obs["observation"], obs["desired_goal"]]) for obs, *_ in theirs])
    walls = task.walls
    gap = np.maximum(walls[None, :, :2] - flat[:, None, :2], flat[:, None, :2] - walls[None, :, 2:]).max(2)
    assert (gap.min(1) < 0.1).sum() > 20  # the ball does press against walls
    np.testing.assert_allclose(told.obs[:, 0], flat, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(told.reward[:, 0], [reward for _, reward, *_ in theirs])
    assert not told.terminal.any() and not any(terminated for _, _, terminated, *_ in theirs)
