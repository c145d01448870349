"""The part of the plane that pictures of an episode show."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.report.draw.trajectory import Trajectory

ROOM = 1.06
MOST_WIDE = 2.5
"""How many times its height a window is wide at most."""
BELOW_GROUND = 0.3
"""How far below the ground a window reaches, so that there is room for the marks on it."""


class Pane(NamedTuple):
    """A rectangle with its lower left corner at `left, low`.

    The left of one that follows is counted from what it follows.
    """

    left: float
    low: float
    width: float
    height: float

    def json(self) -> list[float]:
        """Left, top, width and height as the page has them, where y points downwards."""
        values = (self.left, -self.low - self.height, self.width, self.height)
        return [round(float(value), 4) for value in values]


def window(episodes: Sequence[Trajectory]) -> Pane:
    """The window that all of these episodes are shown in.

    It follows what moves if they say so. Else it holds all that they ever show: between the outermost walls,
    or without walls in a square. With a margin it ends that far from the discs, if the walls reach so far.
    """
    corner, opposite = extent(episodes)
    (left, low), (right, high) = corner.tolist(), opposite.tolist()
    width, height = right - left, high - low
    widths = [each.width for each in episodes if each.width is not None]
    if widths:
        return _following(float(max(widths)), episodes, low, high)
    margins = [each.margin for each in episodes if each.margin is not None]
    if margins:
        return _around(max(margins), episodes, corner, opposite)
    if any(len(each.walls) for each in episodes):
        return Pane(left, low, max(width, 1e-6), max(height, 1e-6))
    side = ROOM * max(width, height, 1e-6)
    return Pane((left + right - side) / 2, (low + high - side) / 2, side, side)


def _following(width: float, episodes: Sequence[Trajectory], low: float, high: float) -> Pane:
    """A window with the followed x in its middle, no wider than 2.5 times its height."""
    grounds = [each.ground - BELOW_GROUND for each in episodes if each.ground is not None]
    low = min(low, *grounds) if grounds else low
    return Pane(-width / 2, low, width, max(high - low, width / MOST_WIDE))


def _around(
    margin: float,
    episodes: Sequence[Trajectory],
    corner: Float[np.ndarray, "2"],
    opposite: Float[np.ndarray, "2"],
) -> Pane:
    """A window around all discs, no wider than 2.5 times its height and within these corners."""
    places = np.concatenate([each.agents.reshape(-1, 2) for each in episodes])
    low, high = places.min(0) - margin, places.max(0) + margin
    lack = np.array([0.0, max((high - low)[0] / MOST_WIDE - (high - low)[1], 0.0)])
    (left, low_y), (right, high_y) = np.maximum(low - lack / 2, corner), np.minimum(high + lack / 2, opposite)
    return Pane(float(left), float(low_y), float(right - left), float(high_y - low_y))


def extent(episodes: Sequence[Trajectory]) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2"]]:
    """The lower left and the upper right corner of everything that ever appears."""
    corners = [part for each in episodes for part in _corners(each)]
    return np.min([low for low, _ in corners], axis=0), np.max([high for _, high in corners], axis=0)


def _corners(episode: Trajectory) -> list[tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2"]]]:
    """The corners of the discs, the landmarks, the bodies and the walls, as far as there are any."""
    ends = episode.bodies.reshape(*episode.bodies.shape[:2], 2, 2)
    rims = (
        (episode.agents, episode.radius[:, None]),
        (episode.landmarks, episode.landmark_radius[:, None]),
        (ends, episode.body_radius[:, None, None]),
        (episode.walls.reshape(-1, 2, 2), np.zeros(1)),
    )
    return [
        ((points - rim).reshape(-1, 2).min(0), (points + rim).reshape(-1, 2).max(0))
        for points, rim in rims
        if points.size
    ]
