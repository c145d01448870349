"""The waypoint controller: its plans, its data step by step, and what it returns."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.collecting.datasets import collect_datasets
from omarl.collecting.maze_returns import controlled_returns
from omarl.data.episodes import before
from omarl.data.store import load
from omarl.data.validate import validate
from omarl.envs import make
from omarl.envs.maze2d.planner import next_cells
from omarl.envs.maze2d.task import BallState
from omarl.envs.maze2d.waypoints import WaypointController
from omarl.errors import RequestError

ROWS = 7_000


def distances(wall: np.ndarray, goal: int) -> np.ndarray:
    """The number of moves from each cell to the goal, by spreading from it; infinite without a way."""
    found, height = np.full(wall.size, np.inf), wall.shape[1]
    found[goal], edge = 0, [goal]
    for cell in edge:
        for near in (cell - 1, cell + 1, cell - height, cell + height):
            if not wall.reshape(-1)[near] and np.isinf(found[near]):
                found[near] = found[cell] + 1
                edge.append(near)
    return found


@pytest.mark.parametrize("maze", ["umaze", "medium", "large"])
def test_a_plan_is_a_shortest_way(maze):
    wall = make(f"maze2d-{maze}").grid.wall
    following, free = next_cells(wall), np.flatnonzero(~wall)
    for goal in free:
        left = distances(wall, goal)
        np.testing.assert_array_equal(left[following[goal, free]], np.maximum(left[free] - 1, 0))
    assert not wall.reshape(-1)[following[free[:, None], free]].any()


def test_of_two_ways_the_first_move_is_taken():
    square = np.pad(np.zeros((2, 2), bool), 1, constant_values=True)
    opposite, start = 2 * 4 + 2, 1 * 4 + 1
    assert next_cells(square)[opposite, start] == 1 * 4 + 2  # along y before along x


@pytest.fixture(scope="module", params=["d4rl", "pointmaze"])
def collected(request, tmp_path_factory):
    """A dataset of each family, with its task."""
    task = make("maze2d-umaze", family=request.param)
    path = tmp_path_factory.mktemp("maze") / "waypoint"
    collect_datasets(task, {"waypoint": path}, ROWS, 1)
    return task, load(path)


def test_every_row_is_a_step_of_the_task_paid_for_the_observation_before_it(collected):
    task, data = collected
    index = before(data)
    first, after = (jnp.asarray(data.obs[rows, 0]) for rows in (index, index + 1))
    goal = first[:, 4:] if task.constants.shows_goal else jnp.broadcast_to(jnp.array([1.0, 1.0]), (ROWS, 2))
    state = BallState(first[:, :2], first[:, 2:4], goal, jnp.zeros(ROWS, jnp.int32))
    moved, _ = jax.jit(jax.vmap(task.step))(state, jnp.asarray(data.action))
    np.testing.assert_allclose(moved.position, after[:, :2], atol=1e-5)
    np.testing.assert_allclose(moved.velocity, after[:, 2:4], atol=1e-3)
    near = np.linalg.norm(first[:, :2] - goal, axis=1) <= task.goal_radius
    np.testing.assert_array_equal(data.reward[:, 0], near)
    assert 0.01 < near.mean() < 0.5


def test_an_episode_is_the_way_to_one_goal_and_the_ball_carries_on(collected):
    task, data = collected
    assert [finding for finding in validate(data) if finding.severity == "error"] == []
    assert data.rows == ROWS and not data.terminal.any()
    last = before(data)[np.asarray(data.truncated)]
    places = np.asarray(data.obs[last[:-1], 0, :2])
    gap = np.linalg.norm(places[:, None] - task.grid.free_spots[None], axis=2)
    lengths = np.diff(np.flatnonzero(data.truncated), prepend=-1)
    cut = (lengths[:-1] == task.spec.horizon) | (gap.min(1) >= 0.1)
    assert lengths.max() <= task.spec.horizon and cut.sum() <= 2, "the recordings of both balls end somewhere"
    assert len(set(gap.argmin(1))) == len(task.grid.free_spots), "goals are everywhere"
    follows = (data.obs[last[:-1] + 1, 0, :4] == data.obs[last[:-1] + 2, 0, :4]).all(1)
    assert (~follows).sum() <= 1, "only the second ball begins elsewhere"


def test_the_goal_of_pointmaze_is_the_one_that_is_pursued():
    task = make("maze2d-umaze", family="pointmaze")
    spot = jnp.asarray(task.grid.free_spots[2])
    goals = jax.vmap(task.goal_near, (0, None))(jax.random.split(jax.random.key(0), 50), spot)
    gap = np.abs(goals - spot[None]).max(0)
    assert ((gap > 0.15) & (gap <= 0.25)).all()
    fixed = make("maze2d-umaze").goal_near(jax.random.key(0), spot)
    np.testing.assert_allclose(fixed, [1.0, 1.0], atol=1e-6)


def test_the_same_seed_makes_the_same_data(tmp_path):
    task = make("maze2d-umaze")
    for name, seed in (("one", 0), ("same", 0), ("other", 1)):
        collect_datasets(task, {"waypoint": tmp_path / name}, 300, seed)
    one, same, other = (load(tmp_path / name).obs for name in ("one", "same", "other"))
    assert np.array_equal(one, same) and not np.array_equal(one[:100], other[:100])


def test_a_controller_that_keeps_its_first_plan_often_earns_nothing():
    controller = WaypointController(make("maze2d-umaze"))
    keys = jax.random.split(jax.random.key(0), 4)
    anew, kept = (
        np.asarray(jax.vmap(partial(controlled_returns, controller, episodes=16, plan_again=again))(keys))
        for again in (True, False)
    )
    assert anew.min() > 50 and anew.mean() == pytest.approx(223, abs=20)
    assert (kept == 0).mean() > 0.1 and kept.mean() < anew.mean() - 20


def test_a_task_without_a_controller_says_what_it_has(tmp_path):
    with pytest.raises(
        RequestError, match="unknown quality of spread 'waypoint': choose one of expert, medium"
    ):
        collect_datasets(make("spread"), {"waypoint": tmp_path / "none"}, 100, 0)
    assert not [*tmp_path.iterdir()]
