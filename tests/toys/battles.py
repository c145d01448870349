"""A task that knows wins, on the device and on the host: two agents win as soon as their actions are high."""

from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from omarl.envs.host.adapter import HostResult
from omarl.envs.protocol import StepResult, TaskSpec
from omarl.types import TeamSpec

HORIZON = 3
TEAM = TeamSpec(observation_sizes=(2, 2), action_sizes=(1, 1))


class Front(NamedTuple):
    time: Array
    strength: Array


@dataclass(frozen=True)
class Battle:
    """Agents see the time and the enemy's strength in [-1, 1]; a higher mean action wins and ends it.

    Every step is paid by the mean action. An episode that is not won ends after 3 steps.
    """

    spec: TaskSpec = field(
        default=TaskSpec(name="battle", parameters={}, team=TEAM, horizon=HORIZON, wins=True), compare=False
    )

    def reset(self, key):
        state = Front(jnp.zeros((), jnp.int32), jax.random.uniform(key, (), minval=-1.0))
        return state, self.observe(state)

    def observe(self, state):
        return jnp.broadcast_to(jnp.stack([state.time.astype(float), state.strength])[None], (2, 2))

    def legal(self, state):
        return jnp.ones((2, 1), bool)

    def step(self, state, action):
        state, reached = state._replace(time=state.time + 1), action.mean()
        won, reward = reached > state.strength, jnp.broadcast_to(reached, (2,))
        late = ~won & (state.time >= HORIZON)
        return state, StepResult(self.observe(state), reward, won, late, self.legal(state), won)


class HostBattle:
    """The same in numpy; the strength of the enemy follows from the seed."""

    def __init__(self, copies=4):
        self.copies, self.spec = (
            copies,
            TaskSpec(name="host-battle", parameters={}, team=TEAM, horizon=HORIZON, wins=True),
        )

    def reset(self, seeds):
        self.time = 0
        self.strength = np.array([np.random.default_rng(seed).uniform(-1.0, 1.0) for seed in seeds])
        return self.told(np.full(len(seeds), -np.inf))

    def step(self, actions, alive):
        self.time += 1
        return self.told(actions.mean((1, 2)))

    def told(self, reached):
        won, pair = reached > self.strength, np.ones((len(reached), 2), bool)
        seen = np.stack([np.full(len(reached), float(self.time)), self.strength], -1)
        return HostResult(
            obs=np.repeat(seen[:, None], 2, 1).astype(np.float32),
            legal=pair[..., None],
            present=pair,
            reward=np.repeat(reached[:, None], 2, 1).astype(np.float32),
            terminal=won,
            truncated=~won & (self.time >= HORIZON),
            won=won,
        )
