"""What the waypoint controller returns in Maze2D: planning anew, and as D4RL's references were measured."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.envs.maze2d.task import BallState
from omarl.envs.maze2d.waypoints import Errand, WaypointController

Steered = tuple[BallState, Errand]


@partial(jax.jit, static_argnums=(0, 2, 3))
def controlled_returns(
    controller: WaypointController, key: PRNGKey, episodes: int, plan_again: bool = True
) -> Float[Array, "episode"]:
    """The returns of episodes one after the other, all to the task's goal.

    With `plan_again` the controller plans anew in each episode. Otherwise the waypoints of the first episode
    are kept, and once they are used up the ball is steered straight at the goal, as when D4RL's reference
    returns were measured.
    """
    task = controller.task

    def episode(kept: Errand, key: PRNGKey) -> tuple[Errand, Array]:
        start_key, plan_key, walk_key = jax.random.split(key, 3)
        state, _ = task.reset(start_key)
        new = controller.begin(plan_key, state.position, controller.cell_of(state.goal))
        fresh = plan_again | (kept.goal < 0)
        errand = jax.tree.map(lambda ours, theirs: jnp.where(fresh, ours, theirs), new, kept)

        def step(carry: Steered, key: PRNGKey) -> tuple[Steered, Array]:
            state, errand = carry
            action, _, errand = controller.steer(key, errand, state.position, state.velocity)
            state, told = task.step(state, action[None])
            return (state, errand), told.reward[0]

        keys = jax.random.split(walk_key, task.spec.horizon)
        (_, errand), reward = jax.lax.scan(step, (state, errand), keys)
        return errand, reward.sum()

    nowhere = Errand(jnp.int32(-1), jnp.int32(0), jnp.zeros(2), jnp.zeros(2))
    return jax.lax.scan(episode, nowhere, jax.random.split(key, episodes))[1]
