"""Many battles fought by scripts, and how they ended."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.batch import PRNGKey
from omarl.envs.protocol import StepResult
from omarl.envs.skirmish.contract import KILL_REWARD, LARGEST_RETURN, WIN_REWARD
from omarl.envs.skirmish.scripts import by_scripts
from omarl.envs.skirmish.task import Skirmish, SkirmishState

Pay = Callable[[Skirmish, SkirmishState, SkirmishState, StepResult], Float[Array, ""]]
"""`pay(task, before, after, told)` is what the team earns in a step of one battle."""


class Endings(NamedTuple):
    """How battles ended: the return, the length in steps, the enemies left, and whether it was won."""

    returns: Float[Array, "battle"]
    length: Int[Array, "battle"]
    left: Int[Array, "battle"]
    won: Bool[Array, "battle"]


def as_told(
    task: Skirmish, before: SkirmishState, after: SkirmishState, told: StepResult
) -> Float[Array, ""]:
    """The task's own reward, SMAC's: shields that grow back pay, too."""
    return told.reward[0]


def for_losses(
    task: Skirmish, before: SkirmishState, after: SkirmishState, told: StepResult
) -> Float[Array, ""]:
    """The reward as smaclite counts it: what enemies lost, kills, and the win; what grows back pays nothing.

    Loss is counted over a step. A shield that grows in the loops just before a hit hides one point at most.
    """
    points = [side.life + side.shield for side in (before.enemies, after.enemies)]
    killed = (before.enemies.life > 0.0) & (after.enemies.life <= 0.0)
    earned = jnp.maximum(points[0] - points[1], 0.0).sum() + KILL_REWARD * killed.sum()
    return (earned + WIN_REWARD * _won(told)) * (LARGEST_RETURN / task.contract.max_reward)


def _won(told: StepResult) -> Bool[Array, "*battle"]:
    assert told.won is not None  # a skirmish always says so
    return told.won


class _Fighting(NamedTuple):
    step: Int[Array, ""]
    state: SkirmishState
    legal: Bool[Array, "battle agent act"]
    going: Bool[Array, "battle"]
    so_far: Endings


@partial(jax.jit, static_argnums=(0, 3, 4))
def fought(
    task: Skirmish,
    parts: Float[Array | np.ndarray, "script"],
    key: PRNGKey,
    battles: int,
    pay: Pay = as_told,
) -> Endings:
    """So many battles of units that choose by scripts in these shares, until over or out of time.

    One compiled program serves all shares.
    """
    reset_key, play_key = jax.random.split(key)
    state, _ = jax.vmap(task.reset)(jax.random.split(reset_key, battles))

    def further(now: _Fighting) -> _Fighting:
        keys = jax.random.split(jax.random.fold_in(play_key, now.step), battles)
        chosen = jax.vmap(partial(by_scripts, parts=parts))(now.state, now.legal, keys)
        action = jax.nn.one_hot(chosen, now.legal.shape[-1])
        after, told = jax.vmap(task.step)(now.state, action)
        paid = jax.vmap(partial(pay, task))(now.state, after, told)
        old, going = now.so_far, now.going
        endings = Endings(
            old.returns + jnp.where(going, paid, 0.0),
            old.length + going,
            jnp.where(going, (after.enemies.life > 0.0).sum(1), old.left),
            old.won | (going & _won(told)),
        )
        going = going & ~told.terminal & ~told.truncated
        return _Fighting(now.step + 1, after, told.legal, going, endings)

    zero = jnp.zeros(battles, jnp.int32)
    nothing = Endings(jnp.zeros(battles), zero, zero, jnp.zeros(battles, bool))
    legal = jax.vmap(task.legal)(state)
    start = _Fighting(jnp.int32(0), state, legal, jnp.ones(battles, bool), nothing)
    return jax.lax.while_loop(lambda now: now.going.any(), further, start).so_far
