"""Shots, from their beginning to the damage that they do."""

from collections.abc import Iterator
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.envs.skirmish.battle import (
    ADVANCE,
    ATTACK,
    NEVER,
    Army,
    Beams,
    Numbers,
    Orders,
    chosen,
)
from omarl.envs.skirmish.bodies import SMALLEST
from omarl.envs.skirmish.rules import CHANNELLED, Rules
from omarl.envs.skirmish.targets import Gap

SHIELD_WAIT, SHIELD_GROWTH = 160.0, 0.125
NO_BEAM = -1.0


def timers(side: Army, numbers: Numbers) -> Army:
    """A loop passes: all times run down, shields and life of the living grow back."""
    calm = jnp.maximum(side.calm - 1.0, 0.0)
    grows = side.alive & (calm == 0.0)
    shield = jnp.where(grows, jnp.minimum(side.shield + SHIELD_GROWTH, numbers.shield), side.shield)
    life = jnp.minimum(side.life + numbers.regeneration, numbers.life)
    beams = side.beams._replace(
        age=jnp.where(side.beams.age >= 0.0, side.beams.age + 1.0, side.beams.age),
        due=side.beams.due - 1.0,
    )
    return side._replace(
        calm=calm,
        shield=shield,
        life=jnp.where(side.alive, life, side.life),
        ready=jnp.maximum(side.ready - 1.0, 0.0),
        windup=side.windup - 1.0,
        flight=side.flight - 1.0,
        second=side.second - 1.0,
        beams=beams,
    )


def shots(
    side: Army,
    other: Army,
    aim: Int[Array, "unit battle"],
    gap: Gap,
    in_reach: Bool[Array, "unit battle"],
    chance: Float[Array, "unit battle"],
    numbers: Numbers,
    rules: Rules,
) -> Army:
    """Who is ready begins a shot, who has wound up lets it go.

    `chance` is uniform in [0, 1) and decides the delay of the next shot.
    """
    winding = jnp.isfinite(side.windup)
    holds = winding & (aim == side.shot_at) & side.alive
    holds &= chosen(aim, gap.edge) <= numbers.reach + numbers.slop
    broken = winding & ~holds
    begins = in_reach & side.alive & ~winding & (side.ready <= 0.0)
    delay = numbers.soonest + chance * (numbers.latest - numbers.soonest)
    side = side._replace(
        ready=jnp.where(begins, numbers.period + delay, jnp.where(broken, 0.0, side.ready)),
        windup=jnp.where(begins, numbers.windup, jnp.where(holds, side.windup, NEVER)),
        shot_at=jnp.where(begins, aim, side.shot_at),
    )
    return _let_go(side, other, gap, side.windup <= 0.0, numbers, rules)


def _let_go(
    side: Army, other: Army, gap: Gap, leaves: Bool[Array, "unit battle"], numbers: Numbers, rules: Rules
) -> Army:
    """Blows and missiles are on their way, beams begin to burn."""
    beams = np.array([[kind.weapon == "beam"] for kind in numbers.kinds])
    flown = jnp.maximum(chosen(side.shot_at, gap.edge), 0.0) / numbers.missile_speed
    strikes = leaves & ~beams
    twice = np.array([[kind.hits == 2] for kind in numbers.kinds])
    return side._replace(
        windup=jnp.where(leaves, NEVER, side.windup),
        flight=jnp.where(strikes, flown, side.flight),
        second=jnp.where(strikes & twice, flown + numbers.hit_gap, side.second),
        beams=_lit(side, other, leaves, numbers, rules),
    )


def _lit(
    side: Army, other: Army, leaves: Bool[Array, "unit battle"], numbers: Numbers, rules: Rules
) -> Beams:
    """The beams with those that begin now, on a line through the target and across the shot."""
    rows, old = np.array(numbers.colossi, int), side.beams
    whom, begins = side.shot_at[rows], leaves[rows]
    x, y = chosen(whom, other.x[None]), chosen(whom, other.y[None])
    dx, dy = x - side.x[rows], y - side.y[rows]
    distance = jnp.maximum(jnp.sqrt(dx**2 + dy**2), SMALLEST)
    target = whom[:, None] == np.arange(len(other.x))[None, :, None]
    due = jnp.where(target, rules.target_due, NEVER)
    return Beams(
        x=jnp.where(begins, x, old.x),
        y=jnp.where(begins, y, old.y),
        along_x=jnp.where(begins, -dy / distance, old.along_x),
        along_y=jnp.where(begins, dx / distance, old.along_y),
        age=jnp.where(begins, 0.0, old.age),
        due=jnp.where(begins[:, None], due, old.due),
    )


def cut_short(side: Army, orders: Orders, numbers: Numbers) -> Army:
    """The side without the beams of colossi that were told to do something else, or that are dead."""
    rows, beams = np.array(numbers.colossi, int), side.beams
    kind, whom = orders.kind[rows], orders.whom[rows]
    same = (kind >= ADVANCE) | ((kind == ATTACK) & (whom == side.shot_at[rows]))
    ends = (beams.age >= 0.0) & ~(same & side.alive[rows])
    return side._replace(
        beams=beams._replace(
            age=jnp.where(ends, NO_BEAM, beams.age), due=jnp.where(ends[:, None], NEVER, beams.due)
        )
    )


def burning(side: Army, other: Army, of_other: Numbers, rules: Rules) -> Army:
    """The side after its beams touched whom they touch in this loop; each is touched once."""
    beams = side.beams
    touched = rules.touches(beams, other.x, other.y, of_other.radius)
    fresh = jnp.isposinf(beams.due) & other.alive[None] & (beams.age >= 0.0)[:, None]
    return side._replace(
        beams=beams._replace(
            age=jnp.where(beams.age >= CHANNELLED, NO_BEAM, beams.age),
            due=jnp.where(fresh, touched, beams.due),
        )
    )


class Damage(NamedTuple):
    """What is left of units while one blow after the other falls on them."""

    life: Float[Array, "unit battle"]
    shield: Float[Array, "unit battle"]
    hit: Bool[Array, "unit battle"]

    def after(self, blow: Float[Array, "unit battle"], armour: np.ndarray, least: float) -> "Damage":
        """A blow takes from the shield first; what passes it is less by the armour, and not below `least`."""
        absorbed = jnp.minimum(blow, self.shield)
        rest = blow - absorbed
        hurt = jnp.where(rest > 0.0, jnp.maximum(rest - armour, least), 0.0)
        return Damage(jnp.maximum(self.life - hurt, 0.0), self.shield - absorbed, self.hit | (blow > 0.0))


def hurt_by(side: Army, by: Army, of_side: Numbers, of_by: Numbers, rules: Rules) -> Army:
    """The side after all blows that fall in this loop: those of the other side's weapons, then its beams."""
    left = Damage(side.life, side.shield, jnp.zeros(side.life.shape, bool))
    for blow in _blows(side, by, of_by):
        left = left.after(jnp.where(side.alive, blow, 0.0), of_side.armour, rules.least_damage)
    return side._replace(life=left.life, shield=left.shield, calm=jnp.where(left.hit, SHIELD_WAIT, side.calm))


def _blows(side: Army, by: Army, of_by: Numbers) -> Iterator[Float[Array, "unit battle"]]:
    """The damage of each blow of the other side to each unit, one after the other."""
    each = np.arange(len(side.x))[:, None]
    for index, kind in enumerate(of_by.kinds):
        if kind.weapon == "beam":
            continue
        falls = [by.flight[index : index + 1] <= 0.0]
        if kind.hits == 2:
            falls.append((by.second[index : index + 1] <= 0.0) & by.alive[index : index + 1])
        for fall in falls:
            yield jnp.where(fall & (by.shot_at[index : index + 1] == each), of_by.damage[index], 0.0)
    for place, index in enumerate(of_by.colossi):
        due = by.beams.due[place]
        for _ in range(of_by.kinds[index].hits):
            yield jnp.where((due <= 0.0) & ~jnp.isneginf(due), of_by.damage[index], 0.0)


def spent(side: Army) -> Army:
    """The side without the blows that have fallen."""
    return side._replace(
        flight=jnp.where(side.flight <= 0.0, NEVER, side.flight),
        second=jnp.where(side.second <= 0.0, NEVER, side.second),
        beams=side.beams._replace(due=jnp.where(side.beams.due <= 0.0, -NEVER, side.beams.due)),
    )
