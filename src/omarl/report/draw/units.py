"""Discs of several types, as a battle has them: shapes by type, arcs for what is left, lines for shots."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.report.draw.trajectory import Trajectory

ROUND = 32
"""With so many corners a shape looks round."""
SHAPE = 0.5
"""The size of a round shape, as a part of the disc's radius; one with corners is a little larger."""
FIRST_ARC, NEXT_ARC, ARC_WIDTH = 0.82, 0.2, 0.15
EDGE_WIDTH, SHOT_WIDTH = 0.14, 0.16
CLEAR, SHOT, PALE, FAINT, FILLED, HOLLOW = 1.0, 0.75, 0.45, 0.22, 0.62, 0.0
"""How strong the colour is of lines, shots, further arcs, who is gone, and the fillings of both sides."""


class Stroke(NamedTuple):
    """A line through points of the plane, in the colour of one side.

    `width` is a length. `strength` and `filling` are how much of the colour there is in the line and in what
    it encloses, from 0 to 1; None for what is not filled.
    """

    points: Float[np.ndarray, "point 2"]
    width: float
    own: bool
    strength: float
    filling: float | None = None


def units(episode: Trajectory, time: float) -> Iterator[Stroke]:
    """Everything that is drawn of the discs at a time, in frames: the gone, the living, then the shots."""
    now = episode.at(time)
    own = [kind == episode.kinds[0] for kind in episode.kinds]
    gone = (now.gauges[:1] <= 0.0).any(0)
    for unit in np.flatnonzero(gone):
        outline = shape(episode.corners[unit], episode.radius[unit]) + now.agents[unit]
        yield Stroke(outline, EDGE_WIDTH * episode.radius[unit], own[unit], FAINT)
    for unit in np.flatnonzero(~gone):
        size, place = float(episode.radius[unit]), now.agents[unit]
        outline = shape(episode.corners[unit], size) + place
        yield Stroke(outline, EDGE_WIDTH * size, own[unit], CLEAR, FILLED if own[unit] else HOLLOW)
        for index, share in enumerate(now.gauges[:, unit].tolist()):
            radius = (FIRST_ARC + NEXT_ARC * index) * size
            yield Stroke(arc(radius, share) + place, ARC_WIDTH * size, own[unit], PALE if index else CLEAR)
    for shooter, target in episode.shots(time):
        line = now.agents[[shooter, target]]
        yield Stroke(line, SHOT_WIDTH * float(episode.radius[shooter]), own[shooter], SHOT)


def shape(corners: int, radius: float) -> Float[np.ndarray, "point 2"]:
    """The closed outline of a type around the origin, standing on a side."""
    count = corners or ROUND
    size = SHAPE * radius * (1.0 + (1.0 / corners if corners else 0.0))
    angle = 2.0 * np.pi * (np.arange(count + 1) + (0.0 if count % 2 else 0.5)) / count
    return size * np.stack([np.sin(angle), np.cos(angle)], -1)


def arc(radius: float, share: float) -> Float[np.ndarray, "point 2"]:
    """A part of a circle around the origin, from the top to the right."""
    angle = np.linspace(0.0, 2.0 * np.pi * share, max(round(ROUND * share), 1) + 1)
    return radius * np.stack([np.sin(angle), np.cos(angle)], -1)
