"""Episodes to look at: who plays, from where, and what is written."""

import json
from dataclasses import asdict

import jax
import numpy as np
import pytest
from toys.runner import Runner

from omarl.algos.td3 import TD3Config, td3
from omarl.data.dataset import Dataset, Metadata
from omarl.envs import make
from omarl.envs.scenes import Moment, Scene, Stage
from omarl.runs import pictures
from omarl.runs.pictures import beside_data, from_fresh_start, trajectories, trajectory


def walk(steps, **stage):
    """A disc that walks along x, paid 1 in the first step, 2 in the second, and so on."""
    discs = np.stack([np.arange(steps + 1.0), np.zeros(steps + 1)], -1)[:, None]
    moments = Moment(discs, np.zeros((steps + 1, 1, 2)), np.zeros((steps + 1, 0, 4)))
    return Scene(
        Stage(kinds=("learner",), radius=(0.1,), landmark_radius=(0.2,), **stage),
        moments,
        1 + np.arange(steps),
    )


def learner(task):
    algorithm = td3(TD3Config(hidden=(8,), batch_size=4), task.spec.team)
    return algorithm, jax.vmap(algorithm.init)(jax.random.split(jax.random.key(0), 2)).actor


def recorded(task, start, rows, ends):
    """Random actions after the first observations `start`; episodes end after the rows `ends`."""
    team = task.spec.team
    action = np.random.default_rng(0).uniform(-1, 1, (rows, *team.action_mask.shape)).astype(np.float32)
    obs = np.zeros((rows + len(ends), team.agents, team.observation_size), np.float32)
    obs[0] = start
    over = np.isin(np.arange(rows), ends)
    return Dataset(Metadata(id="x", team=team), obs, action, action[..., 0], over & False, over)


@pytest.mark.parametrize(("steps", "every"), [(25, 1), (400, 1), (401, 2), (1000, 3)])
def test_long_episodes_are_thinned_and_no_reward_is_lost(steps, every):
    found = trajectory("x", walk(steps))
    assert found["every"] == every and found["steps"] == steps
    places = [frame[0][0] for frame in found["agents"]]
    assert places == [*range(0, steps, every), steps] and len(places) <= pictures.FRAMES + 1
    assert found["return"] == sum(found["reward"]) == steps * (steps + 1) / 2
    assert found["reward"][0] == sum(range(1, every + 1)) and len(found["reward"]) == len(places) - 1
    assert found["landmarks"] == [[0.0, 0.0]], "what stands still is written once"


def test_a_goal_that_moves_is_written_at_every_frame():
    scene = walk(2)
    goal = np.array([[[0.0, 0.0]], [[0.0, 0.0]], [[1.0, 0.0]]])
    found = trajectory("x", scene._replace(moments=scene.moments._replace(landmarks=goal)))
    assert found["landmarks"] == goal.tolist()


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e7])
def test_a_simulation_that_became_unstable_is_seen_until_then(value):
    scene = walk(6)
    scene.moments.discs[4, 0, 1] = value
    found = trajectory("x", scene)
    assert (found["steps"], found["return"], len(found["agents"])) == (3, 6.0, 4)
    json.dumps(found, allow_nan=False)


def test_the_stage_is_written_with_the_episode():
    scene = walk(2, walls=((0.0, 0.0, 1.0, 2.0),), trail=None, width=3.0)
    found = json.loads(json.dumps(trajectory("x", scene)))
    stage = {name: value for name, value in asdict(scene.stage).items() if name not in pictures.ONLY_IF_ANY}
    assert {name: found[name] for name in stage} == json.loads(json.dumps(stage))
    assert not set(found) & set(pictures.ONLY_IF_ANY), "files of other tasks stay as they are"


def test_gauges_and_aims_are_written_and_only_nothing_is_zero():
    scene = walk(2, types=("tank",), corners=(5,), margin=1.0)
    gauges = np.array([[[1.0]], [[0.0012]], [[0.0]]])
    moments = scene.moments._replace(gauges=gauges, aims=np.array([[-1], [0], [0]]))
    found = json.loads(json.dumps(trajectory("x", scene._replace(moments=moments))))
    assert found["gauges"] == [[[1.0]], [[0.01]], [[0.0]]] and found["aims"] == [[-1], [0], [0]]
    assert (found["types"], found["corners"], found["margin"]) == (["tank"], [5], 1.0)


def test_a_file_holds_only_as_many_episodes_as_can_be_read(monkeypatch):
    one = len(json.dumps(trajectory("a", walk(5))))
    monkeypatch.setattr(pictures, "BYTES", 2 * one + 10)
    scenes = [(name, walk(5)) for name in "abc"]
    assert [each["label"] for each in trajectories(iter(scenes))] == ["a", "b"]
    monkeypatch.setattr(pictures, "BYTES", 1)
    assert [each["label"] for each in trajectories(iter(scenes))] == ["a"]


def test_a_maze_is_entered_where_the_data_begin():
    task = make("maze2d-umaze")
    algorithm, actors = learner(task)
    start = np.array([[3.0, 1.1, 0.5, 0.0]], np.float32)
    episodes = beside_data(task, algorithm, "td3")(recorded(task, start, 150, [99, 149]), actors, (4, 7))
    assert [each["label"] for each in episodes] == ["behaviour", "td3, seed 4", "td3, seed 7"]
    assert all(each["agents"][0] == [[3.0, 1.1]] for each in episodes)
    assert all(each["agents"][1][0] == pytest.approx([3.005, 1.1], abs=2e-3) for each in episodes)
    assert len({str(each["agents"]) for each in episodes}) == 3
    assert [each["steps"] for each in episodes] == [100, 300, 300], "no further than the data's first episode"
    assert episodes[0]["trail"] is None
    assert len(episodes[0]["walls"]) == int(task.grid.wall.sum())


def test_on_the_host_every_policy_plays_from_one_fresh_start():
    task = Runner()
    algorithm, actors = learner(task)
    data = recorded(task, 0.0, 20, [19])
    episodes = beside_data(task, algorithm, "td3")(data, actors, (0, 1))
    assert [each["label"] for each in episodes] == ["td3, seed 0", "td3, seed 1"]
    assert episodes[0]["bodies"][0] == episodes[1]["bodies"][0]
    assert episodes[0]["bodies"] != episodes[1]["bodies"] and len(episodes[0]["bodies"]) == 21
    assert episodes == from_fresh_start(task, jax.random.key(0), algorithm, actors, (0, 1), "td3")
    assert (episodes[0]["body_agent"], episodes[0]["width"]) == ((None, 1), 4.0)


def test_a_task_that_cannot_be_drawn_gives_nothing(toy):
    algorithm, actors = learner(toy)
    assert beside_data(toy, algorithm, "td3")(recorded(toy, 0.0, 4, [3]), actors, (0,)) == []
    assert from_fresh_start(toy, jax.random.key(0), algorithm, actors, (0,), "td3") == []
