"""What was seen of a battle in each loop of the game, and what can be read from it."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

LEAST_BLOW = 0.45
"""A smaller drop is no blow: the least damage of one is 0.5."""


class Frame(NamedTuple):
    """All units in one loop: our own team, then the enemies in the order in which the game lists them."""

    kind: Int[np.ndarray, "unit"]
    place: Float[np.ndarray, "unit 2"]
    health: Float[np.ndarray, "unit"]
    shield: Float[np.ndarray, "unit"]
    cooldown: Float[np.ndarray, "unit"]


def seen(units: Sequence[Any]) -> Frame:
    """The frame of the units that SMAC knows."""

    def each(name: str) -> np.ndarray:
        return np.array([getattr(unit, name) for unit in units], float)

    return Frame(
        kind=each("unit_type").astype(int),
        place=np.array([(unit.pos.x, unit.pos.y) for unit in units], float),
        health=each("health"),
        shield=each("shield"),
        cooldown=each("weapon_cooldown"),
    )


def listed(frame: Frame) -> list[list[int | float]]:
    """Kind, x and y of each unit, in order."""
    return [[int(kind), *place] for kind, place in zip(frame.kind, frame.place.tolist(), strict=True)]


def life(frame: Frame) -> Float[np.ndarray, "unit"]:
    """Health and shields of each unit; nothing of the dead, whose shields are not told any more."""
    return np.where(frame.health > 0, frame.health + frame.shield, 0.0)


def cooldown_maxima(frames: Sequence[Frame]) -> dict[str, float]:
    """The longest cooldown, in loops, that was seen of each kind of unit."""
    kinds = np.concatenate([frame.kind for frame in frames])
    cooldowns = np.concatenate([frame.cooldown for frame in frames])
    return {str(kind): float(cooldowns[kinds == kind].max()) for kind in np.unique(kinds)}


def blows(frames: Sequence[Frame]) -> dict[str, list[list[int | float]]]:
    """How often each kind of unit lost so much in one loop: rows of shields lost, health lost, how often.

    Blows that fall in the same loop are added up. Those that kill do not count, because nobody sees how large
    they were.
    """
    found: dict[str, Counter[tuple[float, float]]] = {}
    for before, after in pairwise(frames):
        for unit in np.flatnonzero(struck(before, after)):
            loss = (before.shield - after.shield)[unit], (before.health - after.health)[unit]
            found.setdefault(str(before.kind[unit]), Counter())[tuple(np.round(loss, 1).tolist())] += 1
    return {kind: [[*loss, often] for loss, often in each.most_common()] for kind, each in found.items()}


def struck(before: Frame, after: Frame) -> Bool[np.ndarray, "unit"]:
    """Which units were struck and live."""
    return (after.health > 0) & (life(before) - life(after) > LEAST_BLOW)


def rows_of_map(walkable: Bool[np.ndarray, "x y"]) -> list[str]:
    """A grid as lines of text, the highest y first: a point where units can walk, # where they cannot."""
    return ["".join("#."[bool(cell)] for cell in row) for row in walkable.T[::-1]]
