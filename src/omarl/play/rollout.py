"""Playing episodes: many at once, in one compiled scan."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey

Policy = Callable[[Array, Array, PRNGKey], Array]
"""`policy(obs [batch agent obs], legal [batch agent act], key)` gives actions `[batch agent act]`."""


class Rollout(NamedTuple):
    """Episodes side by side; an episode's first observation comes before its first step.

    Steps after an episode's end are not `alive`: their contents mean nothing.
    """

    obs: Float[Array, "episode steps_and_1 agent obs"]
    action: Float[Array, "episode steps agent act"]
    reward: Float[Array, "episode steps agent"]
    terminal: Bool[Array, "episode steps"]
    truncated: Bool[Array, "episode steps"]
    alive: Bool[Array, "episode steps"]

    @property
    def returns(self) -> Float[Array, "episode"]:
        """Return of each episode: the learners' mean sum of rewards, undiscounted."""
        return jnp.sum(jnp.mean(self.reward, -1) * self.alive, -1)


def rollout(task: Any, policy: Policy, key: PRNGKey, episodes: int) -> Rollout:
    """`episodes` episodes of a task from fresh starts, up to its time limit."""
    team, horizon = task.spec.team, task.spec.horizon
    reset_key, play_key = jax.random.split(key)
    legal = jnp.broadcast_to(team.action_mask, (episodes, *team.action_mask.shape))

    def step(carry: tuple, key: PRNGKey) -> tuple[tuple, tuple]:
        state, obs, alive = carry
        action = policy(obs, legal, key)
        state, told = jax.vmap(task.step)(state, action)
        seen = (told.obs, action, told.reward, told.terminal, told.truncated, alive)
        return (state, told.obs, alive & ~told.terminal & ~told.truncated), seen

    state, first = jax.vmap(task.reset)(jax.random.split(reset_key, episodes))
    carry = (state, first, jnp.ones(episodes, bool))
    _, seen = jax.lax.scan(step, carry, jax.random.split(play_key, horizon))
    obs, action, reward, terminal, truncated, alive = jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), seen)
    return Rollout(jnp.concatenate([first[:, None], obs], 1), action, reward, terminal, truncated, alive)
