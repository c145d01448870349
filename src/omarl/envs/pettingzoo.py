"""Our tasks as PettingZoo environments, for tools that expect those.

PettingZoo is in the optional extra `envs`, and only this module imports it.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from omarl.envs.protocol import HostTask
from omarl.errors import RequestError
from omarl.types import ActionKind, TeamSpec

try:
    from gymnasium import spaces
    from pettingzoo import ParallelEnv
except ImportError as error:
    raise RequestError(f"PettingZoo's form of a task needs {error.name}: install omarl[envs]") from None

AnyTask = Any  # a `Task`; beartype refuses a plain Protocol


def observation_space(size: int) -> spaces.Box:
    """The space of all real vectors of this size."""
    return spaces.Box(-np.inf, np.inf, (size,), np.float32)


def action_space(kind: ActionKind, size: int) -> spaces.Space:
    """The space of continuous actions, [-1, 1]^size, or of choices among `size` actions."""
    return spaces.Box(-1.0, 1.0, (size,), np.float32) if kind == "continuous" else spaces.Discrete(size)


def to_vector(kind: ActionKind, size: int, action: Any) -> np.ndarray:
    """The action as the vector that our tasks take, one-hot for a choice; `RequestError` for a wrong size."""
    vector = np.eye(size)[int(action)] if kind == "discrete" else np.asarray(action)
    if vector.shape != (size,):
        raise RequestError(f"action {action!r}: expected {size} numbers")
    return vector


def pack_actions(team: TeamSpec, actions: Mapping[int, Any]) -> np.ndarray:
    """The actions of all members as rows of one array, padded with zeros."""
    packed = np.zeros((team.agents, team.action_size), np.float32)
    for member, size in enumerate(team.action_sizes):
        packed[member, :size] = to_vector(team.action_kind, size, actions[member])
    return packed


class TaskEnv(ParallelEnv):
    """A task as a `ParallelEnv`; its agents are called `agent_0` and so on, and see no padding.

    `reset(seed=s)` fixes the episode and those that later calls of `reset()` start. A step in a finished
    episode raises `RequestError`.
    """

    def __init__(self, task: AnyTask) -> None:
        """Start from a random seed; the task's functions are compiled when they are first called."""
        self.task = task
        self.team = task.spec.team
        self.metadata = {"name": task.spec.name, "render_modes": []}
        self.render_mode = None
        self.possible_agents = [f"agent_{member}" for member in range(self.team.agents)]
        self.agents = []
        self.observation_spaces = self._by_agent(map(observation_space, self.team.observation_sizes))
        self.action_spaces = self._by_agent(
            action_space(self.team.action_kind, size) for size in self.team.action_sizes
        )
        self._reset, self._step = jax.jit(task.reset), jax.jit(task.step)
        self._key = jax.random.key(secrets.randbits(32))

    def observation_space(self, agent: str) -> spaces.Space:
        """The space of an agent's observations."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space:
        """The space of an agent's actions."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, dict]]:
        """The first observations of a fresh episode and the infos of `step`; there are no `options`."""
        if seed is not None:
            self._key = jax.random.key(seed)
        self._key, key = jax.random.split(self._key)
        self._state, obs = self._reset(key)
        self.agents = list(self.possible_agents)
        return self._observations(obs), self._infos()

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """Observations, rewards, terminations, truncations and infos, each by agent.

        Where actions are choices, an agent's info has an `action_mask` with 1 for those that are legal.
        """
        missing = [agent for agent in self.agents if agent not in actions]
        if missing or not self.agents:
            expected = f"actions for {', '.join(missing)}" if missing else "reset() before the first step"
            raise RequestError(f"cannot step with actions for {sorted(actions)}: expected {expected}")
        packed = pack_actions(self.team, {m: actions[a] for m, a in enumerate(self.agents)})
        self._state, result = self._step(self._state, jnp.asarray(packed))
        told = (
            self._observations(result.obs),
            self._by_agent(map(float, result.reward)),
            self._by_agent([bool(result.terminal)] * self.team.agents),
            self._by_agent([bool(result.truncated)] * self.team.agents),
            self._infos(),
        )
        if result.terminal or result.truncated:
            self.agents = []
        return told

    def _by_agent(self, values: Any) -> dict[str, Any]:
        return dict(zip(self.possible_agents, values, strict=True))

    def _infos(self) -> dict[str, dict]:
        if self.team.action_kind == "continuous":
            return self._by_agent({} for _ in self.possible_agents)
        legal = np.asarray(self.task.legal(self._state), np.int8)
        rows = zip(legal, self.team.action_sizes, strict=True)
        return self._by_agent({"action_mask": row[:size]} for row, size in rows)

    def _observations(self, obs: jax.Array) -> dict[str, np.ndarray]:
        rows = zip(np.asarray(obs), self.team.observation_sizes, strict=True)
        return self._by_agent(row[:size].copy() for row, size in rows)


def parallel_env(task: AnyTask) -> TaskEnv:
    """The task as a PettingZoo `ParallelEnv`; `RequestError` for a task on the host."""
    if isinstance(task, HostTask):
        raise RequestError(f"{task.spec.name} is not a task in JAX: expected one, such as spread")
    return TaskEnv(task)
