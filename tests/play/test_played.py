"""Played steps: what was played is what is returned, and steps after the end do not count."""

from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from omarl.envs.protocol import StepResult, TaskSpec
from omarl.envs.registry import make
from omarl.play.device import play_on_device
from omarl.play.episodes import BYTES_AT_ONCE, EPISODES_AT_ONCE, at_once
from omarl.types import TeamSpec

TEAM = TeamSpec(observation_sizes=(1, 1), action_sizes=(1, 1))


class Counter(NamedTuple):
    value: Array
    time: Array
    lifetime: Array


@dataclass(frozen=True)
class Adding:
    """Actions add up to what is seen, which is also the reward; an episode lasts 1 to 5 steps, at most 4."""

    spec: TaskSpec = field(
        default=TaskSpec(name="adding", parameters={}, team=TEAM, horizon=4), compare=False
    )

    def reset(self, key):
        state = Counter(jnp.zeros(2), jnp.zeros((), jnp.int32), jax.random.randint(key, (), 1, 6))
        return state, state.value[:, None]

    def legal(self, state):
        return jnp.ones((2, 1), bool)

    def step(self, state, action):
        state = Counter(state.value + action[:, 0], state.time + 1, state.lifetime)
        terminal = state.time >= state.lifetime
        return state, StepResult(
            state.value[:, None], state.value, terminal, ~terminal & (state.time >= 4), self.legal(state)
        )


@pytest.fixture(scope="module")
def played():
    """Each agent adds its number, 1 or 2, to what it sees."""
    policy = lambda obs, legal, key: jnp.broadcast_to(jnp.array([1.0, 2.0])[None, :, None], legal.shape)  # noqa: E731
    return jax.jit(lambda key: play_on_device(Adding(), policy, key, 64))(jax.random.key(0))


def test_observations_begin_before_the_first_step(played):
    assert played.obs.shape == (64, 5, 2, 1) and played.action.shape == (64, 4, 2, 1)
    assert np.array_equal(played.obs[0, :, :, 0], [[0, 0], [1, 2], [2, 4], [3, 6], [4, 8]])
    assert np.array_equal(played.reward, played.obs[:, 1:, :, 0])


def test_steps_are_alive_up_to_the_end_and_not_after_it(played):
    over = np.asarray(played.terminal | played.truncated)
    length = over.argmax(1) + 1
    assert set(length) == {1, 2, 3, 4}
    assert np.array_equal(played.alive, np.arange(4)[None] < length[:, None])
    assert np.asarray(played.truncated).any() and not np.asarray(played.truncated & played.terminal).any()


def test_returns_are_the_teams_mean_of_what_counts(played):
    length = np.asarray(played.alive).sum(1)
    assert np.allclose(played.returns, 1.5 * length * (length + 1) / 2)


def test_as_many_long_episodes_of_a_large_team_are_played_at_once_as_memory_has_room_for():
    small, large = make("spread").spec, make("skirmish-1c3s5z").spec
    assert at_once(small) == EPISODES_AT_ONCE
    observations = 4 * at_once(large) * large.horizon * large.team.agents * large.team.observation_size
    assert BYTES_AT_ONCE / 2 < observations <= BYTES_AT_ONCE
