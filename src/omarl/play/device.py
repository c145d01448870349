"""Episodes of tasks on the device: all side by side, in one scan that can be compiled."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from omarl.batch import PRNGKey
from omarl.play.steps import Steps


def play_on_device(task: Any, policy: Any, key: PRNGKey, episodes: int) -> Steps:
    """`episodes` episodes of a task from fresh starts, up to its time limit; see `policies.Policy`."""
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
    _, seen = jax.lax.scan(step, carry, jax.random.split(play_key, horizon))
    obs, action, reward, terminal, truncated, alive, following, won = jax.tree.map(
        lambda x: jnp.swapaxes(x, 0, 1), seen
    )
    choices = None if legal is None else _before(legal, following)
    return Steps(_before(first, obs), action, reward, terminal, truncated, alive, choices, won)


def _before(first: Array, others: Array) -> Array | Bool[Array, "..."]:
    """A field with its first entry before the others on the axis of time."""
    return jnp.concatenate([first[:, None], others], 1)
