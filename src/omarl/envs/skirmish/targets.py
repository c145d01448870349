"""Whom everybody attacks."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.envs.skirmish.battle import ADVANCE, ATTACK, HUNT, NOBODY, Army, Numbers, Orders, chosen
from omarl.envs.skirmish.contract import distances
from omarl.envs.skirmish.rules import Rules


class Gap(NamedTuple):
    """How far the units of one side are from those of the other, between centres and between edges."""

    centre: Float[Array, "unit other battle"]
    edge: Float[Array, "unit other battle"]

    @property
    def reversed(self) -> "Gap":
        """The same, as the other side sees it."""
        return Gap(*(jnp.swapaxes(each, 0, 1) for each in self))


def gaps(own: Army, other: Army, of_own: Numbers, of_other: Numbers) -> Gap:
    """The distances between two sides."""
    centre = distances(own.visible, other.visible)
    return Gap(centre, centre - of_own.radius[:, None] - of_other.radius[None])


def nearest(
    allowed: Bool[Array, "unit other battle"], nearness: Float[Array, "unit other battle"]
) -> Int[Array, "unit battle"]:
    """The nearest allowed enemy of each unit, of several the first; `NOBODY` if none is allowed."""
    least = jnp.full(allowed[:, 0].shape, jnp.inf)
    found = jnp.full(least.shape, NOBODY, jnp.int32)
    for index in range(allowed.shape[1]):
        better = allowed[:, index] & (nearness[:, index] < least)
        least = jnp.where(better, nearness[:, index], least)
        found = jnp.where(better, index, found)
    return found


def targets(
    own: Army, other: Army, orders: Orders, gap: Gap, numbers: tuple[Numbers, Numbers], rules: Rules
) -> Int[Array, "unit battle"]:
    """Whom each unit attacks now, by its order and by whom it meets."""
    alive = other.alive[None] & own.alive[:, None]
    attackers = rules.answers & (other.target[None] == np.arange(len(own.x))[:, None, None])
    keeps = alive & (rules.keeps(*gap, *numbers) | attackers)
    kept = jnp.where(chosen(own.target, keeps), own.target, NOBODY)
    met = nearest(alive & rules.notices(*gap, *numbers), rules.nearness(*gap))
    if rules.answers:
        met = jnp.where(met == NOBODY, nearest(alive & attackers, rules.nearness(*gap)), met)
    hunted = nearest(alive, rules.nearness(*gap))
    ordered = jnp.where(own.alive & chosen(orders.whom, other.alive[None]), orders.whom, NOBODY)
    found = jnp.where(kept == NOBODY, met, kept)
    by_kind = ((ATTACK, ordered), (ADVANCE, found), (HUNT, hunted))
    target = jnp.full_like(ordered, NOBODY)
    for kind, whom in by_kind:
        target = jnp.where(orders.kind == kind, whom, target)
    return target
