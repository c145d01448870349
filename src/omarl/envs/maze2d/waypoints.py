"""D4RL's controller: it plans cell by cell, and steers from waypoint to waypoint by PD control.

Differences from its source (Fu et al. 2020, the released generator):
1. The waypoints of a plan are drawn one by one, when the ball comes to them, not all at the beginning.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Int32

from omarl.batch import PRNGKey
from omarl.envs.maze2d.planner import next_cells
from omarl.envs.maze2d.task import Maze2D

PULL, BRAKE = 10.0, 1.0
REACHED = 0.1
"""In metres: how near to a waypoint the ball must come, and how far it may have moved in the last step."""
WAYPOINT_NOISE = 0.2


class Errand(NamedTuple):
    """On the way to a goal: its cell, the cell and position of the next waypoint, and where the ball was."""

    goal: Int32[Array, ""]
    cell: Int32[Array, ""]
    waypoint: Float[Array, "2"]
    before: Float[Array, "2"]


@dataclass(frozen=True)
class WaypointController:
    """The controller for one maze; all functions are about one ball. Cells are numbered as in `planner`."""

    task: Maze2D

    @cached_property
    def spots(self) -> Float[np.ndarray, "cell 2"]:
        """The spot of each cell, walls included."""
        grid = self.task.grid
        return grid.centre(np.argwhere(np.ones_like(grid.wall))) + grid.off_centre

    @cached_property
    def following(self) -> Int[np.ndarray, "goal cell"]:
        """The next cell on the way to each goal, see `planner.next_cells`."""
        return next_cells(self.task.grid.wall)

    @property
    def free_cells(self) -> Int[np.ndarray, "free"]:
        """The numbers of the cells that are no walls."""
        return np.flatnonzero(~self.task.grid.wall).astype(np.int32)

    def cell_of(self, position: Float[Array, "2"]) -> Int32[Array, ""]:
        """The cell whose spot is nearest."""
        grid = self.task.grid
        last = np.array(grid.wall.shape) - 1
        index = jnp.clip(jnp.round(position - grid.origin - grid.off_centre), 0, last).astype(jnp.int32)
        return index[0] * grid.wall.shape[1] + index[1]

    def spot(self, cell: Int32[Array, ""]) -> Float[Array, "2"]:
        """The spot of one cell."""
        return jnp.asarray(self.spots, jnp.zeros(()).dtype)[cell]

    def begin(self, key: PRNGKey, position: Float[Array, "2"], goal: Int32[Array, ""]) -> Errand:
        """A new plan from here to the goal's cell."""
        start = self.cell_of(position)
        return self.heading(key, goal, start, self.spot(start))

    def heading(
        self, key: PRNGKey, goal: Int32[Array, ""], cell: Int32[Array, ""], before: Float[Array, "2"]
    ) -> Errand:
        """On to the cell after this one; waypoints before the goal are drawn a little beside the spot."""
        cell = jnp.asarray(self.following)[goal, cell]
        noise = jax.random.uniform(key, (2,), maxval=WAYPOINT_NOISE)
        return Errand(goal, cell, self.spot(cell) - jnp.where(cell == goal, 0.0, noise), before)

    def steer(
        self, key: PRNGKey, errand: Errand, position: Float[Array, "2"], velocity: Float[Array, "2"]
    ) -> tuple[Float[Array, "2"], Bool[Array, ""], Errand]:
        """The action from here, whether the goal is reached, and the errand afterwards.

        As in its source, the way made in one step must be short for anything to count as reached.
        """
        end = self.spot(errand.goal)
        slow = _length(errand.before - position) < REACHED
        arrived = slow & (_length(position - end) < REACHED)
        aim = jnp.where(arrived, end, errand.waypoint)
        action = jnp.clip(PULL * (aim - position) - BRAKE * velocity, -1.0, 1.0)
        onward = ~arrived & slow & (_length(position - aim) < REACHED)
        ahead = self.heading(key, errand.goal, errand.cell, position)
        stay = errand._replace(before=position)
        return action, arrived, jax.tree.map(lambda new, old: jnp.where(onward, new, old), ahead, stay)


def _length(vector: Float[Array, "2"]) -> Float[Array, ""]:
    """The Euclidean length."""
    return jnp.sqrt(vector[0] ** 2 + vector[1] ** 2)
