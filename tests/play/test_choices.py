"""Legal choices that change with the state: played, recorded, learnt from offline and online, evaluated."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toys.choices import Doors

from omarl.algos import ALGORITHMS
from omarl.collecting.record import record
from omarl.data.device import gather, to_device
from omarl.data.store import load
from omarl.data.validate import validate
from omarl.envs.host.foreign import wrap
from omarl.envs.pettingzoo import parallel_env
from omarl.play.device import play_on_device
from omarl.play.episodes import play
from omarl.play.judge import simulator
from omarl.play.policies import greedy, uniform_policy
from omarl.runs.experience.base import run_through
from omarl.runs.experience.on_device import OnDevice
from omarl.runs.experience.replays import recorded_part
from omarl.training.online import OnlineConfig

TASK = Doors()


def heeds(episodes):
    """Whether every action is legal in the state that the observation shows."""
    ends = episodes.terminal | episodes.truncated
    before = np.arange(len(ends)) + np.cumsum(ends) - ends
    locked = episodes.obs[before, 0, 1].astype(int)
    chosen = episodes.action.argmax(-1)
    return bool((chosen != locked[:, None]).all() and (chosen[:, 1] < 2).all())


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "doors"
    return load(record(TASK, uniform_policy(TASK.spec.team), path, 200))


def test_play_heeds_and_records_what_is_legal(dataset):
    assert heeds(dataset) and dataset.legal is not None
    locked = dataset.obs[:, 0, 1].astype(int)
    for row, closed in zip(dataset.legal, locked, strict=True):
        np.testing.assert_array_equal(row[0], np.arange(3) != closed)
        np.testing.assert_array_equal(row[1], (np.arange(3) != closed) & [True, True, False])
    assert dataset.terminal.any() and dataset.truncated.any()
    assert [finding for finding in validate(dataset) if finding.severity == "error"] == []


def test_batches_know_what_is_legal_before_and_after(dataset):
    batch = gather(to_device(dataset), jnp.arange(dataset.rows)[:, None])
    for legal, obs in ((batch.legal, batch.obs), (batch.next_legal, batch.next_obs)):
        np.testing.assert_array_equal(np.asarray(legal[:, 0]), np.arange(3) != np.asarray(obs[:, 0, 1:]))


def learner(name):
    config_type, factory = ALGORITHMS[name]
    config = config_type(hidden=(8,), batch_size=16)
    return config, factory(config, TASK.spec.team)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_learner_learns_offline_and_its_policy_heeds_what_is_legal(name, dataset):
    _, algorithm = learner(name)
    batch = gather(to_device(dataset), jnp.arange(64)[:, None])
    state, metrics = jax.jit(algorithm.update)(algorithm.init(jax.random.key(0)), batch, jax.random.key(1))
    assert all(np.isfinite(each).all() for each in jax.tree.leaves(metrics))
    played = play(TASK, greedy(algorithm, state.actor), jax.random.key(2), 20)
    assert heeds(played)
    actors = jax.tree.map(lambda x: x[None], state.actor)
    returns = simulator(TASK, partial(greedy, algorithm), 20)(actors, jax.random.key(2)[None]).returns
    np.testing.assert_allclose(returns[0], played.returns, rtol=1e-6)


@pytest.mark.parametrize("name", ["td3", "omar"])
def test_learning_online_records_what_is_legal(name):
    config, algorithm = learner(name)
    acting = OnlineConfig(environments=2, updates_per_iteration=2, random_steps=16)
    experience = OnDevice(TASK, algorithm, config, acting, [0], 48, 16)
    progress = run_through(experience)
    assert int(progress.updates[0]) == 12 and not np.asarray(progress.tally.fault).any()
    played = recorded_part(experience.replays[0], {"rows": 0, "episodes": 0})
    assert heeds(played) and 48 <= len(played.action) < 56
    np.testing.assert_array_equal(played.legal[:, 0], np.arange(3) != played.obs[:, 0, 1:])


def test_the_task_in_pettingzoos_form_masks_the_same_choices():
    there = wrap(lambda: parallel_env(TASK), horizon=4, copies=2, workers=0)
    policy = jax.jit(uniform_policy(there.spec.team))
    played = play(there, policy, jax.random.key(0), 6)
    assert heeds(played) and not played.legal[:, 0].all()


def test_the_same_key_plays_the_same():
    policy = uniform_policy(TASK.spec.team)
    one, same, other = (play_on_device(TASK, policy, jax.random.key(seed), 5) for seed in (0, 0, 1))
    assert all(jax.tree.leaves(jax.tree.map(np.array_equal, one, same)))
    assert not np.array_equal(one.action, other.action)
