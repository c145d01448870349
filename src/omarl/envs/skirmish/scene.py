"""What a skirmish shows: its units with what they have left, the ground, and who shoots at whom."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.envs.scenes import Moment, Stage
from omarl.envs.skirmish.battle import NOBODY, Army, Numbers
from omarl.envs.skirmish.fight import LOOPS
from omarl.envs.skirmish.maps import Map
from omarl.envs.skirmish.units import UnitTable

CORNERS: Mapping[str, int] = {"colossus": 6, "stalker": 4, "zealot": 3, "zergling": 0}
"""How many corners the shape of each type has; that of zerglings is round."""
BLOCKED_SHOWN = 1.0
"""How much blocked ground is shown around what one can walk on."""

Rectangle = tuple[float, float, float, float]


def battlefield(map: Map, table: UnitTable) -> Stage:
    """The stage of a map: both sides' units by type, and the blocked ground."""
    names = (*map.allies, *map.enemies)
    return Stage(
        kinds=("learner",) * len(map.allies) + ("opponent",) * len(map.enemies),
        radius=tuple(table.units[name].radius for name in names),
        walls=tuple(_cut(box, map.walkable) for box in boxes(~map.walkable)),
        trail=0,
        margin=2.0,
        types=names,
        corners=tuple(CORNERS[name] for name in names),
    )


def boxes(cells: Bool[np.ndarray, "x y"]) -> list[Rectangle]:
    """Rectangles that cover these cells: runs along x, joined where rows above each other have the same."""
    found: list[Rectangle] = []
    for y, row in enumerate(cells.T):
        edges = np.flatnonzero(np.diff(np.pad(row.astype(int), 1))).astype(float)
        for left, right in edges.reshape(-1, 2).tolist():
            below = next((box for box in found if (box[0], box[2], box[3]) == (left, right, y)), None)
            if below is not None:
                found.remove(below)
            found.append((left, float(y) if below is None else below[1], right, y + 1.0))
    return found


def _cut(box: Rectangle, walkable: Bool[np.ndarray, "x y"]) -> Rectangle:
    """The rectangle without what lies farther from the ground than the margin, above or below it."""
    rows = np.flatnonzero(walkable.any(0))
    low, high = float(rows[0]) - BLOCKED_SHOWN, float(rows[-1]) + 1.0 + BLOCKED_SHOWN
    return box[0], max(box[1], low), box[2], min(box[3], high)


def in_view(sides: tuple[Army, Army], numbers: tuple[Numbers, Numbers]) -> Moment:
    """Both sides of one battle: places, life and shields as parts of the whole, and shots."""
    first = len(sides[0].x)
    aims = [shooting(side, each) for side, each in zip(sides, numbers, strict=True)]
    return Moment(
        discs=jnp.concatenate([jnp.stack([side.x, side.y], -1) for side in sides]),
        gauges=jnp.concatenate([_left(side, each) for side, each in zip(sides, numbers, strict=True)], -1),
        aims=jnp.concatenate([jnp.where(aims[0] == NOBODY, NOBODY, aims[0] + first), aims[1]]),
    )


def _left(side: Army, numbers: Numbers) -> Float[Array, "gauge unit"]:
    """What is left of the life and the shield of each unit."""
    return jnp.stack([side.life / numbers.life[:, 0], side.shield / np.maximum(numbers.shield[:, 0], 1.0)])


def shooting(side: Army, numbers: Numbers) -> Int[Array, "unit"]:
    """Whom each unit shoots at: its shot began in this step or has not fallen yet; `NOBODY` for the others.

    When a shot began is read from the time until the next one, of which a small part is random. So a shot
    may be seen for up to three loops longer than a step.
    """
    began = side.ready >= (numbers.period + numbers.soonest)[:, 0] - (LOOPS - 1)
    under_way = jnp.isfinite(jnp.stack([side.windup, side.flight, side.second])).any(0)
    shoots = (side.life > 0.0) & (began | under_way) & (side.shot_at != NOBODY)
    return jnp.where(shoots, side.shot_at, NOBODY)
