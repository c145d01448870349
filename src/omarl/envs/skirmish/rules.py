"""What two simulators do differently, as values: how targets are chosen, how beams burn, how one walks.

`liberty` is our reading of StarCraft II, `smaclite` what smaclite 0d6abbe was seen to do. Where nobody has
measured the game a rule of `liberty` is a guess; `docs/skirmish.md` lists them.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from omarl.envs.skirmish.battle import NEVER, Beams
from omarl.envs.skirmish.bodies import Moves, avoided, pushed_apart

KEPT_BEYOND = 1.0
"""How far beyond the scan range a target is kept."""
BEAM_POINTS = 11
BEAM_HALF_LENGTH = 1.25
BEAM_RADIUS = 0.15
POINTS_A_LOOP = 2
POINT_DELAY, TARGET_DELAY = 4.0, 6.0
SWEEP = (BEAM_POINTS - 1) / POINTS_A_LOOP
CHANNELLED = SWEEP + TARGET_DELAY + 1.0
"""Loops in which a colossus's beams can be cut."""

Gaps = Float[Array, "unit other battle"]
"""Distances from edge to edge, or where it is said between centres."""


class Rules(NamedTuple):
    """How one fights.

    `nearness(centre, edge)` is the distance by which a unit prefers an enemy, of those between centres and
    between edges. `notices(centre, edge, own, other)` says of which enemies it takes notice, `keeps` whether
    it goes on with the one it has; `own` and `other` are the `Numbers` of both sides. A unit `answers` who
    attacks it: it keeps that enemy, and takes it if there is none to notice. `touches(beams, x, y, radius)`
    is when the beams of this loop will hit each enemy, `NEVER` if they do not touch it; the target itself is
    hit `target_due` after the beams began. A blow does at least `least_damage`. `shoots_dead` says whether
    one goes on shooting at an enemy that died during the step, `overshoots` whether one walks past the end of
    the way. `spacing(bodies, build)` gives the steps that bodies make of those that they want, so that they
    do not run into each other.
    """

    nearness: Callable[[Gaps, Gaps], Gaps]
    notices: Callable[..., Bool[Array, "unit other battle"]]
    keeps: Callable[..., Bool[Array, "unit other battle"]]
    answers: bool
    touches: Callable[..., Gaps]
    target_due: float
    least_damage: float
    shoots_dead: bool
    overshoots: bool
    spacing: Callable[..., Moves]


def swept(
    beams: Beams, x: Float[Array, "other battle"], y: Float[Array, "other battle"], radius: np.ndarray
) -> Gaps:
    """A beam visits points along its line, two of them each loop; who is near one is hit 4 loops later."""
    due = jnp.full(beams.due.shape, NEVER)
    for step in range(POINTS_A_LOOP):
        point = beams.age * POINTS_A_LOOP + step
        along = (point / (BEAM_POINTS - 1) * 2.0 - 1.0) * BEAM_HALF_LENGTH
        dx = x[None] - (beams.x + along * beams.along_x)[:, None]
        dy = y[None] - (beams.y + along * beams.along_y)[:, None]
        near = jnp.sqrt(dx**2 + dy**2) <= BEAM_RADIUS + radius[None]
        there = (point >= 0) & (point < BEAM_POINTS)
        due = jnp.minimum(due, jnp.where(near & there[:, None], POINT_DELAY + step / POINTS_A_LOOP, NEVER))
    return due


LINE_HALF = (1.4, 0.15)
LINE_QUERY = float(np.hypot(2.8, 0.3) / 2)


def burnt_at_once(
    beams: Beams, x: Float[Array, "other battle"], y: Float[Array, "other battle"], radius: np.ndarray
) -> Gaps:
    """A line of 2.8 by 0.3 burns in the loop in which it is shot; far centres are missed, as in smaclite."""
    dx, dy = x[None] - beams.x[:, None], y[None] - beams.y[:, None]
    along = jnp.abs(dx * beams.along_x[:, None] + dy * beams.along_y[:, None])
    across = jnp.abs(dy * beams.along_x[:, None] - dx * beams.along_y[:, None])
    outside = (jnp.maximum(along - LINE_HALF[0], 0.0), jnp.maximum(across - LINE_HALF[1], 0.0))
    near = (outside[0] ** 2 + outside[1] ** 2 <= radius[None] ** 2) & (dx**2 + dy**2 <= LINE_QUERY**2)
    return jnp.where(near & (beams.age == 0.0)[:, None], 0.0, NEVER)


RULES: Mapping[str, Rules] = {
    "liberty": Rules(
        nearness=lambda centre, edge: edge,
        notices=lambda centre, edge, own, other: edge <= own.scan[:, None],
        keeps=lambda centre, edge, own, other: edge <= own.scan[:, None] + KEPT_BEYOND,
        answers=False,
        touches=swept,
        target_due=SWEEP + TARGET_DELAY,
        least_damage=0.5,
        shoots_dead=False,
        overshoots=False,
        spacing=pushed_apart,
    ),
    "smaclite": Rules(
        nearness=lambda centre, edge: centre,
        notices=lambda centre, edge, own, other: centre < own.scan[:, None] + other.radius[None],
        keeps=lambda centre, edge, own, other: edge <= own.reach[:, None],
        answers=True,
        touches=burnt_at_once,
        target_due=0.0,
        least_damage=0.0,
        shoots_dead=True,
        overshoots=True,
        spacing=avoided,
    ),
}
"""By the name that a unit table gives."""
