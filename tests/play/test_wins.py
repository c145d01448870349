"""Wins: a task says for each episode whether it was won, on the device and on the host alike."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toys.battles import Battle, HostBattle
from toys.runner import Runner

from omarl.algos.td3 import TD3Config, td3
from omarl.envs import make
from omarl.envs.host.adapter import gathered
from omarl.envs.opponents import FrozenOpponents
from omarl.envs.registry import TASKS as REGISTERED
from omarl.play.device import play_on_device
from omarl.play.episodes import play_steps
from omarl.play.judge import simulator
from omarl.play.policies import greedy
from omarl.play.steps import Steps, lived_episodes

TASKS = [Battle(), HostBattle(), HostBattle(copies=100)]


def steady(action):
    """A policy that always does the same."""
    return lambda obs, legal, key: jnp.full(legal.shape, action)


@pytest.mark.parametrize("task", TASKS, ids=["device", "host", "wide host"])
def test_every_member_and_episode_says_whether_it_was_won(task):
    actions = jnp.array([-1.0, 0.2, 1.0])
    outcomes = simulator(task, steady, 400)(actions, jax.random.split(jax.random.key(0), 3))
    assert outcomes.returns.shape == outcomes.won.shape == (3, 400)
    assert outcomes.win_rates[0] == 0.0 and outcomes.win_rates[2] == 1.0
    assert outcomes.win_rates[1] == pytest.approx(0.6, abs=0.1)
    expected = np.where(outcomes.won[1], 0.2, 0.6)  # a battle that is won has one step, a lost one has three
    np.testing.assert_allclose(outcomes.returns[1], expected, rtol=1e-5)


def test_play_stops_when_all_episodes_are_over_for_all_members_together():
    """The winners have one step of three. Alone nothing is recorded after it, beside losers there is."""

    def one(action, key):
        return play_on_device(Battle(), steady(action), key, 4)

    keys = jax.random.split(jax.random.key(0), 2)
    alone = [one(action, key) for action, key in zip((1.0, -1.0), keys, strict=True)]
    together = jax.vmap(one)(jnp.array([1.0, -1.0]), keys)
    assert alone[0].alive.sum() == 4 and not alone[0].obs[:, 2:].any() and alone[1].obs[:, 2:].any()
    for member, lonely in enumerate(alone):
        beside = Steps(*(None if field is None else field[member] for field in together))
        for one_of, field in zip(lived_episodes(beside), lived_episodes(lonely), strict=True):
            np.testing.assert_array_equal(one_of, field)
    assert together.obs[0, :, 2:].any()


def test_what_is_told_after_an_episodes_end_wins_nothing():
    policy = lambda obs, legal, key: jnp.where(obs[..., :1] == 1, 1.0, -1.0)  # noqa: E731  (wins in step 2)
    steps = play_on_device(Battle(), policy, jax.random.key(0), 5)
    assert np.array_equal(steps.won.sum(1), [1] * 5) and steps.outcomes.won.all()
    late = steps._replace(alive=steps.alive & (jnp.arange(3) != 1)[None])
    assert not late.outcomes.won.any()


@pytest.mark.parametrize("task", [make("spread", agents=2), Runner()], ids=["device", "host"])
def test_a_task_that_knows_no_wins_says_nothing(task):
    algorithm = td3(TD3Config(hidden=(4,)), task.spec.team)
    actors = jax.vmap(algorithm.init)(jax.random.split(jax.random.key(0), 2)).actor
    outcomes = simulator(task, partial(greedy, algorithm), 3)(actors, jax.random.split(jax.random.key(1), 2))
    assert not task.spec.wins and outcomes.won is None and outcomes.win_rates == [None, None]


@pytest.mark.parametrize("name", [name for name, made in REGISTERED.items() if ".host." not in made.place])
def test_every_task_on_the_device_tells_wins_if_its_spec_says_so(name):
    task = make(name)
    state = jax.eval_shape(task.reset, jax.random.key(0))[0]
    action = jnp.zeros((task.spec.team.agents, task.spec.team.action_size))
    told = jax.eval_shape(task.step, state, action)[1]
    assert task.spec.wins == (told.won is not None)


def test_opponents_do_not_hide_who_won():
    half = FrozenOpponents(inner=Battle(), act=lambda obs: obs[:, 1:], learners=1, name="half", parameters={})
    assert half.spec.wins
    steps = play_on_device(half, steady(1.0), jax.random.key(0), 4)
    assert steps.outcomes.won.all(), "the opponent matches the enemy, and the learner does more"


def test_steps_by_rows_have_wins_too():
    parts = [*play_steps(HostBattle(), steady(1.0), jax.random.key(0), 30)]
    assert sum(int(part.alive.sum()) for part in parts) == 30
    assert all(part.outcomes.won.all() for part in parts)


def test_results_are_gathered_with_wins_or_without():
    told = HostBattle().reset([1, 2])
    assert gathered(np.concatenate, [told, told]).won.shape == (4,)
    without = told._replace(won=None)
    assert gathered(np.stack, [without, without]).won is None
