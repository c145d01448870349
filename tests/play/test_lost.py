"""Episodes that the simulator lost are played again, and leave no trace."""

import jax
import numpy as np
import pytest

from omarl.envs.host.adapter import HostResult, gathered
from omarl.envs.protocol import TaskSpec
from omarl.errors import TrainingError
from omarl.play.again import other_seed
from omarl.play.episodes import play
from omarl.play.judge import simulator
from omarl.types import TeamSpec


class Fragile:
    """One agent is paid its episode's seed at each of 2 or 3 steps; in `losses` rounds, some are lost.

    `losses` holds, for each reset, the numbers of the episodes that are lost in their second step.
    """

    def __init__(self, losses, copies=3):
        self.spec = TaskSpec(
            name="fragile",
            parameters={},
            team=TeamSpec(observation_sizes=(1,), action_sizes=(2,), action_kind="discrete"),
            horizon=3,
        )
        self.losses, self.copies, self.asked = list(losses), copies, []

    def reset(self, seeds):
        self.asked.append(seeds)
        self.seeds, self.time = np.array(seeds), 0
        self.losing = self.losses.pop(0) if self.losses else []
        return self.told()

    def step(self, actions, alive):
        assert actions.shape == (len(self.seeds), 1, 2)
        self.time += 1
        return self.told()

    def told(self):
        seeds = self.seeds.astype(np.float32)[:, None]
        lost = np.isin(np.arange(len(seeds)), self.losing) & (self.time == 2)
        over = (self.time == 2 + (self.seeds % 2)) & ~lost
        everyone = np.ones((len(seeds), 1), bool)
        legal = np.ones((len(seeds), 1, 2), bool)
        return HostResult(seeds[..., None], legal, everyone, seeds % 1000, over, over & False, lost=lost)


def first_choices(actor):
    """The policy in a form that is compiled."""
    return lambda obs, legal, key: jax.numpy.stack([legal[..., 0], ~legal[..., 0]], -1).astype("float32")


def first_choice(obs, legal, key):
    return np.eye(2, dtype=np.float32)[np.zeros(legal.shape[:2], int)]


def played(task, episodes=3):
    return play(task, first_choice, jax.random.key(0), episodes)


def lengths(seeds):
    return [2 + seed % 2 for seed in seeds]


def test_nothing_is_played_twice_where_nothing_is_lost():
    task = Fragile([])
    episodes = played(task)
    (seeds,) = task.asked
    assert len(episodes.action) == sum(lengths(seeds)) and episodes.terminal.sum() == 3


def test_lost_episodes_are_replaced_where_they_were():
    task = Fragile([[0, 2], [1]])
    episodes = played(task)
    first, second, third = task.asked
    assert second == [other_seed(first[0]), other_seed(first[2])] and third == [other_seed(second[1])]
    kept = [second[0], first[1], third[0]]
    ends = np.flatnonzero(episodes.terminal)
    assert np.diff([-1, *ends]).tolist() == lengths(kept)
    np.testing.assert_array_equal(episodes.reward[ends, 0], np.array(kept).astype(np.float32) % 1000)
    starts = [0, *(ends[:-1] + 1 + np.arange(1, 3))]
    np.testing.assert_array_equal(episodes.obs[starts, 0, 0], np.array(kept).astype(np.float32))


def test_other_seeds_are_other_and_always_the_same():
    seeds = [other_seed(seed) for seed in range(100)]
    assert len({*seeds, *range(100)}) == 200 and all(0 <= seed < 2**31 for seed in seeds)
    assert other_seed(7) == seeds[7]


def test_evaluations_do_not_count_them_either():
    def returns(*losses):
        task = Fragile(losses, copies=2)
        keys = jax.vmap(jax.random.key)(np.arange(2, dtype=np.uint32))
        policy = simulator(task, first_choices, 2)
        return policy(np.zeros(2), keys).returns, task.asked

    whole, _ = returns()
    other, asked = returns([1])
    assert (whole != other).sum() == 1 and len(asked) == 3
    assert other[0, 0] == whole[0, 0] and other[1, 0] != whole[1, 0]


def test_an_episode_that_is_always_lost_stops_the_work():
    task = Fragile([[0]] * 9)
    with pytest.raises(TrainingError, match="fragile: an episode was lost 5 times"):
        played(task)
    assert len(task.asked) == 5


def test_what_only_some_tasks_tell_stays_untold():
    task = Fragile([])
    told = task.reset([1])
    assert gathered(np.concatenate, [told, told]).lost.tolist() == [False, False]
    untold = told._replace(lost=None)
    assert gathered(np.concatenate, [untold, untold]).lost is None
