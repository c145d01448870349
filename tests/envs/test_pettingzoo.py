"""Every task passes PettingZoo's own tests, and the form adds nothing to the task."""

import importlib
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import omarl.envs.pettingzoo
from omarl.envs import make
from omarl.envs.opponents import FrozenOpponents
from omarl.envs.pettingzoo import action_space, pack_actions, parallel_env
from omarl.errors import RequestError
from omarl.nets.mlp import Normalisation, mlp, moments
from omarl.nets.policy_file import save_frozen_policy
from omarl.types import TeamSpec

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PettingZoo 1.27 imports its own deprecated modules
    from pettingzoo.test import parallel_api_test, parallel_seed_test


def a_prey(folder, size):
    path = folder / "prey.safetensors"
    network = mlp(jax.random.key(0), (size, 8, 2), Normalisation())
    save_frozen_policy(path, network, moments(jnp.zeros((2, size))), made_by={})
    return path


TASKS = {
    "spread": lambda folder: make("spread"),
    "line-spread": lambda folder: make("line-spread", agents=2),
    "tag-full": lambda folder: make("tag-full"),
    "world-full": lambda folder: make("world-full"),
    "tag": lambda folder: make("tag", prey=a_prey(folder, 14)),
    "world": lambda folder: make("world", prey=a_prey(folder, 22)),
}


@pytest.mark.parametrize("name", TASKS)
def test_pettingzoos_own_tests_pass(name, tmp_path):
    task = TASKS[name](tmp_path)
    parallel_api_test(parallel_env(task), num_cycles=60)
    parallel_seed_test(lambda: parallel_env(task), num_cycles=60)


def test_an_episode_is_that_of_the_task():
    task = make("tag-full")
    env = parallel_env(task)
    obs, _ = env.reset(seed=3)
    state, expected = jax.jit(task.reset)(jax.random.split(jax.random.key(3))[1])
    rng, step = np.random.default_rng(0), jax.jit(task.step)
    for time in range(25):
        for agent, size in enumerate((16, 16, 16, 14)):
            np.testing.assert_allclose(obs[f"agent_{agent}"], expected[agent, :size], atol=1e-5)
        actions = rng.uniform(-1, 1, (4, 2)).astype(np.float32)
        obs, reward, terminal, truncated, _ = env.step({f"agent_{i}": a for i, a in enumerate(actions)})
        state, result = step(state, jnp.asarray(actions))
        expected = result.obs
        np.testing.assert_allclose(list(reward.values()), result.reward, atol=1e-4)
        assert not any(terminal.values())
        assert set(truncated.values()) == {time == 24}
    assert env.agents == []


def test_without_a_seed_episodes_differ():
    env = parallel_env(make("spread"))
    first, second = env.reset(seed=0)[0], env.reset()[0]
    assert not np.array_equal(first["agent_0"], second["agent_0"])
    np.testing.assert_array_equal(env.reset(seed=0)[0]["agent_0"], first["agent_0"])


def test_a_step_that_cannot_be_taken_is_refused():
    env = parallel_env(make("spread", agents=2))
    with pytest.raises(RequestError, match="reset"):
        env.step({})
    env.reset()
    with pytest.raises(RequestError, match="agent_1"):
        env.step({"agent_0": np.zeros(2)})
    with pytest.raises(RequestError, match="expected 2 numbers"):
        env.step({"agent_0": np.zeros(2), "agent_1": np.zeros(3)})


def test_choices_become_one_hot_vectors_of_the_padded_team():
    team = TeamSpec(observation_sizes=(1, 1), action_sizes=(2, 3), action_kind="discrete")
    np.testing.assert_array_equal(pack_actions(team, {0: 1, 1: 2}), [[0, 1, 0], [0, 0, 1]])
    assert action_space("discrete", 3).n == 3


def test_a_true_end_is_a_termination():
    class Ending:
        """Spread, ended by its first step."""

        spec = make("spread").spec
        reset = staticmethod(make("spread").reset)

        @staticmethod
        def step(state, action):
            state, result = make("spread").step(state, action)
            return state, result._replace(terminal=jnp.array(True))

    env = parallel_env(Ending())
    env.reset()
    _, _, terminal, truncated, _ = env.step({agent: np.zeros(2) for agent in env.agents})
    assert all(terminal.values()) and not any(truncated.values()) and env.agents == []


def test_opponents_are_not_agents_of_the_environment():
    wrapped = FrozenOpponents(inner=make("tag-full"), act=lambda obs: obs[:, :2], learners=3, name="tag")
    assert parallel_env(wrapped).possible_agents == ["agent_0", "agent_1", "agent_2"]


def test_a_task_on_the_host_is_refused():
    with pytest.raises(RequestError, match="halfcheetah-2x3 is not a task in JAX"):
        parallel_env(make("halfcheetah-2x3"))


def test_without_pettingzoo_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pettingzoo", None)
    with pytest.raises(RequestError, match=r"pettingzoo: install omarl\[envs\]"):
        importlib.reload(omarl.envs.pettingzoo)
    monkeypatch.undo()
    importlib.reload(omarl.envs.pettingzoo)
