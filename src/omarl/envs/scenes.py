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
from jaxtyping import Array, Float

NO_POINTS = np.zeros((0, 2), np.float32)
NO_BODIES = np.zeros((0, 4), np.float32)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What stays the same during an episode; lengths are in the task's own units, y points upwards.

    Discs move; `kinds` says what each is, and those of the first kind are the learners. Landmarks are circles
    to reach or to avoid; a goal is one. Bodies are capsules of a radius; each belongs to an agent, by its
    number, or to none. Walls are rectangles from `x0, y0` to `x1, y1`. `ground` is the height of the ground
    in metres, if there is one. `trail` is how many steps the path behind each disc reaches back, None for all
    of them. `width` is how wide a window follows what moves; None for a window that shows everything at once.
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


class Moment(NamedTuple):
    """Where everything is at one moment: discs, landmarks, and both ends of each body's axis."""

    discs: Float[Array | np.ndarray, "*time disc 2"] = NO_POINTS
    landmarks: Float[Array | np.ndarray, "*time landmark 2"] = NO_POINTS
    bodies: Float[Array | np.ndarray, "*time body 4"] = NO_BODIES


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
