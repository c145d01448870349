"""An online run records whole episodes in a dataset's layout, and the same seed makes the same run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos.td3 import td3
from omarl.data.device import blank, gather
from omarl.errors import RequestError
from omarl.play.rollout import rollout
from omarl.training.online import OnlineConfig, learn, record, uniform_policy


def run(toy, recipe, seed=0):
    """A small run, 6 iterations of 2 episodes of 4 steps, the first 2 at random: its end, and all along
    the steps, the rows recorded, the updates and the behaviour's return."""
    algorithm = td3(recipe.learner, toy.spec.team)
    seen = []
    for (progress,) in learn(toy, algorithm, recipe.learner, recipe.online, 48, 16, [seed]):
        at, filled = int(progress.run.state.step[0]), int(progress.run.filled)
        seen.append((progress.steps, filled, at, progress.behaviour_return))
    return progress.run, seen


@pytest.fixture(scope="module")
def progress(toy, recipe):
    return run(toy, recipe)


@pytest.fixture(scope="module")
def played(toy):
    play = jax.jit(lambda key: rollout(toy, uniform_policy(toy), key, 3))
    return play(jax.random.key(0)), play(jax.random.key(1))


def test_recorded_rows_are_those_that_were_played(toy, played):
    replay, filled = blank(toy.spec.team, 8, 4), jnp.zeros((), jnp.int32)
    for episodes in played:
        replay, filled = record(replay, filled, episodes)
    assert int(filled) == 24
    batch = gather(replay, jnp.arange(24)[:, None])
    for name in ("action", "reward"):
        wanted = np.concatenate([getattr(episodes, name).reshape(12, 2, -1) for episodes in played])
        assert np.array_equal(getattr(batch, name).reshape(24, 2, -1), wanted)
    before = np.concatenate([episodes.obs[:, :-1].reshape(12, 2, 2) for episodes in played])
    after = np.concatenate([episodes.obs[:, 1:].reshape(12, 2, 2) for episodes in played])
    assert np.array_equal(batch.obs, before) and np.array_equal(batch.next_obs, after)
    assert not np.asarray(replay.obs[30:]).any() and not np.asarray(replay.action[24:]).any()


def test_every_step_is_recorded_and_learning_starts_after_the_random_ones(progress):
    assert [seen[:3] for seen in progress[1]] == [(0, 0, 0), (16, 16, 0), (32, 32, 4), (48, 48, 8)]
    assert np.isnan(progress[1][0][3])


def test_the_replay_is_a_dataset_in_the_making(progress):
    end, seen = progress
    replay = end.replay
    batch = gather(replay, jnp.arange(48)[:, None])
    assert np.array_equal(batch.obs[:, 0, 0], np.tile([0, 1, 2, 3], 12))
    assert np.array_equal(batch.next_obs[:, 0, 0], np.tile([1, 2, 3, 4], 12))
    assert np.allclose(batch.reward, 1 + batch.action[..., 0])
    assert np.array_equal(batch.has_next_action[:, 0], np.tile([True, True, True, False], 12))
    last = np.asarray(batch.reward[-8:]).mean(1).reshape(2, 4).sum(1).mean()
    assert seen[-1][3] == pytest.approx(last)


def test_random_steps_spread_over_all_actions(progress):
    warm_up = np.asarray(progress[0].replay.action[:16])
    assert np.abs(warm_up).max() <= 1 and len(np.unique(warm_up)) == 32
    assert warm_up.min() < -0.5 and warm_up.max() > 0.5


def test_a_seed_decides_the_whole_run(toy, recipe, progress):
    again, other = run(toy, recipe)[0], run(toy, recipe, seed=1)[0]
    same = jax.tree.map(np.array_equal, (again.state, again.replay), tuple(progress[0][:2]))
    assert all(jax.tree.leaves(same))
    assert not np.array_equal(other.replay.action, again.replay.action)


def test_seeds_together_are_the_runs_that_each_would_be_alone(toy, recipe, progress):
    algorithm = td3(recipe.learner, toy.spec.team)
    *_, last = learn(toy, algorithm, recipe.learner, recipe.online, 48, 16, [1, 0])
    same = jax.tree.map(np.array_equal, last[1].run, progress[0])
    assert all(jax.tree.leaves(same)) and last[1].behaviour_return == progress[1][-1][3]
    assert not np.array_equal(last[0].run.replay.action, last[1].run.replay.action)


def test_steps_after_an_early_end_are_not_recorded(toy_that_ends_early):
    """The toy's observation is the time and the lifetime, so that every row shows whether it was lived."""
    toy, play = toy_that_ends_early, jax.jit(rollout, static_argnums=(0, 1, 3))
    replay, filled, returns = blank(toy.spec.team, 12, 4), jnp.zeros((), jnp.int32), []
    policy = uniform_policy(toy)
    for turn in range(3):
        episodes = play(toy, policy, jax.random.key(turn), 4)
        replay, filled = record(replay, filled, episodes)
        returns += np.asarray(episodes.returns).tolist()
    rows = int(filled)
    batch = gather(replay, jnp.arange(rows)[:, None])
    time, lifetime = np.asarray(batch.obs[:, 0]).T
    lives = lifetime[time == 0].astype(int)
    assert rows == lives.sum() < 48 and len(lives) == 12
    assert np.array_equal(time, np.concatenate([np.arange(life) for life in lives]))
    assert np.array_equal(batch.next_obs[:, 0, 0], time + 1)
    assert np.array_equal(batch.next_obs[:, 0, 1], lifetime)
    assert np.array_equal(batch.terminal[:, 0], (time + 1 == lifetime) & (lifetime < 4))
    assert np.array_equal(batch.has_next_action[:, 0], time + 1 < lifetime)
    assert np.array_equal(replay.episode[:rows], np.repeat(np.arange(12), lives))
    recorded = [part.mean(1).sum() for part in np.split(np.asarray(batch.reward), np.cumsum(lives)[:-1])]
    assert np.allclose(recorded, returns, atol=1e-5)


def test_a_run_on_episodes_that_end_early_learns_from_what_was_lived(toy_that_ends_early, recipe):
    end, seen = run(toy_that_ends_early, recipe)
    rows = int(end.filled)
    assert [steps for steps, *_ in seen] == [0, 16, 32, 48] and rows == seen[-1][1] < 48
    obs = np.asarray(gather(end.replay, jnp.arange(rows)[:, None]).obs[:, 0])
    assert (obs[:, 0] < obs[:, 1]).all()


@pytest.mark.parametrize("wrong", [{"environments": 0}, {"updates_per_iteration": 0}, {"random_steps": -1}])
def test_what_cannot_be_played_is_refused(wrong):
    with pytest.raises(RequestError, match=rf"{next(iter(wrong))} must be at least"):
        OnlineConfig(**wrong)
