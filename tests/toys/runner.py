"""A task on the host that can be drawn: two agents push two bodies over the ground."""

import numpy as np

from omarl.envs.host.adapter import HostResult
from omarl.envs.protocol import TaskSpec
from omarl.envs.scenes import Moment, Stage
from omarl.types import TeamSpec


class Runner:
    """A step moves every body by its agent's action and pays that; the observations hide the place."""

    stage = Stage(body_radius=(0.1, 0.1), body_agent=(None, 1), ground=0.0, trail=0, width=4.0)

    def __init__(self, steps=20, copies=2):
        team = TeamSpec(observation_sizes=(1, 1), action_sizes=(1, 1))
        self.spec = TaskSpec(name="runner", parameters={}, team=team, horizon=steps)
        self.copies, self.seeds = copies, []

    def reset(self, seeds):
        self.seeds, self.time = seeds, 0
        self.place = np.zeros((len(seeds), 2))
        return self.told(np.zeros((len(seeds), 2), np.float32))

    def step(self, actions, alive):
        self.time += 1
        self.place = self.place + actions[..., 0] * alive[:, None]
        return self.told(actions[..., 0])

    def told(self, reward):
        over = np.full(len(reward), self.time >= self.spec.horizon)
        everyone = np.ones((len(reward), 2), bool)
        obs = np.full((len(reward), 2, 1), self.time, np.float32)
        return HostResult(obs, everyone[..., None], everyone, reward, over & False, over)

    def shown(self, copy):
        x = self.place[copy]
        return Moment(bodies=np.stack([x, x * 0 + 0.1, x + 0.4, x * 0 + 0.5], -1))
