"""Learning while acting: whole episodes are recorded, and a seed decides the whole run, alone or not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos.td3 import td3
from omarl.data.device import gather
from omarl.errors import RequestError
from omarl.play.device import play_on_device
from omarl.play.policies import uniform_policy
from omarl.runs.experience.on_device import OnDevice
from omarl.runs.experience.replays import recorded_part
from omarl.training.online import OnlineConfig, empty_replay, record_steps


def follow(toy, recipe, seeds=(0,), piece=1, while_random=True):
    """A small run, 6 iterations of 2 episodes of 4 steps, the first 2 at random.

    What comes back are its end, its experience, and for each piece the steps, the rows that were recorded,
    the updates, and the mean return of the last round.
    """
    algorithm = td3(recipe.learner, toy.spec.team)
    run = OnDevice(toy, algorithm, recipe.learner, recipe.online, seeds, 48, 16, while_random)
    progress, seen = run.start(), []
    while progress.position < run.end:
        progress = run.advance(progress, progress.position + piece)
        filled = int(run.replays[0].filled)
        seen.append((progress.position, filled, int(progress.updates[0]), run.last_returns[0], progress.due))
    return progress, run, seen


@pytest.fixture(scope="module")
def progress(toy, recipe):
    return follow(toy, recipe)


@pytest.fixture(scope="module")
def played(toy):
    play = jax.jit(lambda key: play_on_device(toy, uniform_policy(toy.spec.team), key, 3))
    return play(jax.random.key(0)), play(jax.random.key(1))


def test_recorded_rows_are_those_that_were_played(toy, played):
    whole = empty_replay(toy.spec.team, 32, 8)
    for steps in played:
        whole = record_steps(whole, steps)
    replay = whole.arrays
    assert int(whole.filled) == 24 and int(whole.episodes) == 6
    batch = gather(replay, jnp.arange(24)[:, None])
    for name in ("action", "reward"):
        wanted = np.concatenate([getattr(episodes, name).reshape(12, 2, -1) for episodes in played])
        assert np.array_equal(getattr(batch, name).reshape(24, 2, -1), wanted)
    before = np.concatenate([episodes.obs[:, :-1].reshape(12, 2, 2) for episodes in played])
    after = np.concatenate([episodes.obs[:, 1:].reshape(12, 2, 2) for episodes in played])
    assert np.array_equal(batch.obs, before) and np.array_equal(batch.next_obs, after)
    assert not np.asarray(replay.obs[30:]).any() and not np.asarray(replay.action[24:]).any()


def test_every_step_is_recorded_and_learning_starts_after_the_random_ones(progress):
    assert [each[:3] for each in progress[2]] == [(8 * n, 8 * n, max(0, 2 * (n - 2))) for n in range(1, 7)]
    assert [position for position, *_, due in progress[2] if due] == [16, 32, 48]


def test_evaluations_are_due_after_something_was_learnt(toy, recipe):
    seen = follow(toy, recipe, while_random=False)[2]
    assert [position for position, *_, due in seen if due] == [32, 48]


def test_the_replay_is_a_dataset_in_the_making(progress):
    _, run, seen = progress
    replay = run.replays[0].arrays
    batch = gather(replay, jnp.arange(48)[:, None])
    assert np.array_equal(batch.obs[:, 0, 0], np.tile([0, 1, 2, 3], 12))
    assert np.array_equal(batch.next_obs[:, 0, 0], np.tile([1, 2, 3, 4], 12))
    assert np.allclose(batch.reward, 1 + batch.action[..., 0])
    assert np.array_equal(batch.has_next_action[:, 0], np.tile([True, True, True, False], 12))
    last = np.asarray(batch.reward[-8:]).mean(1).reshape(2, 4).sum(1).mean()
    assert seen[-1][3] == pytest.approx(last)


def test_random_steps_spread_over_all_actions(progress):
    warm_up = np.asarray(progress[1].replays[0].arrays.action[:16])
    assert np.abs(warm_up).max() <= 1 and len(np.unique(warm_up)) == 32
    assert warm_up.min() < -0.5 and warm_up.max() > 0.5


def everything(run):
    """State and replay of a run's first member."""
    return jax.tree.map(lambda x: x[0], run[0].states), run[1].replays[0]


def equal(one, other):
    return all(jax.tree.leaves(jax.tree.map(np.array_equal, one, other)))


def test_a_seed_decides_the_whole_run_however_it_is_cut(toy, recipe, progress):
    again, other = follow(toy, recipe, piece=48), follow(toy, recipe, seeds=(1,))
    assert equal(everything(again), everything(progress))
    assert not np.array_equal(other[1].replays[0].arrays.action, again[1].replays[0].arrays.action)


def test_metrics_are_those_of_all_updates_since_the_evaluation_before(progress):
    tally = progress[0].tally
    assert int(tally.updates[0]) == 8 and {"critic_loss", "actor_loss"} <= tally.means.keys()
    assert all(np.isfinite(mean).all() and mean.shape == (1, 2) for mean in tally.means.values())


def test_seeds_together_are_the_runs_that_each_would_be_alone(toy, recipe, progress):
    together = follow(toy, recipe, seeds=(1, 0))
    second = jax.tree.map(lambda x: x[1], together[0].states), together[1].replays[1]
    assert equal(second, everything(progress))
    assert together[1].last_returns[1] == progress[2][-1][3]


def test_steps_after_an_early_end_are_not_recorded(toy_that_ends_early):
    """The toy's observation is the time and the lifetime, so that every row shows whether it was lived."""
    toy, play = toy_that_ends_early, jax.jit(play_on_device, static_argnums=(0, 1, 3))
    whole, returns = empty_replay(toy.spec.team, 48, 12), []
    policy = uniform_policy(toy.spec.team)
    for turn in range(3):
        steps = play(toy, policy, jax.random.key(turn), 4)
        whole = record_steps(whole, steps)
        returns += np.asarray(steps.returns).tolist()
    replay, rows = whole.arrays, int(whole.filled)
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


def test_a_run_on_episodes_that_end_early_makes_all_its_steps(toy_that_ends_early, recipe):
    """Rounds have 2 to 8 steps here; there is room for more episodes than were expected."""
    _, run, seen = follow(toy_that_ends_early, recipe)
    for position, rows, updates, *_ in seen:
        assert position <= rows < position + 8
        assert (updates > 0) == (position > 16)
    replay, updates = run.replays[0], seen[-1][2]
    rows, rounds = int(replay.filled), int(replay.episodes) // 2
    assert rounds > 6 and updates == 2 * (rounds - int(replay.arrays.episode[: seen[1][1]].max() + 1) // 2)
    obs = np.asarray(gather(replay.arrays, jnp.arange(rows)[:, None]).obs[:, 0])
    assert (obs[:, 0] < obs[:, 1]).all()
    assert np.array_equal(obs[:, 0] == 0, np.diff(replay.arrays.episode[:rows], prepend=-1) == 1)


def test_episodes_that_end_early_are_the_same_however_the_run_is_cut(toy_that_ends_early, recipe):
    whole, pieces = (follow(toy_that_ends_early, recipe, piece=piece) for piece in (48, 1))
    lived = [recorded_part(run.replays[0], {"rows": 0, "episodes": 0}) for _, run, _ in (whole, pieces)]
    assert equal(*lived) and equal(whole[0].states, pieces[0].states)


@pytest.mark.parametrize("wrong", [{"environments": 0}, {"updates_per_iteration": 0}, {"random_steps": -1}])
def test_what_cannot_be_played_is_refused(wrong):
    with pytest.raises(RequestError, match=rf"{next(iter(wrong))} must be at least"):
        OnlineConfig(**wrong)
