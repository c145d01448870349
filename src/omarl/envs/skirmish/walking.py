"""How units move: straight or around the cliff, out of each other's way, never onto blocked ground."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from omarl.envs.skirmish.battle import Army, Numbers
from omarl.envs.skirmish.bodies import SMALLEST, Bodies, Build, Moves
from omarl.envs.skirmish.contract import column
from omarl.envs.skirmish.maps import SIDE
from omarl.envs.skirmish.rules import Rules
from omarl.envs.skirmish.terrain import Terrain

EDGE = 1e-3


class Way(NamedTuple):
    """Where each unit of a side wants to be after this loop, and whether it walks at all."""

    x: Float[Array, "unit battle"]
    y: Float[Array, "unit battle"]
    walks: Bool[Array, "unit battle"]


def step_to(
    side: Army,
    walks: Bool[Array, "unit battle"],
    x: Float[Array, "unit battle"],
    y: Float[Array, "unit battle"],
    speed: Float[np.ndarray, "unit 1"],
    overshoots: bool,
) -> Way:
    """A step towards a point; who arrives stops there, unless it `overshoots`."""
    dx, dy = x - side.x, y - side.y
    distance = jnp.sqrt(dx**2 + dy**2)
    length = jnp.where(distance > 0.0, speed, 0.0) if overshoots else jnp.minimum(distance, speed)
    part = jnp.where(walks, length / jnp.maximum(distance, SMALLEST), 0.0)
    return Way(side.x + part * dx, side.y + part * dy, walks)


def crowds(numbers: tuple[Numbers, Numbers]) -> list[list[int]]:
    """The units of both sides, numbered through, in groups within which bodies push each other."""
    kinds = [kind for side in numbers for kind in side.kinds]
    parts = [[i for i, kind in enumerate(kinds) if kind.strides is strides] for strides in (False, True)]
    return [part for part in parts if part]


def moved(
    sides: tuple[Army, Army],
    ways: tuple[Way, Way],
    numbers: tuple[Numbers, Numbers],
    terrain: Terrain,
    rules: Rules,
) -> tuple[Army, Army]:
    """Both sides after their steps."""
    joined = [
        jnp.concatenate([getattr(side, name) for side in sides]) for name in ("x", "y", "last_x", "last_y")
    ]
    wish_x, wish_y, walks = (jnp.concatenate(pair) for pair in zip(*ways, strict=True))
    x, y, last_x, last_y = joined
    bodies = Bodies(
        x, y, wish_x - x, wish_y - y, last_x, last_y, jnp.concatenate([side.alive for side in sides]), walks
    )
    kinds = [kind for side in numbers for kind in side.kinds]
    for group in crowds(numbers):
        rows = np.array(group)
        part = Bodies(*(each[rows] for each in bodies))
        size, speed = (column([getattr(kinds[row], name) for row in group]) for name in ("body", "speed"))
        step_x, step_y = rules.spacing(part, Build(size, speed, terrain.walls))
        place = _on_the_map if kinds[group[0]].strides else _on_open_ground
        placed = place((part.x + step_x, part.y + step_y), part, terrain)
        x, y = x.at[rows].set(placed[0]), y.at[rows].set(placed[1])
        last_x, last_y = last_x.at[rows].set(step_x), last_y.at[rows].set(step_y)
    first = len(sides[0].x)

    def stands(side: Army, part: slice) -> Army:
        return side._replace(x=x[part], y=y[part], last_x=last_x[part], last_y=last_y[part])

    return stands(sides[0], slice(None, first)), stands(sides[1], slice(first, None))


def _on_the_map(placed: Moves, before: Bodies, terrain: Terrain) -> Moves:
    """The new places, none of them beyond the edge of the map."""
    return jnp.clip(placed[0], 0.0, SIDE - EDGE), jnp.clip(placed[1], 0.0, SIDE - EDGE)


def _on_open_ground(placed: Moves, before: Bodies, terrain: Terrain) -> Moves:
    """The new places, or what can be reached of them by sliding along x or y; else the old ones."""
    new_x, new_y = placed
    straight = terrain.open(new_x, new_y)
    along_x, along_y = terrain.open(new_x, before.y), terrain.open(before.x, new_y)
    x = jnp.where(straight | along_x, new_x, before.x)
    y = jnp.where(straight | (along_y & ~along_x), new_y, before.y)
    return x, y
