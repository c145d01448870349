"""Where the units stand when an episode begins: in square blocks, the enemies' turned by half a circle."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

GAP = 0.05
"""Between neighbours of a block; the offsets of the game are not known, these are smaclite's."""


def block(radii: Sequence[float], centre: tuple[float, float]) -> Float[np.ndarray, "unit 2"]:
    """Places of units with these radii in rows from the lower left, each row as high as its largest unit."""
    side = math.ceil(math.sqrt(len(radii)))
    rows = [list(radii[first : first + side]) for first in range(0, len(radii), side)]
    heights = [max(row) for row in rows] + [0.0] * (side - len(rows))
    width = max(2.0 * sum(row) for row in rows)
    y = -(2.0 * sum(heights) + (side - 1) * GAP) / 2.0
    places = []
    for row, height in zip(rows, heights, strict=False):
        x = -width / 2.0
        for radius in row:
            places.append((x + radius, y + height))
            x += 2.0 * radius + GAP
        y += 2.0 * height + GAP
    return np.array(places) + np.array(centre)


def half_turned(
    places: Float[np.ndarray, "unit 2"], centre: tuple[float, float]
) -> Float[np.ndarray, "unit 2"]:
    """The places turned by half a circle around the centre."""
    return 2.0 * np.array(centre) - places
