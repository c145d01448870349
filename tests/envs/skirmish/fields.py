"""Small battles for tests: any units anywhere, and states that were recorded from smaclite."""

import jax.numpy as jnp
import numpy as np

from omarl.envs.skirmish.battle import ADVANCE, Orders, fresh_army
from omarl.envs.skirmish.fight import Fight
from omarl.envs.skirmish.maps import OPEN_BAND, Map
from omarl.envs.skirmish.units import TYPES, unit_table


def fight(allies, enemies, units="liberty", beams="cut"):
    """A fight of these types of units on open ground."""
    place = ((9.0, 16.0), (23.0, 16.0), (9.0, 16.0))
    return Fight(
        Map("test", tuple(allies), tuple(enemies), 100, OPEN_BAND, *place, ({}, {})), unit_table(units), beams
    )


def placed(battle, allies, enemies):
    """Both sides at these places, `[unit, 2]`, everybody whole."""
    ours, theirs = (jnp.asarray(side, jnp.float32)[..., None] for side in (allies, enemies))
    numbers = battle.numbers
    return (
        fresh_army(numbers[0], len(theirs), ours[:, 0], ours[:, 1]),
        fresh_army(numbers[1], len(ours), theirs[:, 0], theirs[:, 1]),
    )


def orders(kind, side, whom=0, x=0.0, y=0.0):
    """The same order for all units of a side."""
    like = jnp.zeros(side.x.shape)
    return Orders(*(jnp.asarray(each + like, jnp.int32) for each in (kind, whom)), x + like, y + like)


def advancing(side, at):
    """The order to attack at a point, for all units of a side."""
    return orders(ADVANCE, side, x=at[0], y=at[1])


def kinds_of(recorded):
    """The types of the allies and of the enemies in a record."""
    named = np.array(TYPES)[recorded["type"]]
    return named[recorded["ally"]].tolist(), named[~recorded["ally"]].tolist()


def joined(sides, name):
    """A field of both sides, `[unit, battle]`."""
    return np.concatenate([np.asarray(getattr(side, name)) for side in sides])
