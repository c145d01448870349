"""Learning from recordings: however updates are grouped, and whoever is beside, the same is learnt."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos import ALGORITHMS
from omarl.data.dataset import Dataset, Metadata
from omarl.data.device import draw, to_device
from omarl.runs.experience.base import run_through
from omarl.runs.experience.recorded import Recorded
from omarl.training import tally
from omarl.training.offline import Learner
from omarl.training.tally import Fault, Tally, faults
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


def experience(algorithm, arrays, seeds, end, every):
    at = arrays if callable(arrays) else lambda update: arrays
    return Recorded(lambda _: Learner(algorithm, take), at, seeds, end, every)


def follow(run, piece):
    """Where a run stands after each piece of so many updates."""
    progress = run.start()
    while progress.position < run.end:
        progress = run.advance(progress, progress.position + piece)
        yield jax.tree.map(np.asarray, progress)


def last(progress):
    *_, end = progress
    return end


def same(have, want):
    for a, b in zip(jax.tree.leaves(have), jax.tree.leaves(want), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("name", "choices"), [("bc", {}), ("td3", {"target_noise": 0.1})])
def test_seeds_and_grouping_change_nothing_to_the_bit(name, choices):
    algorithm, arrays = learner(name, **choices), recordings()
    in_twos = list(follow(experience(algorithm, arrays, [3, 5], 6, every=3), 2))
    assert [(p.position, p.due) for p in in_twos] == [(2, False), (3, True), (5, False), (6, True)]
    whole = last(follow(experience(algorithm, arrays, [3, 5], 6, every=6), 6))
    same(whole.states, in_twos[-1].states)
    same(whole.tally, in_twos[-1].tally)
    alone = last(follow(experience(algorithm, arrays, [5], 6, every=6), 6))
    same(jax.tree.map(lambda x: x[1:], whole.states), alone.states)
    weights = [each.states.actor.network.layers[0].weight[0] for each in (whole, alone)]
    assert (weights[0] != weights[1]).any()


def test_arrays_may_depend_on_the_update():
    seen = []

    def arrays_at(update):
        seen.append(update)
        return recordings()

    run_through(experience(learner("bc"), arrays_at, [0], 4, every=2))
    assert seen == [0, 0, 2]


def test_metrics_are_means_over_the_updates():
    run = experience(learner("bc"), recordings(), [0], 4, every=4)
    *_, end = follow(run, 1)
    losses, before = [], 0.0
    for progress in follow(experience(learner("bc"), recordings(), [0], 4, every=4), 1):
        losses.append(progress.tally.sums["actor_loss"] - before)
        before = progress.tally.sums["actor_loss"]
    np.testing.assert_allclose(end.tally.means["actor_loss"], np.mean(losses, 0), rtol=1e-5)
    assert run.start().tally.means == {}


def test_the_time_of_compiling_is_not_time_of_learning():
    run = experience(learner("td3"), recordings(), [0], 2, every=2)
    run_through(run)
    assert 0 < run.seconds < run._program.compiling


def test_what_turns_non_finite_is_told_with_update_agent_and_seed():
    run = experience(learner("td3"), recordings(reward=1e30), [7], 4, every=4)
    progress = run.advance(run.start(), 4)
    found = faults(progress.tally, [7])
    assert found == {0: Fault(1, 0, 7)}
    assert "of agent 0 turned non-finite at update 1 (seed 7): lower the learning rate" in str(found[0])


def test_the_first_fault_of_each_member_counts():
    none = jnp.zeros((3, 2), jnp.int32)
    found = faults(Tally({}, none[:, 0], none.at[0, 1].set(13).at[1].set(jnp.array([14, 12]))), [4, 9, 5])
    assert found == {0: (13, 1, 4), 1: (12, 1, 9)}


def test_an_agent_that_is_not_finite_is_told_from_the_others():
    algorithm = learner("bc")
    state = algorithm.init(jax.random.key(0))
    broken = jax.tree.map(lambda x: x.at[1].set(jnp.nan) if x.dtype == jnp.float32 else x, state.actor)
    sound = tally.finite({"loss": jnp.zeros(2)}, state._replace(actor=broken))
    np.testing.assert_array_equal(sound, [True, False])
