"""Policies that need no learning, as reports on SMAC and on its simulators use them: what learners must beat.

A script sees the true state, enemies out of sight included, and gives the number of an action for each unit.
They are those of one battle; `jax.vmap` makes them play many.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.batch import PRNGKey
from omarl.envs.skirmish.contract import EAST, FIRST_ATTACK, NO_OP, NORTH, SOUTH, STOP, WEST
from omarl.envs.skirmish.task import SkirmishState
from omarl.errors import choose

Script = Callable[[SkirmishState, Bool[Array, "agent act"], PRNGKey], Int[Array, "agent"]]
"""`script(state, legal, key)` gives an action for each agent."""


class Ways(NamedTuple):
    """From each unit to each enemy: the distance between centres, and its parts along both axes."""

    length: Float[Array, "agent enemy"]
    x: Float[Array, "agent enemy"]
    y: Float[Array, "agent enemy"]


def ways(state: SkirmishState) -> Ways:
    """The ways from all units to all enemies."""
    x = state.enemies.x[None] - state.allies.x[:, None]
    y = state.enemies.y[None] - state.allies.y[:, None]
    return Ways(jnp.hypot(x, y), x, y)


def any_legal(state: SkirmishState, legal: Bool[Array, "agent act"], key: PRNGKey) -> Int[Array, "agent"]:
    """Each legal action with the same probability."""
    return jax.random.categorical(key, jnp.where(legal, 0.0, -jnp.inf))


def at_nearest(state: SkirmishState, legal: Bool[Array, "agent act"], key: PRNGKey) -> Int[Array, "agent"]:
    """Attack the nearest enemy that may be attacked; if there is none, walk towards the nearest."""
    return _attacking(state, legal, ways(state).length)


def at_weakest(state: SkirmishState, legal: Bool[Array, "agent act"], key: PRNGKey) -> Int[Array, "agent"]:
    """Attack the one with the least life and shield, of several the nearest; else walk as `at_nearest`."""
    left = state.enemies.life + state.enemies.shield
    least = jnp.where(legal[:, FIRST_ATTACK:], left[None], jnp.inf).min(1, keepdims=True)
    return _attacking(state, legal, jnp.where(left[None] == least, ways(state).length, jnp.inf))


SCRIPTS: Mapping[str, Script] = {"random": any_legal, "nearest": at_nearest, "focus": at_weakest}
"""By the names that reports give them."""


def script_shares(**parts: float) -> Float[np.ndarray, "script"]:
    """How often each script chooses, by name: `script_shares(random=0.3, nearest=0.7)`; the rest is zero."""
    for name in parts:
        choose("script", name, SCRIPTS)
    return np.array([parts.get(name, 0.0) for name in SCRIPTS], np.float32)


def by_scripts(
    state: SkirmishState,
    legal: Bool[Array, "agent act"],
    key: PRNGKey,
    parts: Float[Array | np.ndarray, "script"],
) -> Int[Array, "agent"]:
    """Each choice of each unit is that of one of `SCRIPTS`, drawn with these shares."""
    draw_key, *keys = jax.random.split(key, 1 + len(SCRIPTS))
    choices = [script(state, legal, own) for script, own in zip(SCRIPTS.values(), keys, strict=True)]
    which = jax.random.categorical(draw_key, jnp.log(parts), shape=choices[0].shape)
    return jnp.take_along_axis(jnp.stack(choices), which[None], 0)[0]


def _attacking(
    state: SkirmishState, legal: Bool[Array, "agent act"], dislike: Float[Array, "agent enemy"]
) -> Int[Array, "agent"]:
    """Attack whom one dislikes least of those that may be attacked, otherwise walk; the dead do nothing."""
    shoot = legal[:, FIRST_ATTACK:]
    whom = jnp.argmin(jnp.where(shoot, dislike, jnp.inf), 1)
    action = jnp.where(shoot.any(1), FIRST_ATTACK + whom, _walking(state, legal))
    return jnp.where(state.allies.life > 0.0, action, NO_OP)


def _walking(state: SkirmishState, legal: Bool[Array, "agent act"]) -> Int[Array, "agent"]:
    """Walk towards the nearest living enemy along the longer axis, else along the other one, else stop."""
    living, way = state.enemies.life > 0.0, ways(state)
    whom = jnp.argmin(jnp.where(living[None], way.length, jnp.inf), 1)
    x, y = (_of(each, whom) for each in (way.x, way.y))
    along_x, along_y = jnp.where(x > 0, EAST, WEST), jnp.where(y > 0, NORTH, SOUTH)
    x_first = jnp.abs(x) > jnp.abs(y)
    first, second = jnp.where(x_first, along_x, along_y), jnp.where(x_first, along_y, along_x)
    detour = _of(legal, second) & (jnp.where(x_first, y, x) != 0)
    walk = jnp.where(_of(legal, first), first, jnp.where(detour, second, STOP))
    return jnp.where(living.any(), walk, STOP)


def _of(values: Array, which: Int[Array, "agent"]) -> Array:
    """For each unit one of its own values."""
    return jnp.take_along_axis(values, which[:, None], 1)[:, 0]
