"""The cells of a maze in the coordinates of the ball: where they lie, and which walls are near a position."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.envs.maze2d.ball import HALF_CELL, NearWalls, Vector
from omarl.envs.maze2d.families import Family
from omarl.envs.maze2d.layouts import FREE, GOAL, WALL, Layout


@dataclass(frozen=True)
class MazeGrid:
    """A maze whose axes are x and y: the letter of each cell, the centre of the first, and a cell's spot."""

    letters: np.ndarray
    origin: Float[np.ndarray, "2"]
    off_centre: float

    @classmethod
    def of(cls, layout: Layout, family: Family) -> "MazeGrid":
        """The maze in a family's coordinates."""
        letters = family.turned(np.array([list(row) for row in layout.rows]))
        return cls(letters, family.origin(letters.shape), family.off_centre)

    @property
    def wall(self) -> Bool[np.ndarray, "x y"]:
        """Where the walls are."""
        return self.letters == WALL

    def centre(self, cells: Int[np.ndarray, "cell 2"]) -> Float[np.ndarray, "cell 2"]:
        """The centres of these cells."""
        return self.origin + cells

    def spots(self, letters: str) -> Float[np.ndarray, "cell 2"]:
        """The spots of the cells that have one of these letters."""
        return self.centre(np.argwhere(np.isin(self.letters, list(letters)))) + self.off_centre

    @property
    def free_spots(self) -> Float[np.ndarray, "cell 2"]:
        """The spots of all cells that are no walls."""
        return self.spots(FREE + GOAL)

    @property
    def corners(self) -> Bool[np.ndarray, "corner wall"]:
        """For each quarter of each cell, whether there is a wall next to it: along x, along y, diagonally.

        Quarters are counted as `around` does. What lies outside of the map is wall.
        """
        padded = np.pad(self.wall, 1, constant_values=True)
        width, height = self.wall.shape
        inside = slice(1, width + 1), slice(1, height + 1)

        def shifted(x: int, y: int) -> Bool[np.ndarray, "x y"]:
            return np.roll(padded, (-x, -y), (0, 1))[inside]

        quarters = [[(x, 0), (0, y), (x, y)] for x in (-1, 1) for y in (-1, 1)]
        near = np.array([[shifted(*step) for step in quarter] for quarter in quarters])
        return np.moveaxis(near, (0, 1), (2, 3)).reshape(-1, 3)

    def around(self, position: Float[Array, "2"]) -> tuple[NearWalls, Vector]:
        """Which walls are next to the ball's quarter of its cell, and where it is from the cell's centre."""
        width, height = self.wall.shape
        x, y = position[0] - self.origin[0], position[1] - self.origin[1]
        column = jnp.clip(jnp.floor(x + HALF_CELL), 0, width - 1)
        row = jnp.clip(jnp.floor(y + HALF_CELL), 0, height - 1)
        offset = Vector(x - column, y - row)
        quarter = 2 * (offset.x >= 0.0) + (offset.y >= 0.0)
        corner = (column * height + row).astype(jnp.int32) * 4 + quarter
        near = jnp.asarray(self.packed)[corner]
        return ((near & 1) > 0, (near & 2) > 0, (near & 4) > 0), offset

    @property
    def packed(self) -> Int[np.ndarray, "corner"]:
        """The three truth values of `corners` as the bits of one number, so that a step looks up once."""
        return (self.corners * [1, 2, 4]).sum(1).astype(np.int32)
