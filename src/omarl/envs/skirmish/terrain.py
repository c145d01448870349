"""The ground of a map: where one can walk, and the way around what one cannot cross."""

from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from omarl.envs.skirmish.maps import SIDE, Map

CELLS = SIDE * SIDE
STEPS = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0))


@dataclass(frozen=True)
class Terrain:
    """The cells of a map, numbered by x and then y."""

    map: Map

    @cached_property
    def walkable(self) -> Bool[np.ndarray, "cell"]:
        """Where one can walk."""
        return self.map.walkable.reshape(-1)

    @cached_property
    def walls(self) -> tuple[float, float]:
        """Below and above which y nobody can walk anywhere."""
        rows = np.flatnonzero(self.map.walkable.any(0))
        return float(rows[0]), float(rows[-1] + 1)

    @cached_property
    def is_rectangle(self) -> bool:
        """Whether one can walk on all cells of a rectangle and nowhere else."""
        x, y = (np.flatnonzero(self.map.walkable.any(axis)) for axis in (1, 0))
        return bool(self.map.walkable[x[0] : x[-1] + 1, y[0] : y[-1] + 1].all())

    @cached_property
    def next_cell(self) -> Int[np.ndarray, "entry"]:
        """The cell to go to from each cell on a shortest way to each goal, at `goal * CELLS + cell`."""
        return cells_on_ways(self.map.walkable).reshape(-1)

    def open(
        self, x: Float[Array, "unit battle"], y: Float[Array, "unit battle"]
    ) -> Bool[Array, "unit battle"]:
        """Whether these places lie on the map where one can walk."""
        inside = (x >= 0.0) & (x < SIDE) & (y >= 0.0) & (y < SIDE)
        return inside & jnp.asarray(self.walkable)[cell_of(x, y)]

    def towards(
        self,
        x: Float[Array, "unit battle"],
        y: Float[Array, "unit battle"],
        goal_x: Float[Array, "unit battle"],
        goal_y: Float[Array, "unit battle"],
        strides: Bool[np.ndarray, "unit 1"],
    ) -> tuple[Float[Array, "unit battle"], Float[Array, "unit battle"]]:
        """Where to walk next on the way to a goal: the middle of the next cell, and at last the goal.

        Who `strides` over everything walks straight, and so does everybody where nothing is in the way.
        """
        if self.is_rectangle or strides.all():
            return goal_x, goal_y
        here, goal = cell_of(x, y), cell_of(goal_x, goal_y)
        after = jnp.asarray(self.next_cell)[goal * CELLS + here].astype(jnp.int32)
        last = (after == goal) | (after == here) | strides
        middle = ((after // SIDE).astype(x.dtype) + 0.5, (after % SIDE).astype(x.dtype) + 0.5)
        return jnp.where(last, goal_x, middle[0]), jnp.where(last, goal_y, middle[1])


def cell_of(x: Float[Array, "unit battle"], y: Float[Array, "unit battle"]) -> Int[Array, "unit battle"]:
    """The number of the cell of a place; places outside of the map count to its edge."""
    column, row = (jnp.clip(place.astype(jnp.int32), 0, SIDE - 1) for place in (x, y))
    return column * SIDE + row


def cells_on_ways(walkable: Bool[np.ndarray, "x y"]) -> Int[np.ndarray, "goal cell"]:
    """For each goal the cell after each cell on a shortest way: eight neighbours, no corner is cut.

    Where there is no way, and at the goal, a cell follows itself.
    """
    _, after = dijkstra(ways_back(walkable), return_predecessors=True)
    return np.where(after < 0, np.arange(CELLS), after).astype(np.int16)


def ways_back(walkable: Bool[np.ndarray, "x y"]) -> csr_array:
    """The lengths of all steps between neighbouring cells, from where each ends to where it begins.

    A step ends where one can walk. It may begin anywhere, for who stands on blocked ground leaves it.
    """
    padded = np.pad(walkable, 1)
    x, y = (axis.reshape(-1) for axis in np.indices(walkable.shape))
    begin, end, length = [], [], []
    for dx, dy in STEPS:
        free = padded[x + dx + 1, y + dy + 1] & padded[x + 1, y + dy + 1] & padded[x + dx + 1, y + 1]
        begin.append((x * SIDE + y)[free])
        end.append(((x + dx) * SIDE + y + dy)[free])
        length.append(np.full(free.sum(), np.hypot(dx, dy)))
    places = np.concatenate(end), np.concatenate(begin)
    return csr_array((np.concatenate(length), places), shape=(CELLS, CELLS))
