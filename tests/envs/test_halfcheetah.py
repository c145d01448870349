"""HalfCheetah on the host: equal to recordings of the original, and to Gymnasium-Robotics' own."""

import contextlib
import io
from importlib import import_module
from pathlib import Path

import jax
import numpy as np
import pytest

from omarl.algos.td3 import td3
from omarl.collecting.recipes import recipe_for
from omarl.collecting.shipped import shipped_levels
from omarl.envs import make
from omarl.envs.host.foreign import ForeignTask, Maker
from omarl.envs.host.halfcheetah import HalfCheetah
from omarl.errors import RequestError
from omarl.play.episodes import play
from omarl.play.host import seeds_of_episodes
from omarl.play.policies import greedy, ready, uniform_policy

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "halfcheetah_2x3.npz"
MAMUJOCO = "gymnasium_robotics.envs.multiagent_mujoco.mamujoco_v1"
HERE = pytest.mark.filterwarnings("default")  # Gymnasium-Robotics and its friends warn of themselves


@pytest.fixture(scope="module")
def golden():
    return dict(np.load(GOLDEN, allow_pickle=False))


def recorded_on_this_version(golden):
    import mujoco

    return any(mujoco.__version__ in str(entry) for entry in golden["versions"].ravel().tolist())


def close(golden):
    """Recorded numbers come again to the bit with the version that recorded them, else nearly."""
    return 0.0 if recorded_on_this_version(golden) else 1e-9


def test_a_step_reproduces_the_original(golden):
    task = HalfCheetah()
    task.reset([0] * len(golden["t"]))
    task.qpos[:], task.qvel[:], task.warm_start[:] = golden["qpos"], golden["qvel"], golden["warmstart"]
    told = task.step(golden["action"], np.ones(len(golden["t"]), bool))
    for name, values in {
        "next_qpos": task.qpos,
        "next_qvel": task.qvel,
        "next_warmstart": task.warm_start,
    }.items():
        scale = 1e4 if name == "next_warmstart" else 1.0  # accelerations are larger and less exact
        np.testing.assert_allclose(values, golden[name], rtol=0, atol=scale * close(golden))
    np.testing.assert_array_equal(told.reward, golden["reward"].astype(np.float32))
    np.testing.assert_array_equal(told.obs, golden["next_obs"].astype(np.float32))


def test_episodes_start_where_the_original_does(golden):
    task = HalfCheetah()
    task.reset(golden["reset_seed"].tolist())
    np.testing.assert_array_equal(np.concatenate([task.qpos, task.qvel], 1), golden["reset_state"])


@pytest.mark.parametrize("reach", [0, 1, 2])
@HERE
def test_whole_episodes_equal_those_of_gymnasium_robotics(reach, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo leaves a log there about their model file
    original = {"scenario": "HalfCheetah", "agent_conf": "2x3", "agent_obsk": reach, "global_categories": ()}
    with contextlib.redirect_stderr(io.StringIO()):
        theirs = ForeignTask(Maker(MAMUJOCO, "parallel_env", original), "theirs", {}, copies=2, workers=0)
        policy, key = ready(theirs, uniform_policy(theirs.spec.team)), jax.random.key(reach)
        expected = play(theirs, policy, key, 2)
    ours = play(make("halfcheetah-2x3", agent_obsk=reach), policy, key, 2)
    assert len(ours.action) == 2000
    for name in ("obs", "action", "reward", "terminal", "truncated"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize("reach", [-1, 3])
def test_a_reach_that_does_not_exist_is_refused(reach):
    with pytest.raises(RequestError, match=f"agent_obsk={reach} .* expected 0, 1 or 2"):
        make("halfcheetah-2x3", agent_obsk=reach)


def test_an_unstable_simulation_ends_its_episode_and_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo itself leaves a log there
    task = HalfCheetah()
    before = task.reset([1, 2]).obs
    task.qvel[1] = 1e9
    with pytest.warns(RuntimeWarning, match="unstable in step 1, 1 episodes end there"):
        told = task.step(np.zeros((2, 2, 3)), np.ones(2, bool))
    np.testing.assert_array_equal(told.truncated, [False, True])
    np.testing.assert_array_equal(told.obs[1], before[1])
    np.testing.assert_array_equal(told.reward[1], 0.0)
    assert np.isfinite(told.obs).all() and not told.terminal.any()
    told = task.step(np.zeros((2, 2, 3)), np.array([True, False]))
    assert np.isfinite(told.obs).all() and not told.truncated[0]


def test_actions_are_clipped_by_the_motors_and_paid_for_in_full():
    task = HalfCheetah()
    task.reset([3, 3])
    told = task.step(np.stack([np.ones((2, 3)), np.full((2, 3), 2.0)]), np.ones(2, bool))
    np.testing.assert_array_equal(told.obs[0], told.obs[1])
    np.testing.assert_allclose(told.reward[0] - told.reward[1], 0.1 * 6 * 3, rtol=1e-6)


def test_an_episode_depends_on_its_seed_alone():
    task = HalfCheetah()
    alone, beside = task.reset([5]).obs, task.reset([4, 5, 6]).obs
    np.testing.assert_array_equal(alone[0], beside[1])


def test_no_log_is_left_behind(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    HalfCheetah().reset([0])
    assert not list(tmp_path.iterdir()) and capfd.readouterr() == ("", "")


def test_data_and_records_will_name_mujocos_version():
    import mujoco

    assert make("halfcheetah-2x3").spec.simulator == {"mujoco": mujoco.__version__}


@HERE
def test_a_shipped_policy_returns_the_same_in_gymnasium_robotics(tmp_path, monkeypatch):
    ours = make("halfcheetah-2x3")
    recipe = recipe_for(ours.spec)
    actor = shipped_levels(ours.spec, recipe, 0)["medium"].policy.actor
    policy = jax.jit(greedy(td3(recipe.learner, ours.spec.team), actor))
    played = play(ours, policy, jax.random.key(3), 1)
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stderr(io.StringIO()):
        env = import_module(MAMUJOCO).parallel_env("HalfCheetah", "2x3", agent_obsk=0, global_categories=())
    seen, _ = env.reset(seed=seeds_of_episodes(jax.random.key(3), 0, 1)[0])
    total, legal = 0.0, np.ones((1, 2, 3), bool)
    while env.agents:
        obs = np.stack([seen["agent_0"], seen["agent_1"]])[None].astype(np.float32)
        action = np.asarray(policy(obs, legal, jax.random.key(0)))[0]
        seen, reward, *_ = env.step({"agent_0": action[0], "agent_1": action[1]})
        total += reward["agent_0"]
    assert total > 1000
    np.testing.assert_allclose(played.returns[0], total, rtol=1e-6)
