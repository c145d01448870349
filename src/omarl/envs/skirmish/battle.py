"""A battle between two sides, as arrays with the battles on the last axis; all times are in game loops."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.envs.skirmish.contract import Visible, column
from omarl.envs.skirmish.units import Unit, UnitTable

NEVER = np.float32(np.inf)
NOBODY = -1
HOLD, MOVE, ATTACK, ADVANCE, HUNT = range(5)
"""Orders: stand, walk to a point, attack one unit, walk and attack who is met, attack the nearest."""


class Orders(NamedTuple):
    """What each unit of a side was told: the kind of order, and whom or where it is about."""

    kind: Int[Array, "unit battle"]
    whom: Int[Array, "unit battle"]
    x: Float[Array, "unit battle"]
    y: Float[Array, "unit battle"]


class Beams(NamedTuple):
    """The beams of a side's colossi: the line that they burn, and what it has touched.

    `x, y` is the middle of the line, `along_x, along_y` its direction. `age` is how long ago the beams began,
    negative if there are none. `due` is when a touched unit is hit; `NEVER` for one that was not touched.
    """

    x: Float[Array, "colossus battle"]
    y: Float[Array, "colossus battle"]
    along_x: Float[Array, "colossus battle"]
    along_y: Float[Array, "colossus battle"]
    age: Float[Array, "colossus battle"]
    due: Float[Array, "colossus other battle"]


class Army(NamedTuple):
    """The units of one side; who has no life left is dead.

    `calm` is the time until the shield grows back, `ready` until the next shot may begin. `windup` is the
    time until a shot leaves, `flight` and `second` until its first and its second blow fall, `NEVER` if there
    is none; `shot_at` is whom it is for. `target` is whom the unit attacks, `NOBODY` if nobody. `last_x,
    last_y` is the step that it made in the last loop.
    """

    x: Float[Array, "unit battle"]
    y: Float[Array, "unit battle"]
    life: Float[Array, "unit battle"]
    shield: Float[Array, "unit battle"]
    calm: Float[Array, "unit battle"]
    ready: Float[Array, "unit battle"]
    windup: Float[Array, "unit battle"]
    flight: Float[Array, "unit battle"]
    second: Float[Array, "unit battle"]
    target: Int[Array, "unit battle"]
    shot_at: Int[Array, "unit battle"]
    last_x: Float[Array, "unit battle"]
    last_y: Float[Array, "unit battle"]
    beams: Beams

    @property
    def alive(self) -> Bool[Array, "unit battle"]:
        """Who is not dead."""
        return self.life > 0.0

    @property
    def visible(self) -> Visible:
        """What the contract looks at."""
        return Visible(self.x, self.y, self.life, self.shield)


class Numbers(NamedTuple):
    """The numbers of a side's units (see `units.Unit`); `damage` is that of a blow at each enemy."""

    kinds: tuple[Unit, ...]
    life: Float[np.ndarray, "unit 1"]
    shield: Float[np.ndarray, "unit 1"]
    armour: Float[np.ndarray, "unit 1"]
    speed: Float[np.ndarray, "unit 1"]
    radius: Float[np.ndarray, "unit 1"]
    reach: Float[np.ndarray, "unit 1"]
    scan: Float[np.ndarray, "unit 1"]
    slop: Float[np.ndarray, "unit 1"]
    period: Float[np.ndarray, "unit 1"]
    soonest: Float[np.ndarray, "unit 1"]
    latest: Float[np.ndarray, "unit 1"]
    windup: Float[np.ndarray, "unit 1"]
    missile_speed: Float[np.ndarray, "unit 1"]
    hit_gap: Float[np.ndarray, "unit 1"]
    regeneration: Float[np.ndarray, "unit 1"]
    strides: Bool[np.ndarray, "unit 1"]
    damage: Float[np.ndarray, "unit other 1"]

    @property
    def colossi(self) -> list[int]:
        """Who shoots with beams."""
        return [index for index, kind in enumerate(self.kinds) if kind.weapon == "beam"]


_PLAIN = set(Numbers._fields) - {"kinds", "soonest", "latest", "strides", "damage"}


def numbers_of(table: UnitTable, side: Sequence[str], other: Sequence[str]) -> Numbers:
    """The numbers of a side that fights another one."""
    kinds, enemies = ([table.units[name] for name in each] for each in (side, other))
    plain = {name: column([getattr(kind, name) for kind in kinds]) for name in _PLAIN}
    damage = np.array([[kind.damage_to(enemy) for enemy in enemies] for kind in kinds], np.float32)
    soonest, latest = (column([kind.delay[end] for kind in kinds]) for end in (0, 1))
    strides = np.array([[kind.strides] for kind in kinds])
    return Numbers(
        kinds=tuple(kinds), soonest=soonest, latest=latest, strides=strides, damage=damage[..., None], **plain
    )


def fresh_army(
    numbers: Numbers, others: int, x: Float[Array, "unit battle"], y: Float[Array, "unit battle"]
) -> Army:
    """A side at the start of an episode: everybody whole, and ready to shoot."""
    life, shield = (jnp.broadcast_to(jnp.asarray(each), x.shape) for each in (numbers.life, numbers.shield))
    zero, never = jnp.zeros_like(x), jnp.full_like(x, NEVER)
    nobody = jnp.full(x.shape, NOBODY, jnp.int32)
    few = jnp.zeros((len(numbers.colossi), x.shape[1]))
    due = jnp.full((len(numbers.colossi), others, x.shape[1]), NEVER)
    return Army(
        x=x,
        y=y,
        life=life,
        shield=shield,
        calm=zero,
        ready=zero,
        windup=never,
        flight=never,
        second=never,
        target=nobody,
        shot_at=nobody,
        last_x=zero,
        last_y=zero,
        beams=Beams(few, few, few, few, few - 1.0, due),
    )


def chosen(
    whom: Int[Array, "unit battle"],
    values: Float[Array, "#unit other battle"] | Bool[Array, "#unit other battle"],
) -> Array:
    """For each unit the value of the enemy that it is about; zero for `NOBODY`.

    It is a chain of comparisons, which XLA computes for many battles at once; it gathers one by one.
    """
    found = jnp.zeros(whom.shape, values.dtype)
    for index in range(values.shape[1]):
        found = jnp.where(whom == index, values[:, index], found)
    return found
