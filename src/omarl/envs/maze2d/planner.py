"""Shortest ways through a maze by Q-iteration over its cells, as D4RL's controller plans them."""

import numpy as np
from jaxtyping import Bool, Int

MOVES = ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0))
"""To stay, and to go one cell along y or x; of equally good moves the first is taken."""
DISCOUNT = 0.99
ITERATIONS = 50


def successors(wall: Bool[np.ndarray, "x y"]) -> Int[np.ndarray, "cell move"]:
    """The cell after each move from each cell; a move into a wall or out of the maze stays.

    Cells are numbered row by row of the array. A wall is a cell too, which can be left and not entered: a
    ball that leans against a wall may round to it.
    """
    number = np.arange(wall.size).reshape(wall.shape)
    blocked = np.pad(wall, 1, constant_values=True)
    target = np.pad(number, 1)
    x, y = np.indices(wall.shape) + 1
    after = [
        np.where(blocked[x + dx, y + dy], number, target[x + dx, y + dy]).reshape(-1) for dx, dy in MOVES
    ]
    return np.stack(after, 1)


def next_cells(wall: Bool[np.ndarray, "x y"]) -> Int[np.ndarray, "goal cell"]:
    """The cell to go to from each cell on the way to each goal; the goal's own cell is not left."""
    after = successors(wall)
    at_goal = np.eye(wall.size)[:, :, None]
    value = np.zeros((wall.size, wall.size))
    quality = at_goal + DISCOUNT * value[:, after]
    for _ in range(ITERATIONS - 1):
        value = quality.max(2)
        quality = at_goal + DISCOUNT * value[:, after]
    return np.take_along_axis(after[None], quality.argmax(2)[..., None], 2)[..., 0].astype(np.int32)
