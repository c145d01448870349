"""What every particle task promises, and what each of them pays."""

import json
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.particle.line_spread import LineSpread
from omarl.envs.particle.spread import Spread
from omarl.envs.particle.tag import Tag, straying
from omarl.envs.particle.world import World
from omarl.errors import RequestError

TASKS = {
    "spread": Spread(),
    "spread-1": Spread(agents=1),
    "spread-10": Spread(agents=10),
    "line": LineSpread(agents=5),
    "line-independent": LineSpread(agents=3, independent=True),
    "tag": Tag(),
    "world": World(),
}
ALIKE = ["spread", "spread-10", "line"]


def random_action(task, key, *batch):
    team = task.spec.team
    return jax.random.uniform(key, (*batch, team.agents, team.action_size), minval=-1.0)


@cache
def reset(task):
    return jax.jit(task.reset)


@cache
def step(task):
    return jax.jit(task.step)


@partial(jax.jit, static_argnums=(0, 1))
def play(task, episodes, key):
    """Uniformly random play: rewards [time, episodes, agents] and what else each step said."""
    reset_key, action_key = jax.random.split(key)
    state, _ = jax.vmap(task.reset)(jax.random.split(reset_key, episodes))
    actions = random_action(task, action_key, 25, episodes)
    return jax.lax.scan(jax.vmap(task.step), state, actions)[1]


@pytest.mark.parametrize("name", TASKS)
def test_an_episode_keeps_its_promises(name):
    task, spec = TASKS[name], TASKS[name].spec
    result = play(task, 64, jax.random.key(0))
    assert result.obs.shape == (25, 64, spec.team.agents, spec.team.observation_size)
    assert result.reward.shape == (25, 64, spec.team.agents)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(result))
    assert not result.terminal.any()
    np.testing.assert_array_equal(result.truncated.all(1), np.arange(1, 26) == spec.horizon)
    np.testing.assert_array_equal(result.truncated.any(1), np.arange(1, 26) == spec.horizon)


@pytest.mark.parametrize("name", TASKS)
def test_a_batch_of_episodes_is_each_of_them(name):
    task = TASKS[name]
    states = [reset(task)(jax.random.key(seed))[0] for seed in range(3)]
    action = random_action(task, jax.random.key(3), 3)
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *states)
    batch = jax.jit(jax.vmap(task.step))(stacked, action)
    for index, state in enumerate(states):
        episode = step(task)(state, action[index])
        for one, many in zip(jax.tree.leaves(episode), jax.tree.leaves(batch), strict=True):
            np.testing.assert_allclose(one, many[index], atol=2e-5)


@pytest.mark.parametrize("name", TASKS)
def test_everything_on_one_spot_is_finite(name):
    task = TASKS[name]
    state = jax.tree.map(np.zeros_like, reset(task)(jax.random.key(0))[0])
    still = np.zeros((task.spec.team.agents, task.spec.team.action_size), np.float32)
    state, result = step(task)(state, still)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((state, result)))


@pytest.mark.parametrize("name", ALIKE)
def test_permuting_agents_permutes_the_result(name):
    task = TASKS[name]
    state, _ = reset(task)(jax.random.key(4))
    state = state.replace(agent_position=0.4 * state.agent_position)
    action = random_action(task, jax.random.key(5))
    order = np.roll(np.arange(len(action)), 1)
    permuted = state.replace(
        agent_position=state.agent_position[order], agent_velocity=state.agent_velocity[order]
    )
    after, result = step(task)(state, action)
    after_permuted, result_permuted = step(task)(permuted, action[order])
    np.testing.assert_allclose(after_permuted.agent_position, after.agent_position[order], atol=1e-5)
    np.testing.assert_allclose(result_permuted.reward, result.reward[order], atol=1e-4)
    own = 2 + state.agent_position.shape[1] * len(state.landmark_position)  # no others
    np.testing.assert_allclose(result_permuted.obs[:, :own], result.obs[order, :own], atol=1e-5)


@pytest.mark.parametrize("name", TASKS)
def test_no_number_is_promoted_unawares(name):
    task = TASKS[name]
    with jax.numpy_dtype_promotion("strict"):
        state, _ = jax.eval_shape(task.reset, jax.random.key(0))
        state, result = jax.eval_shape(task.step, state, random_action(task, jax.random.key(0)))
    assert {leaf.dtype for leaf in (*state[:-1], result.obs, result.reward)} == {jnp.dtype("float32")}


@pytest.mark.parametrize("name", TASKS)
def test_a_spec_builds_its_task_again(name):
    spec = TASKS[name].spec
    again = make(spec.name, **json.loads(json.dumps(spec.parameters)))
    assert again == TASKS[name] and again.spec == spec


def test_uniformly_random_play_of_spread_returns_what_the_original_does():
    returns = play(Spread(), 4000, jax.random.key(0)).reward.sum(0).mean(1)
    np.testing.assert_allclose(returns.mean(), 162.0, atol=3.0)


def test_the_paper_normalises_three_tasks():
    assert Spread().spec.paper_reference.score(516.8) == pytest.approx(100.0)
    assert Spread(agents=4).spec.paper_reference is None


@pytest.mark.parametrize(("task", "side"), [(Spread(agents=3), 1.0), (Spread(agents=4), 2.0)])
def test_larger_teams_get_more_room(task, side):
    state, _ = jax.jit(jax.vmap(task.reset))(jax.random.split(jax.random.key(0), 500))
    np.testing.assert_allclose(np.abs(state.agent_position).max(), side, atol=0.01)
    np.testing.assert_allclose(np.abs(state.landmark_position).max(), side, atol=0.01)


def test_a_line_spread_by_hand():
    task = LineSpread(agents=2)
    state, obs = reset(task)(jax.random.key(0))
    state = state.replace(
        agent_position=[[0.0], [0.25]], agent_velocity=[[1.0], [0.0]], landmark_position=[[0.5], [-1.0]]
    )
    np.testing.assert_allclose(task.observe(state), [[1, 0, 0.5, -1, 0.25], [0, 0.25, 0.25, -1.25, -0.25]])
    np.testing.assert_allclose(task.reward(state), np.full(2, 1 / 0.25 + 1 / 1.0 - 5.0))
    assert obs.shape == (2, 5) and task.spec.team.action_sizes == (1, 1)
    alone = LineSpread(agents=2, independent=True)
    np.testing.assert_allclose(alone.reward(state), [1 / 0.5, 1 / 1.25])
    np.testing.assert_allclose(alone.observe(state), task.observe(state))


def test_leaving_the_arena_costs_the_prey():
    for position, cost in ((0.8, 0.0), (-0.95, 0.5), (1.5, np.e), (9.0, 10.0)):
        np.testing.assert_allclose(straying(jnp.array([position, 0.0])), cost, rtol=1e-5)


def test_the_prey_is_paid_for_food_touches_and_fear():
    task = World()
    state, _ = reset(task)(jax.random.key(0))
    state = state.replace(
        agent_position=[[0.5, 0.0], [0.0, 0.05], [0.0, 0.6], [0.0, 0.0]],
        landmark_position=[[5.0, 5.0], [0.0, -0.05], [4.0, 4.0], [0.0, 0.5], [5.0, 5.0]],
    )
    team = 5.0 - 0.1 * (0.5 + 0.05 + 0.6)
    expected = [team, team, team, -team + 2.0 + 0.05 * 0.05]
    np.testing.assert_allclose(task.reward(state), expected, rtol=1e-5)
    np.testing.assert_array_equal(task.observe(state)[:3, -2:], [[-1, -1], [-1, -1], [1, -1]])
    np.testing.assert_array_equal(task.observe(state)[3, 20:], [-1, -1, 0, 0])


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("spreed", {}, "unknown task 'spreed': choose one of halfcheetah-2x3, line-spread, maze2d-large"),
        ("spread", {"agent": 3}, "unknown parameter 'agent' of task 'spread': choose one of agents"),
        ("tag-full", {"agents": 3}, "unknown parameter 'agents' of task 'tag-full': it has none"),
        ("spread", {"agents": 0}, "agents=0: expected a whole number from 1 to 10"),
        ("spread", {"agents": 11}, "agents=11"),
        ("spread", {"agents": "3"}, "agents='3': task 'spread' expects int"),
        ("line-spread", {"agents": 6}, "from 1 to 5"),
        ("line-spread", {"independent": "yes"}, "independent='yes': .* expects bool"),
    ],
)
def test_a_task_that_does_not_exist_is_refused(name, parameters, message):
    with pytest.raises(RequestError, match=message):
        make(name, **parameters)
