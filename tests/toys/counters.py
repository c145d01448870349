"""A task small enough to compile in a moment: two agents on counters, whose episodes may end early."""

from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import jax.numpy as jnp
import pytest
from jaxtyping import Array

from omarl.algos.td3 import TD3Config
from omarl.collecting.recipes import Recipe
from omarl.envs.protocol import StepResult, TaskSpec
from omarl.training.online import OnlineConfig
from omarl.types import Reference, TeamSpec

HORIZON = 4
TEAM = TeamSpec(observation_sizes=(2, 2), action_sizes=(1, 1))


class Clock(NamedTuple):
    time: Array
    lifetime: Array


@dataclass(frozen=True)
class Toy:
    """Every agent sees the time and the episode's lifetime, and is paid 1 and its action in every step."""

    early: bool = False
    spec: TaskSpec = field(
        default=TaskSpec(
            name="toy", parameters={}, team=TEAM, horizon=HORIZON, reference=Reference(0.0, 8.0)
        ),
        compare=False,
    )

    def reset(self, key):
        longest = HORIZON + 1
        lifetime = jax.random.randint(key, (), 1 if self.early else HORIZON, longest)
        state = Clock(jnp.zeros((), jnp.int32), lifetime)
        return state, self.observe(state)

    def legal(self, state):
        return jnp.ones((2, 1), bool)

    def observe(self, state):
        return jnp.broadcast_to(jnp.stack([state.time, state.lifetime]).astype(float)[None], (2, 2))

    def step(self, state, action):
        state = state._replace(time=state.time + 1)
        over, late = state.time >= state.lifetime, state.time >= HORIZON
        return state, StepResult(
            self.observe(state), 1.0 + action[:, 0], over & ~late, late, self.legal(state)
        )


@pytest.fixture(scope="session")
def toy():
    return Toy()


@pytest.fixture(scope="session")
def toy_that_ends_early():
    return Toy(early=True)


@pytest.fixture(scope="session")
def recipe():
    """Levels that any policy reaches, once it learns."""
    return Recipe(
        levels={"medium": -100.0, "expert": -50.0},
        steps=48,
        every=16,
        online=OnlineConfig(environments=2, updates_per_iteration=2, random_steps=16),
        learner=TD3Config(critic="centralised", hidden=(8,), batch_size=4),
    )
