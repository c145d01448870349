"""What a task shows: its stage, and where everything on it is at one moment.

A task that can be drawn has a `stage` and a method `shown`. On the device `shown(state)` is a pure function
of a state. On the host `shown(copy)` is asked after each reset and each step. A task on the device whose
first observations tell the whole state has `start_from(obs)` too, so that a recorded episode can be played
again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

NO_POINTS = np.zeros((0, 2), np.float32)
NO_BODIES = np.zeros((0, 4), np.float32)
NO_GAUGES = np.zeros((0, 0), np.float32)
NO_AIMS = np.zeros(0, np.int32)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What stays the same during an episode; lengths are in the task's own units, y points upwards.

    Discs move; `kinds` says what each is, and those of the first kind are the learners. Landmarks are circles
    to reach or to avoid; a goal is one. Bodies are capsules of a radius; each belongs to an agent, by its
    number, or to none. Walls are rectangles from `x0, y0` to `x1, y1`. `ground` is the height of the ground
    in metres, if there is one. `trail` is how many steps the path behind each disc reaches back, None for all
    of them. `width` is how wide a window follows what moves; None for a window that shows everything at once.
    Where discs are of several types, `types` says what each is called and `corners` how many corners it is
    drawn with, 0 for a round one. With a `margin` a window reaches that far beyond all places where discs
    ever are, instead of to the outermost walls.
    """

    kinds: tuple[str, ...] = ()
    radius: tuple[float, ...] = ()
    landmark_radius: tuple[float, ...] = ()
    body_radius: tuple[float, ...] = ()
    body_agent: tuple[int | None, ...] = ()
    walls: tuple[tuple[float, float, float, float], ...] = ()
    ground: float | None = None
    trail: int | None = 12
    width: float | None = None
    types: tuple[str, ...] = ()
    corners: tuple[int, ...] = ()
    margin: float | None = None


class Moment(NamedTuple):
    """Where everything is at one moment: discs, landmarks, and both ends of each body's axis.

    A gauge says how much each disc has left of something, from 0 to 1; a disc whose first gauge is at 0 is
    gone. `aims` is the number of the disc that each disc shoots at on the way to this moment, negative for
    none.
    """

    discs: Float[Array | np.ndarray, "*time disc 2"] = NO_POINTS
    landmarks: Float[Array | np.ndarray, "*time landmark 2"] = NO_POINTS
    bodies: Float[Array | np.ndarray, "*time body 4"] = NO_BODIES
    gauges: Float[Array | np.ndarray, "*time gauge disc"] = NO_GAUGES
    aims: Int[Array | np.ndarray, "*time disc"] = NO_AIMS

    @property
    def places(self) -> tuple[Float[Array | np.ndarray, "*time thing ends"], ...]:
        """The positions of everything, without what else is known."""
        return self.discs, self.landmarks, self.bodies


class Scene(NamedTuple):
    """One episode to look at: a stage, the moments before the first step and after each, and the rewards."""

    stage: Stage
    moments: Moment
    reward: Float[np.ndarray, "step"]

    def until(self, steps: int) -> "Scene":
        """The beginning of the episode, so many steps long at most."""
        shown = Moment(*(points[: steps + 1] for points in self.moments))
        return Scene(self.stage, shown, self.reward[:steps])


def stage_of(task: Any) -> Stage | None:
    """The stage of a task; None if the task cannot be drawn."""
    return getattr(task, "stage", None)


def start_finder(task: Any) -> Callable[[Any], Any] | None:
    """The task's function from the first observations of an episode to its state; None if it has none."""
    return getattr(task, "start_from", None)
