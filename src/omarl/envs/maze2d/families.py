"""The two definitions of Maze2D as data: D4RL's (Fu et al. 2020), and PointMaze of Gymnasium-Robotics."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from omarl.envs.maze2d.layouts import FREE, GOAL


class Family(NamedTuple):
    """What differs between the definitions; lengths are in metres.

    `turned` puts a map of rows and columns into the order of the coordinates x and y, and `origin` gives the
    position of the centre of the cell (0, 0) of a map of this shape. The *spot* of a cell, where starts and
    goals are, is `off_centre` from its centre on both axes. A start is drawn from the spots of free cells, no
    nearer to the goal than `apart`, with uniform noise of `start_noise` on each axis; its velocity is normal
    with deviation `start_speed`. A goal is drawn from the spots of the cells marked by `goals`, with noise
    `goal_noise`, and reached within `goal_radius`. Contacts begin at a distance of `margin`, MuJoCo's for the
    pair of ball and wall. `shows_goal` says whether the goal is a part of the observation.
    """

    turned: Callable[[Shaped[np.ndarray, "row column"]], Shaped[np.ndarray, "x y"]]
    origin: Callable[[tuple[int, ...]], Float[np.ndarray, "2"]]
    off_centre: float
    goals: str
    goal_noise: float
    goal_radius: float
    start_noise: float
    start_speed: float
    apart: float
    margin: float
    shows_goal: bool


def as_given(rows: Shaped[np.ndarray, "row column"]) -> Shaped[np.ndarray, "x y"]:
    """D4RL's axes: x counts rows and y counts columns."""
    return rows


def seen_from_above(rows: Shaped[np.ndarray, "row column"]) -> Shaped[np.ndarray, "x y"]:
    """PointMaze's axes: x counts columns, and y counts rows upwards from the last one."""
    return rows[::-1].T


D4RL = Family(
    turned=as_given,
    origin=lambda shape: np.full(2, -0.2),  # the body starts at (1.2, 1.2), walls stand at (1, 1)
    off_centre=0.2,
    goals=GOAL,
    goal_noise=0.0,
    goal_radius=0.5,
    start_noise=0.1,
    start_speed=0.1,
    apart=0.0,
    margin=0.002,  # of two geoms with 0.002 each: MuJoCo took the larger one before 3.5, the sum since
    shows_goal=False,
)
POINT_MAZE = Family(
    turned=seen_from_above,
    origin=lambda shape: 0.5 - np.array(shape) / 2,
    off_centre=0.0,
    goals=FREE + GOAL,
    goal_noise=0.25,
    goal_radius=0.45,
    start_noise=0.25,
    start_speed=0.0,
    apart=0.5,
    margin=0.004,
    shows_goal=True,
)

FAMILIES: Mapping[str, Family] = {"d4rl": D4RL, "pointmaze": POINT_MAZE}
"""By the value of the task's parameter `family`."""
