"""A task whose legal choices change with the state: two agents at doors, one of which is locked."""

from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from omarl.envs.protocol import StepResult, TaskSpec
from omarl.types import TeamSpec

HORIZON = 4
DOORS = 3


class Corridor(NamedTuple):
    time: Array
    locked: Array


@dataclass(frozen=True)
class Doors:
    """Each agent sees the time and which door is locked; it is paid the number of the door that it takes.

    The second agent has one door less. Taking the door `(locked + 1) % 3` locks the next one; an episode ends
    truly when both agents took door 0, at the latest after 4 steps.
    """

    spec: TaskSpec = field(
        default=TaskSpec(
            name="doors",
            parameters={},
            team=TeamSpec(observation_sizes=(2, 2), action_sizes=(3, 2), action_kind="discrete"),
            horizon=HORIZON,
        ),
        compare=False,
    )

    def reset(self, key):
        state = Corridor(jnp.zeros((), jnp.int32), jax.random.randint(key, (), 0, DOORS))
        return state, self.observe(state)

    def observe(self, state):
        return jnp.broadcast_to(jnp.stack([state.time, state.locked]).astype(float)[None], (2, 2))

    def legal(self, state):
        open_doors = jnp.arange(DOORS) != state.locked
        return open_doors[None] & jnp.asarray(self.spec.team.action_mask)

    def step(self, state, action):
        door = jnp.argmax(action, -1)
        state = Corridor(state.time + 1, (state.locked + 1 + door[0]) % DOORS)
        over, late = (door == 0).all(), state.time >= HORIZON
        reward = door.astype(float)
        return state, StepResult(self.observe(state), reward, over & ~late, late, self.legal(state))
