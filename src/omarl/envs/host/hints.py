"""Values that an environment of others knows but does not name when it is given another."""

from collections.abc import Mapping
from typing import Any

MAMUJOCO = "pettingzoo:gymnasium_robotics.envs.multiagent_mujoco.mamujoco_v1"
PARTITIONS: Mapping[str, tuple[str, ...]] = {
    "Ant": ("2x4", "2x4d", "4x2"),
    "CoupledHalfCheetah": ("1p1",),
    "HalfCheetah": ("2x3", "6x1"),
    "Hopper": ("3x1",),
    "Humanoid": ("9|8",),
    "HumanoidStandup": ("9|8",),
    "ManySegmentAnt": ("AGENTSxSEGMENTS",),
    "ManySegmentSwimmer": ("AGENTSxSEGMENTS",),
    "Pusher": ("3p",),
    "Reacher": ("2x1",),
    "Swimmer": ("2x1",),
    "Walker2d": ("2x3",),
}
"""The partitions `agent_conf` of each scenario of Gymnasium-Robotics 1.4.2's MaMuJoCo."""


def hint(name: str, parameters: Mapping[str, Any]) -> str:
    """What the environment called `name` expects for these parameters; empty where we do not know."""
    if name.removesuffix(":parallel_env") != MAMUJOCO:
        return ""
    scenario = str(parameters.get("scenario"))
    if scenario not in PARTITIONS:
        return f"; --task.scenario is one of {', '.join(PARTITIONS)}"
    return f"; --task.agent_conf of {scenario} is one of {', '.join(PARTITIONS[scenario])}"
