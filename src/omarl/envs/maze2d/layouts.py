"""The three mazes as data: `#` is a wall, `G` the cell of the fixed goal, `O` another free cell."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

WALL, GOAL, FREE = "#", "G", "O"


class Layout(NamedTuple):
    """A maze of square cells with sides of 1 m, row by row, and its time limit in steps."""

    name: str
    rows: tuple[str, ...]
    horizon: int

    def where(self, letters: str) -> Bool[np.ndarray, "row column"]:
        """The cells that have one of these letters."""
        return np.isin([list(row) for row in self.rows], list(letters))


UMAZE = Layout(
    "maze2d-umaze",
    (
        "#####",
        "#GOO#",
        "###O#",
        "#OOO#",
        "#####",
    ),
    horizon=300,
)
MEDIUM = Layout(
    "maze2d-medium",
    (
        "########",
        "#OO##OO#",
        "#OO#OOO#",
        "##OOO###",
        "#OO#OOO#",
        "#O#OO#O#",
        "#OOO#OG#",
        "########",
    ),
    horizon=600,
)
LARGE = Layout(
    "maze2d-large",
    (
        "############",
        "#OOOO#OOOOO#",
        "#O##O#O#O#O#",
        "#OOOOOO#OOO#",
        "#O####O###O#",
        "#OO#O#OOOOO#",
        "##O#O#O#O###",
        "#OO#OOO#OGO#",
        "############",
    ),
    horizon=800,
)
