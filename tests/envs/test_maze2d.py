"""Maze2D: every recorded step of MuJoCo is reproduced, and starts, goals and rewards are as defined."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.maze2d.ball import BALL_RADIUS
from omarl.envs.maze2d.task import BallState, Maze2D
from omarl.errors import RequestError

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
MAZES = {"umaze": 300, "medium": 600, "large": 800}
FAMILIES = ("d4rl", "pointmaze")
each_maze = pytest.mark.parametrize("maze", MAZES)
each_family = pytest.mark.parametrize("family", FAMILIES)


def at(position, velocity=(0.0, 0.0), goal=(0.0, 0.0), time=0) -> BallState:
    return BallState(jnp.array(position), jnp.array(velocity), jnp.array(goal), jnp.int32(time))


def one_step(task: Maze2D, recorded):
    rows = len(recorded["qpos"])
    state = BallState(
        jnp.asarray(recorded["qpos"]),
        jnp.asarray(recorded["qvel"]),
        jnp.broadcast_to(jnp.asarray(recorded["goal"], float), (rows, 2)),
        jnp.zeros(rows, jnp.int32),
    )
    return jax.jit(jax.vmap(task.step))(state, jnp.asarray(recorded["action"], float)[:, None])


@each_maze
@each_family
@pytest.mark.parametrize(("double", "tolerance"), [(False, 1e-4), (True, 1e-12)])
def test_a_step_is_that_of_mujoco(family, maze, double, tolerance):
    recorded = np.load(GOLDEN / f"{family}_{maze}.npz")
    assert (recorded["walls"] == 1).sum() > 30 and (recorded["walls"] == 2).any()
    with jax.enable_x64(double):
        state, told = one_step(make(f"maze2d-{maze}", family=family), recorded)
    assert state.position.dtype == (np.float64 if double else np.float32)
    close = {"rtol": 0, "atol": tolerance}
    np.testing.assert_allclose(state.position, recorded["next_qpos"], **close)
    np.testing.assert_allclose(state.velocity, recorded["next_qvel"], **close)
    np.testing.assert_allclose(told.obs[:, 0, :4], jnp.concatenate([state.position, state.velocity], 1))
    np.testing.assert_array_equal(told.reward[:, 0], recorded["reward"])


@each_maze
def test_the_walls_are_where_pointmaze_has_them(maze):
    walls = make(f"maze2d-{maze}", family="pointmaze").walls
    centre = (walls[:, :2] + walls[:, 2:]) / 2
    assert sorted(map(tuple, centre)) == sorted(
        map(tuple, np.load(GOLDEN / f"pointmaze_{maze}.npz")["wall_centre"])
    )
    np.testing.assert_allclose(walls[:, 2:] - walls[:, :2], 1.0)


def test_the_contacts_of_mujoco_2_are_softer():
    against_a_wall = at((1.0, 0.395), (0.0, -1.0))
    before, now = (make("maze2d-umaze", mujoco=version) for version in (2, 3))
    push = jnp.zeros((1, 2))
    assert (
        before.step(against_a_wall, push)[0].velocity[1]
        > now.step(against_a_wall, push)[0].velocity[1] + 0.01
    )


@pytest.fixture(scope="module")
def starts():
    """Two thousand starts of each task, drawn once."""
    made = {}
    for family in FAMILIES:
        for maze in MAZES:
            task = make(f"maze2d-{maze}", family=family)
            made[family, maze] = (
                task,
                *jax.jit(jax.vmap(task.reset))(jax.random.split(jax.random.key(0), 2000)),
            )
    return made


@each_maze
@each_family
def test_a_start_is_as_the_family_defines_it(starts, family, maze):
    task, state, obs = starts[family, maze]
    walls, rules = task.walls, task.constants
    gap = np.maximum(
        walls[None, :, :2] - state.position[:, None], state.position[:, None] - walls[None, :, 2:]
    )
    assert (gap.max(2) > BALL_RADIUS).all()
    spots = task.grid.free_spots
    near = np.abs(state.position[:, None] - spots[None]).max(2)
    assert (near.min(1) <= rules.start_noise + 1e-5).all() and near.min(1).max() > 0.9 * rules.start_noise
    share = np.bincount(near.argmin(1), minlength=len(spots)) / len(near)
    assert np.abs(share - 1 / len(spots)).max() < 0.5 / len(spots)
    assert state.velocity.std() == pytest.approx(rules.start_speed, rel=0.05)
    assert obs.shape == (2000, 1, task.spec.team.observation_size)


@each_maze
def test_d4rl_has_one_goal_and_starts_in_its_cell_too(starts, maze):
    _, state, obs = starts["d4rl", maze]
    goal = {"umaze": (1, 1), "medium": (6, 6), "large": (7, 9)}[maze]
    np.testing.assert_allclose(state.goal, np.broadcast_to(goal, state.goal.shape), atol=1e-6)
    assert (np.abs(state.position - state.goal).max(1) <= 0.1 + 1e-6).any()
    np.testing.assert_array_equal(obs[:, 0], jnp.concatenate([state.position, state.velocity], 1))


@each_maze
def test_pointmaze_draws_its_goal_and_keeps_the_start_away_from_it(starts, maze):
    task, state, obs = starts["pointmaze", maze]
    spots = task.grid.free_spots
    near = np.abs(state.goal[:, None] - spots[None]).max(2)
    assert near.min(1).max() <= 0.25 + 1e-6 and len(set(near.argmin(1))) == len(spots)
    start = np.abs(state.position[:, None] - spots[None]).max(2).argmin(1)
    assert np.linalg.norm(spots[start] - state.goal, axis=1).min() >= 0.5
    np.testing.assert_array_equal(obs[:, 0, 4:], state.goal)


@each_family
def test_what_is_paid(family):
    radius = {"d4rl": 0.5, "pointmaze": 0.45}[family]
    sparse, dense = (make("maze2d-umaze", family=family, reward=kind) for kind in ("sparse", "dense"))
    goal = jnp.array([1.0, 2.0])
    paid = [float(sparse.pays(goal + jnp.array([d, 0.0]), goal)) for d in (0.0, radius - 0.01, radius + 0.01)]
    assert paid == [1.0, 1.0, 0.0] and sparse.goal_radius == radius
    assert float(dense.pays(goal + jnp.array([0.3, 0.4]), goal)) == pytest.approx(np.exp(-0.5))


@each_maze
def test_only_the_time_limit_ends_an_episode(maze):
    task, limit = make(f"maze2d-{maze}"), MAZES[maze]
    there = task.grid.spots("G")[0]
    ends = [
        task.step(at(there, goal=there, time=time), jnp.zeros((1, 2)))[1]
        for time in (0, limit - 2, limit - 1)
    ]
    assert [bool(told.truncated) for told in ends] == [False, False, True]
    assert not any(told.terminal for told in ends) and all(told.reward[0] == 1 for told in ends)
    assert task.spec.horizon == limit


def test_the_velocity_is_clipped_before_the_step():
    task = make("maze2d-umaze")
    fast, clipped = (task.step(at((1.0, 2.0), (0.0, v)), jnp.zeros((1, 2)))[0] for v in (9.0, 5.0))
    np.testing.assert_array_equal(fast.velocity, clipped.velocity)
    assert 4.9 < fast.velocity[1] < 5.0


def test_an_action_is_clipped():
    task = make("maze2d-umaze")
    wide, clipped = (task.step(at((1.0, 2.0)), jnp.array([[0.0, a]]))[0] for a in (7.0, 1.0))
    np.testing.assert_array_equal(wide.velocity, clipped.velocity)
    assert clipped.velocity[1] == pytest.approx(0.01 * 100 / (4.18879 + 0.01), rel=1e-5)


@pytest.mark.parametrize(
    ("parameter", "value", "choices"),
    [
        ("family", "gym", "d4rl, pointmaze"),
        ("reward", "mixed", "dense, sparse"),
        ("mujoco", 4, "2, 3"),
    ],
)
def test_a_value_that_does_not_exist_is_refused(parameter, value, choices):
    with pytest.raises(RequestError, match=f"{value}.*choose one of {choices}"):
        make("maze2d-umaze", **{parameter: value})
