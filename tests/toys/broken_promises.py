"""Environments that return something else than their spaces say, and those of other interfaces."""

import gymnasium
import numpy as np
from gymnasium import spaces

from toys.parallel_toys import Counting


class Broken(Counting):
    """The walker's observation, reward or info is what `change` makes of it; its space can be another too."""

    def __init__(self, observation=None, reward=None, info=None, space=None, **options):
        super().__init__(**options)
        self.observation, self.reward, self.info, self.space = observation, reward, info, space

    def observation_space(self, agent):
        return (
            self.space if agent == "walker" and self.space is not None else super().observation_space(agent)
        )

    def see(self, agents):
        seen = super().see(agents)
        return seen if self.observation is None else seen | {"walker": self.observation}

    def infos(self, agents):
        told = super().infos(agents)
        return told if self.info is None else told | {"walker": self.info}

    def step(self, actions):
        obs, reward, *rest = super().step(actions)
        return obs, reward if self.reward is None else reward | {"walker": self.reward}, *rest


class Forgetful(Counting):
    """Leaves out what belongs to the walker: its reward, or its observation."""

    def __init__(self, what):
        super().__init__()
        self.what = what

    def step(self, actions):
        told = super().step(actions)
        told[{"observation": 0, "reward": 1}[self.what]].pop("walker")
        return told


class Walk(gymnasium.Env):
    """One agent that sees how many steps it went; after 3 it arrives, and it is paid an array of one."""

    observation_space = spaces.Discrete(4)
    action_space = spaces.Box(-2.0, 4.0, (1,), np.float64)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return np.array([0]), {}

    def step(self, action):
        self.time += 1
        return np.array([self.time]), np.asarray(action), self.time == 3, False, {}


gymnasium.register("Walk-v0", entry_point=Walk, max_episode_steps=2)
