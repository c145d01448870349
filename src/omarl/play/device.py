"""Episodes of tasks on the device: all side by side, in one loop that can be compiled."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Bool

from omarl.batch import PRNGKey
from omarl.play.steps import Steps


def play_on_device(task: Any, policy: Any, key: PRNGKey, episodes: int) -> Steps:
    """`episodes` episodes of a task from fresh starts, up to its time limit; see `policies.Policy`.

    Play stops when all have ended, which saves most of the time where the limit is far away.
    """
    team, horizon = task.spec.team, task.spec.horizon
    reset_key, play_key = jax.random.split(key)
    choosing = team.action_kind == "discrete"
    mask = jnp.broadcast_to(team.action_mask, (episodes, *team.action_mask.shape))

    def allowed(legal: Bool[Array, "episode agent act"]) -> Any:
        return legal if choosing else None  # what never changes must stay a constant of the program

    def step(carry: tuple, key: PRNGKey) -> tuple[tuple, tuple]:
        state, obs, legal, alive = carry
        action = policy(obs, mask if legal is None else legal, key)
        state, told = jax.vmap(task.step)(state, action)
        following = allowed(told.legal)
        seen = (told.obs, action, told.reward, told.terminal, told.truncated, alive, following, told.won)
        return (state, told.obs, following, alive & ~told.terminal & ~told.truncated), seen

    state, first = jax.vmap(task.reset)(jax.random.split(reset_key, episodes))
    legal = jax.vmap(task.legal)(state) if choosing else None
    carry = (state, first, legal, jnp.ones(episodes, bool))
    seen = _until_over(step, carry, jax.random.split(play_key, horizon))
    obs, action, reward, terminal, truncated, alive, following, won = jax.tree.map(
        lambda x: jnp.swapaxes(x, 0, 1), seen
    )
    choices = None if legal is None else _before(legal, following)
    return Steps(_before(first, obs), action, reward, terminal, truncated, alive, choices, won)


def _until_over(step: Callable[[tuple, PRNGKey], tuple[tuple, tuple]], carry: tuple, keys: Array) -> tuple:
    """What `step(carry, key)` shows from key to key while an episode goes on; zeros after that.

    The last part of the carry says which episodes go on.
    """
    shapes = jax.eval_shape(step, carry, keys[0])[1]
    blank = jax.tree.map(lambda seen: jnp.zeros((len(keys), *seen.shape), seen.dtype), shapes)

    def going(now: tuple) -> Array:
        count, anybody, _, _ = now
        return anybody & (count < len(keys))

    def further(now: tuple) -> tuple:
        count, _, carry, shown = now
        carry, seen = step(carry, keys[count])
        shown = jax.tree.map(lambda rows, row: rows.at[count].set(row), shown, seen)
        return count + 1, _any_of_all(carry[-1]), carry, shown

    start = jnp.zeros((), jnp.int32), jnp.ones((), bool), carry, blank
    return jax.lax.while_loop(going, further, start)[-1]


@custom_vmap
def _any_of_all(alive: Bool[Array, "..."]) -> Bool[Array, ""]:
    """Whether anything is true, of all members where it is mapped over members.

    So the loop goes on for all of them together. If each member had an answer of its own, every step would
    copy everything that was recorded.
    """
    return alive.any()


@_any_of_all.def_vmap
def _any_of_members(
    size: int, batched: list[bool], alive: Bool[Array, "..."]
) -> tuple[Bool[Array, ""], bool]:
    return _any_of_all(alive), False


def _before(first: Array, others: Array) -> Array | Bool[Array, "..."]:
    """A field with its first entry before the others on the axis of time."""
    return jnp.concatenate([first[:, None], others], 1)
