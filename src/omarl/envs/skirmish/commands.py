"""What units are told: the learners by their actions, their opponents once."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from omarl.envs.skirmish.battle import ADVANCE, ATTACK, HOLD, HUNT, MOVE, Army, Orders
from omarl.envs.skirmish.contract import DIRECTIONS, FIRST_ATTACK, MOVE_LENGTH, acted
from omarl.envs.skirmish.maps import Map


def commanded(actions: Int[Array, "unit battle"], side: Army) -> Orders:
    """SMAC's actions as orders."""
    x, y, moves = side.x, side.y, jnp.zeros(actions.shape, bool)
    for action, (dx, dy) in DIRECTIONS.items():
        x = jnp.where(actions == action, x + MOVE_LENGTH * dx, x)
        y = jnp.where(actions == action, y + MOVE_LENGTH * dy, y)
        moves |= actions == action
    kind = jnp.where(actions >= FIRST_ATTACK, ATTACK, jnp.where(moves, MOVE, HOLD)).astype(jnp.int32)
    return Orders(kind, jnp.maximum(actions - FIRST_ATTACK, 0).astype(jnp.int32), x, y)


def if_legal(
    orders: Orders, actions: Int[Array, "unit battle"], legal: Bool[Array, "unit act battle"]
) -> Orders:
    """The orders, those of actions that are not legal replaced by an order to stop."""
    allowed = (acted(actions, legal.shape[1]).astype(bool) & legal).any(1)
    return orders._replace(kind=jnp.where(allowed, orders.kind, HOLD))


def sent(side: Army, map: Map) -> Orders:
    """The one order that the opponents get: to attack at a point, or to hunt the learners."""
    like = jnp.zeros_like(side.target)
    x, y = map.attack_at or (0.0, 0.0)
    kind = HUNT if map.attack_at is None else ADVANCE
    return Orders(like + kind, like, jnp.full_like(side.x, x), jnp.full_like(side.y, y))
