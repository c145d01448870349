"""The shape of HalfCheetah: where its eight capsules are in a pose, by forward kinematics in the plane.

Lengths (m) and angles (rad) are those of the model that Gymnasium ships as `half_cheetah.xml`. MuJoCo turns
about the y axis, so in the plane of x and z an angle turns z towards x.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.envs.scenes import Stage

LIMB_RADIUS = 0.046
TORSO_HEIGHT = 0.7
"""The height of the torso's middle where the pose says zero."""


class Part(NamedTuple):
    """A capsule: the part it hangs on, the joint's place on that part, and how it lies on itself.

    `parent` is the number of a part, None for the torso. A `turning` part has a joint of its own at `joint`.
    `middle` is the middle of the capsule as seen from the joint, `lean` the angle between its axis and z,
    `half` half the length of its axis.
    """

    parent: int | None
    turning: bool
    joint: tuple[float, float]
    middle: tuple[float, float]
    lean: float
    half: float


PARTS = {
    "torso": Part(None, True, (0.0, TORSO_HEIGHT), (0.0, 0.0), -np.pi / 2, 0.5),
    "head": Part(0, False, (0.0, 0.0), (0.6, 0.1), 0.87, 0.15),
    "bthigh": Part(0, True, (-0.5, 0.0), (0.1, -0.13), -3.8, 0.145),
    "bshin": Part(2, True, (0.16, -0.25), (-0.14, -0.07), -2.03, 0.15),
    "bfoot": Part(3, True, (-0.28, -0.14), (0.03, -0.097), -0.27, 0.094),
    "fthigh": Part(0, True, (0.5, 0.0), (-0.07, -0.12), 0.52, 0.133),
    "fshin": Part(5, True, (-0.14, -0.24), (0.065, -0.09), -0.6, 0.106),
    "ffoot": Part(6, True, (0.13, -0.18), (0.045, -0.07), -0.6, 0.07),
}
"""Every capsule in MuJoCo's order; `b` is the hind leg, `f` the front leg."""

CHEETAH_STAGE = Stage(
    body_radius=(LIMB_RADIUS,) * len(PARTS),
    body_agent=(None, None, 0, 0, 0, 1, 1, 1),
    ground=0.0,
    trail=0,
    width=4.0,
)
"""What a picture shows: the hind leg moved by one agent, the front leg by the other, over the ground."""


def capsules(pose: Float[np.ndarray, "*copies 9"]) -> Float[np.ndarray, "*copies 8 4"]:
    """Both ends `x, z, x, z` of the axis of each of `PARTS`, in metres.

    A pose is MuJoCo's `qpos`: x, z and pitch of the torso, then the angle of each joint in the order of the
    parts.
    """
    pitch = iter(np.moveaxis(pose[..., 2:], -1, 0))
    joints: list[np.ndarray] = []
    angles: list[np.ndarray] = []
    ends = []
    for part in PARTS.values():
        before = np.zeros(pose.shape[:-1]) if part.parent is None else angles[part.parent]
        origin = pose[..., :2] if part.parent is None else joints[part.parent]
        joints.append(origin + turned(part.joint, before))
        angles.append(np.asarray(before + next(pitch) if part.turning else before))
        middle = joints[-1] + turned(part.middle, angles[-1])
        axis = turned((0.0, part.half), np.asarray(angles[-1] + part.lean))
        ends.append(np.concatenate([middle - axis, middle + axis], -1))
    return np.stack(ends, -2)


def turned(
    offset: tuple[float, float], angle: Float[np.ndarray, "*copies"]
) -> Float[np.ndarray, "*copies 2"]:
    """The offset `x, z` after a turn by an angle."""
    x, z = offset
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([x * cosine + z * sine, z * cosine - x * sine], -1)
