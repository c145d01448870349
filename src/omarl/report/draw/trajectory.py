"""Recorded episodes, frame by frame, as the player and the animations draw them."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int


class Positions(NamedTuple):
    """Where everything that moves is at one time."""

    agents: Float[np.ndarray, "agent 2"]
    landmarks: Float[np.ndarray, "landmark 2"]
    bodies: Float[np.ndarray, "body 4"]
    gauges: Float[np.ndarray, "gauge agent"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """One episode of one policy; lengths are in the task's units, y points upwards.

    `agents` are discs that move, and `kinds` says what each is (`learner`, `opponent`, ...). Landmarks have a
    position for each frame, or one for all of them. Bodies are capsules, of which both ends of the axis are
    given; `body_agent` is the number of the agent that each belongs to, or None. `walls` are rectangles from
    `x0, y0` to `x1, y1`, `ground` is the height of the ground. `trail` is how many frames the path behind
    each disc reaches back, None for all. `width` is that of a window which follows what moves; None for a
    window that shows everything at once. `reward[t]` is the team's reward for reaching frame `t` (zero for
    the first frame), so that its running sum is the return so far. `every` steps lie between two frames; the
    last of the `steps` always has a frame. `types` and `corners` are empty where all discs are of one type.
    `gauges` say how much each disc has left, from 0 to 1; who has nothing left of the first is gone. `aims`
    is whom each shoots at on the way to a frame, negative for nobody. `margin` is how far a window reaches
    beyond the discs; None for one that ends at the outermost walls.
    """

    label: str
    total: float
    agents: Float[np.ndarray, "frame agent 2"]
    radius: Float[np.ndarray, "agent"]
    kinds: tuple[str, ...]
    landmarks: Float[np.ndarray, "moment landmark 2"]
    landmark_radius: Float[np.ndarray, "landmark"]
    bodies: Float[np.ndarray, "frame body 4"]
    body_radius: Float[np.ndarray, "body"]
    body_agent: tuple[int | None, ...]
    walls: Float[np.ndarray, "wall 4"]
    ground: float | None
    trail: int | None
    width: float | None
    reward: Float[np.ndarray, "frame"]
    every: int
    steps: int
    types: tuple[str, ...]
    corners: tuple[int, ...]
    gauges: Float[np.ndarray, "frame gauge agent"]
    aims: Int[np.ndarray, "frame agent"]
    margin: float | None

    @property
    def returns(self) -> Float[np.ndarray, "frame"]:
        """The return so far at each frame."""
        return np.cumsum(self.reward)

    @property
    def last(self) -> int:
        """The number of the last frame; the first is 0."""
        return len(self.reward) - 1

    @property
    def followed(self) -> Float[np.ndarray, "frame"]:
        """The x at each frame that a following window has in its middle: that of the first body, or disc."""
        if self.bodies.shape[1]:
            return (self.bodies[:, 0, 0] + self.bodies[:, 0, 2]) / 2
        return self.agents[:, 0, 0]

    def camera(self, time: float) -> float:
        """The x in the middle of a following window at a time, in frames."""
        return float(between(self.followed[:, None], time)[0])

    def at(self, time: float) -> Positions:
        """The positions at a time, in frames, that may lie between two frames."""
        fields = (self.agents, self.landmarks, self.bodies, self.gauges)
        return Positions(*(between(field, time) for field in fields))

    def shots(self, time: float) -> list[tuple[int, int]]:
        """Who shoots at whom at a time, in frames: those on the way to the next frame."""
        aims = self.aims[min(math.ceil(time), self.last)].tolist()
        return [(shooter, target) for shooter, target in enumerate(aims) if target >= 0]

    def json(self) -> dict[str, Any]:
        """The form that the player in the page reads, with four decimals."""
        return {
            "label": self.label,
            "total": round(self.total, 4),
            "agents": self.agents.round(4).tolist(),
            "radius": self.radius.round(4).tolist(),
            "kinds": list(self.kinds),
            "landmarks": self.landmarks.round(4).tolist(),
            "landmarkRadius": self.landmark_radius.round(4).tolist(),
            "bodies": self.bodies.round(4).tolist(),
            "bodyRadius": self.body_radius.round(4).tolist(),
            "bodyAgent": list(self.body_agent),
            "walls": self.walls.round(4).tolist(),
            "ground": self.ground,
            "trail": self.trail,
            "camera": [] if self.width is None else self.followed.round(4).tolist(),
            "returns": self.returns.round(4).tolist(),
            "every": self.every,
            "steps": self.steps,
            **(self._of_types() if self.types else {}),
        }

    def _of_types(self) -> dict[str, Any]:
        """What the player reads where discs are of several types."""
        return {
            "types": list(self.types),
            "corners": list(self.corners),
            "gauges": self.gauges.round(2).tolist(),
            "aims": self.aims.tolist(),
        }


def between(frames: Float[np.ndarray, "frame *shape"], time: float) -> Float[np.ndarray, "*shape"]:
    """The values at a time, in frames, on straight lines between frames; the last ones from then on."""
    before = min(int(time), len(frames) - 1)
    after = min(before + 1, len(frames) - 1)
    return frames[before] + (time - int(time)) * (frames[after] - frames[before])
