"""The two-agent HalfCheetah of Multi-Agent MuJoCo (Peng et al. 2021), which the paper's Table 6 uses.

Agent 0 moves the back leg and agent 1 the front leg; nobody sees the torso. Equal to Gymnasium-Robotics'
`mamujoco_v1` with scenario HalfCheetah, agent_conf 2x3 and no global categories: the same seeds and actions
give the same numbers.
"""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from omarl.envs.host.adapter import HostResult
from omarl.envs.host.bindings import require_mujoco
from omarl.envs.host.cheetah_shape import CHEETAH_STAGE, capsules
from omarl.envs.protocol import TaskSpec
from omarl.envs.references import MEASURED, PAPER
from omarl.envs.scenes import Moment
from omarl.errors import RequestError
from omarl.types import TaskId, TeamSpec

EPISODE_STEPS = 1000
FRAME_SKIP = 5
FRAME_SECONDS = 0.05
TOTAL_MASS = 14.0  # kg, of the whole cheetah
CONTROL_COST = 0.1
START_NOISE = 0.1
AT_ONCE = 1000
EPISODES_PER_THREAD = 64
LARGEST = 1e6  # a position or velocity beyond this is not one of a cheetah

LEGS = ((3, 4, 5), (6, 7, 8))
"""The thigh, shin and foot of each agent, as places in MuJoCo's positions and velocities."""


def columns_seen(leg: int, reach: int) -> list[int]:
    """Where the numbers of an agent's observation stand in the positions, followed by the velocities.

    First come position and velocity of its own foot, shin and thigh, then the positions of the joints of the
    other leg that are at most `reach` joints away.
    """
    own = [place for joint in reversed(LEGS[leg]) for place in (joint, joint + 9)]
    return own + list(LEGS[1 - leg][:reach])


class HalfCheetah:
    """The task on the host; at most `copies` episodes are stepped together by one `mujoco.batch.Batch`.

    `agent_obsk` says how many joints away an agent sees: 0, 1 or 2, for observations of 6, 7 or 8 numbers.
    Positions are in metres and radians, velocities per second; a motor is driven from -1 to 1. Both agents
    get the same reward: the speed of the torso in m/s less a tenth of the sum of all squared actions.
    """

    copies = AT_ONCE
    stage = CHEETAH_STAGE

    def __init__(self, agent_obsk: int = 0) -> None:
        """Compile the model; `RequestError` if MuJoCo is missing or a value cannot be used."""
        if agent_obsk not in (0, 1, 2):
            raise RequestError(f"agent_obsk={agent_obsk} of halfcheetah-2x3: expected 0, 1 or 2")
        self.mujoco, self.model = compiled(Path(__file__).with_name("halfcheetah.xml"))
        self.columns = np.array([columns_seen(leg, agent_obsk) for leg in (0, 1)])
        size, task = self.columns.shape[1], TaskId("halfcheetah-2x3", {"agent_obsk": agent_obsk})
        self.spec = TaskSpec(
            name=task.name,
            parameters=dict(task.parameters),
            team=TeamSpec(observation_sizes=(size, size), action_sizes=(3, 3)),
            horizon=EPISODE_STEPS,
            reference=MEASURED.get(str(task)),
            paper_reference=PAPER.get(str(task)),
            simulator={"mujoco": self.mujoco.__version__},
        )
        self.place(1)

    def place(self, episodes: int) -> None:
        """Make room for so many episodes; MuJoCo's arrays are views of the state and can be written."""
        threads = max(1, min(episodes // EPISODES_PER_THREAD, os.cpu_count() or 1))
        self.batch = self.mujoco.batch.Batch(self.model, episodes, threads)
        self.qpos, self.qvel = self.batch.bind("qpos"), self.batch.bind("qvel")
        self.warm_start, self.control = self.batch.bind("qacc_warmstart"), self.batch.bind("ctrl")
        self.time, self.seen = 0, self.observed()

    def shown(self, copy: int) -> Moment:
        """Where the capsules of a copy are."""
        return Moment(bodies=capsules(self.qpos[copy]))

    def reset(self, seeds: list[int]) -> HostResult:
        """Fresh episodes, one for each seed, near the model's own position as Gymnasium draws them."""
        if len(seeds) != len(self.qpos):
            self.place(len(seeds))
        self.batch.reset(stage=self.mujoco.mjtStage.mjSTAGE_NONE)
        positions, velocities = map(np.stack, zip(*map(start_noise, seeds), strict=True))
        self.qpos[:], self.qvel[:] = self.model.qpos0 + positions, velocities
        self.batch.forward()
        self.time, self.seen = 0, self.observed()
        return self.told(np.zeros(len(seeds)), np.zeros(len(seeds), bool))

    def step(
        self, actions: Float[np.ndarray, "copies agent act"], alive: Bool[np.ndarray, "copies"]
    ) -> HostResult:
        """What comes of the actions; the motors clip them to [-1, 1], but they are paid for as they are.

        An episode whose simulation becomes unstable is cut there, with a warning.
        """
        action, before = np.asarray(actions, np.float64).reshape(-1, 6), self.qpos.copy()
        self.control[:] = action
        self.batch.step(None if alive.all() else np.flatnonzero(alive), nstep=FRAME_SKIP)
        self.time += 1
        reward = (self.qpos[:, 0] - before[:, 0]) / FRAME_SECONDS - CONTROL_COST * np.square(action).sum(-1)
        unstable = alive & ~((np.abs(self.qpos).max(-1) < LARGEST) & (np.abs(self.qvel).max(-1) < LARGEST))
        seen, self.seen = self.seen, self.observed()
        if unstable.any():
            tell_unstable(int(unstable.sum()), self.time)
            self.seen[unstable], reward[unstable] = seen[unstable], 0.0
            self.qpos[unstable], self.qvel[unstable] = before[unstable], 0.0  # at rest from here on
        return self.told(reward, unstable)

    def observed(self) -> Float[np.ndarray, "copies agent obs"]:
        """What the agents see of the current state."""
        return np.concatenate([self.qpos, self.qvel], -1)[:, self.columns].astype(np.float32)

    def told(self, reward: Float[np.ndarray, "copies"], cut: Bool[np.ndarray, "copies"]) -> HostResult:
        """The result of a step for all copies; their episodes never truly end."""
        return HostResult(
            obs=self.seen.copy(),
            legal=np.ones((len(reward), 2, 3), bool),
            present=np.ones((len(reward), 2), bool),
            reward=np.repeat(reward[:, None], 2, 1).astype(np.float32),
            terminal=np.zeros(len(reward), bool),
            truncated=cut | (self.time >= EPISODE_STEPS),
        )


def compiled(file: Path) -> tuple[Any, Any]:
    """MuJoCo and its model of the cheetah, which does not start afresh by itself once it is unstable."""
    mujoco = require_mujoco()
    model = mujoco.MjModel.from_xml_path(str(file))
    mujoco.mj_setTotalmass(model, TOTAL_MASS)
    mujoco.mj_setConst(model, mujoco.MjData(model))
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET
    return mujoco, model


def start_noise(seed: int) -> tuple[Float[np.ndarray, "9"], Float[np.ndarray, "9"]]:
    """How far an episode's first positions and velocities are from rest."""
    generator = np.random.default_rng(seed)
    return generator.uniform(-START_NOISE, START_NOISE, 9), START_NOISE * generator.standard_normal(9)


def tell_unstable(episodes: int, step: int) -> None:
    """Warn that some simulations cannot go on."""
    warnings.warn(
        f"halfcheetah-2x3: the simulation became unstable in step {step}, {episodes} episodes end there",
        RuntimeWarning,
        stacklevel=3,
    )
