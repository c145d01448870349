"""Fitting: seeds side by side, however the updates are grouped, stopped and resumed, learn the same."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos import ALGORITHMS
from omarl.data.dataset import Dataset, Metadata
from omarl.data.device import draw, to_device
from omarl.errors import TrainingError
from omarl.training import offline
from omarl.types import TeamSpec

TEAM = TeamSpec(observation_sizes=(3, 2), action_sizes=(2, 1))
SAMPLING = "joint"


def recordings(reward=1.0):
    """Twelve transitions of two agents."""
    rng = np.random.default_rng(0)
    ends = np.arange(12) % 4 == 3
    dataset = Dataset(
        Metadata(id="toy/random-v0", team=TEAM),
        obs=rng.normal(size=(15, 2, 3)).astype(np.float32),
        action=rng.uniform(-1, 1, (12, 2, 2)).astype(np.float32),
        reward=(reward * rng.normal(size=(12, 2))).astype(np.float32),
        terminal=np.zeros(12, bool),
        truncated=ends,
    )
    return to_device(dataset)


def learner(name, **choices):
    config_type, factory = ALGORITHMS[name]
    return factory(config_type(hidden=(8,), **choices), TEAM)


take = partial(draw, batch_size=8, sampling=SAMPLING)


def last(progress):
    *_, end = progress
    return end


def close(have, want):
    for a, b in zip(jax.tree.leaves(have), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "choices"), [("bc", {}), ("td3", {"target_noise": 0.1})])
def test_seeds_grouping_and_interruption_change_nothing(name, choices):
    algorithm, arrays = learner(name, **choices), recordings()
    stretches = list(offline.fit(algorithm, take, arrays, [3, 5], updates=6, every=2))
    assert [p.updates for p in stretches] == [0, 2, 4, 6]
    assert stretches[0].metrics == {} and stretches[1].metrics["actor_loss"].shape == (2, 2)
    together = stretches[-1].states

    alone = last(offline.fit(algorithm, take, arrays, [5], updates=6, every=3)).states
    close(jax.tree.map(lambda x: x[1:], together), alone)
    assert (together.actor.network.layers[0].weight[0] != alone.actor.network.layers[0].weight[0]).any()

    resumed = last(offline.fit(algorithm, take, arrays, [3, 5], 6, every=6, states=stretches[2].states))
    assert resumed.updates == 6
    close(resumed.states, together)


def test_an_earlier_state_stays_readable():
    first, _ = offline.fit(learner("bc"), take, recordings(), [0], updates=1, every=1)
    assert np.isfinite(first.states.actor.network.layers[0].weight).all()


def test_arrays_may_depend_on_the_update():
    seen = []

    def arrays_at(update):
        seen.append(update)
        return recordings()

    list(offline.fit(learner("bc"), take, arrays_at, [0], updates=4, every=2))
    assert seen == [0, 2]


def test_metrics_are_means_over_the_stretch():
    def losses(every):
        progress = offline.fit(learner("bc"), take, recordings(), [0], updates=4, every=every)
        return [p.metrics["actor_loss"] for p in progress if p.updates]

    (mean,) = losses(every=4)
    np.testing.assert_allclose(jnp.mean(jnp.stack(losses(every=1)), 0), mean, rtol=1e-5)


def test_a_run_that_turns_non_finite_says_when_where_and_what_to_do():
    progress = offline.fit(learner("td3"), take, recordings(reward=1e30), [7], updates=4, every=4)
    next(progress)
    with pytest.raises(TrainingError, match=r"of agent 0 .*at update 1 \(seed 7\): lower the learning rate"):
        next(progress)


def test_the_first_fault_is_named():
    sound = jnp.ones((2, 3, 2), bool).at[1, 1, 0].set(False).at[0, 2, 1].set(False)
    found = offline.faults(sound, [4, 9], first=10)
    assert found == {0: (13, 1, 4), 1: (12, 0, 9)}
    assert "agent 0 turned non-finite at update 12 (seed 9)" in str(min(found.values()))
    assert offline.faults(jnp.ones((1, 2, 3), bool), [4], first=0) == {}
