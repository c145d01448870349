"""Small `ParallelEnv`s whose every number is known; workers import them from here."""

import os

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv


class Counting(ParallelEnv):
    """Two agents that see the time and the seed; `ends` says at which step each leaves, and how.

    The walker sees 2 numbers, the jumper 3. An agent is paid its own action.
    """

    metadata = {"name": "counting"}  # noqa: RUF012
    sizes = {"walker": 2, "jumper": 3}  # noqa: RUF012

    def __init__(self, walker=(None, "truncated"), jumper=(3, "truncated"), masks="none", discrete=True):
        self.ends = {"walker": walker, "jumper": jumper}
        self.masks, self.discrete = masks, discrete
        self.possible_agents, self.agents = list(self.sizes), []
        self.received = []

    def observation_space(self, agent):
        plain = spaces.Box(-np.inf, np.inf, (self.sizes[agent],), np.float32)
        mask = spaces.MultiBinary(self.sizes[agent])
        return spaces.Dict(observation=plain, action_mask=mask) if self.masks == "observation" else plain

    def action_space(self, agent):
        size = self.sizes[agent]
        if self.discrete:
            return spaces.Discrete(size, start=5)
        return spaces.Box(np.full(size, -1.0, np.float32), np.arange(3.0, 3.0 + size, dtype=np.float32))

    def reset(self, seed=None, options=None):
        self.seed, self.time, self.agents = seed, 0, list(self.possible_agents)
        return self.see(self.agents), self.infos(self.agents)

    def step(self, actions):
        assert sorted(actions) == sorted(self.agents)
        assert all(self.action_space(agent).contains(action) for agent, action in actions.items())
        self.received.append(actions)
        self.time += 1
        acting = self.agents
        over = {agent: self.ends[agent][1] if self.time == self.ends[agent][0] else None for agent in acting}
        self.agents = [agent for agent in acting if over[agent] is None]
        return (
            self.see(acting),
            {agent: float(np.sum(action)) for agent, action in actions.items()},
            {agent: over[agent] == "terminal" for agent in acting},
            {agent: over[agent] == "truncated" for agent in acting},
            self.infos(acting),
        )

    def see(self, agents):
        seen = {agent: np.full(self.sizes[agent], self.time + 1.0, np.float32) for agent in agents}
        for row in seen.values():
            row[0] = self.seed % 1000
        if self.masks != "observation":
            return seen
        return {agent: {"observation": seen[agent], "action_mask": self.mask(agent)} for agent in agents}

    def infos(self, agents):
        return {agent: {"action_mask": self.mask(agent)} if self.masks == "info" else {} for agent in agents}

    def mask(self, agent):
        return (np.arange(self.sizes[agent]) == (self.time + 1) % self.sizes[agent]).astype(np.int8)


class Failing(Counting):
    """Breaks down at the second step: by an error, or by the end of its process."""

    def __init__(self, how="error"):
        super().__init__()
        self.how = how

    def step(self, actions):
        if self.time == 1:
            if self.how == "error":
                raise ZeroDivisionError("the toy broke")
            os._exit(3)
        return super().step(actions)


class Unbounded(Counting):
    """Has an action space that nobody can map."""

    def action_space(self, agent):
        return spaces.Box(-np.inf, np.inf, (1,), np.float32)


class Mixed(Counting):
    """Has one agent that chooses and one that steers."""

    def action_space(self, agent):
        return spaces.Discrete(2) if agent == "walker" else spaces.Box(-1, 1, (1,), np.float32)
