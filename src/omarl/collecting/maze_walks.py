"""Data of the waypoint controller, which sends a ball from one random goal to the next, as D4RL's Maze2D.

The ball carries on where it is, and rewards are those of the task's own goal. An episode of the data is the
way to one goal; it ends (`truncated`) when the goal is reached, after the task's time limit, or with the
recording. As in D4RL, a reward belongs to the observation *before* the step.

Differences from D4RL's generator (Fu et al. 2020):
1. Many balls go side by side, each for a part of the rows.
2. After a goal is reached D4RL records the observation before the last step again, in place of the one after
   it. Here each row is a step as the task makes it, and an episode keeps the observation after its last row.
3. The time limit allows as many rows as the task has steps, there one more.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int32

from omarl.batch import PRNGKey
from omarl.data.episodes import Episodes
from omarl.envs.maze2d.task import BallState, Maze2D
from omarl.envs.maze2d.waypoints import Errand, WaypointController

BALLS = 100
LEAST_LIMITS = 10
"""For how many time limits a ball is followed at least: few episodes are cut by the recording's end."""


class Walk(NamedTuple):
    """A ball on its errands: its state, its errand, and the steps since the errand began."""

    state: BallState
    errand: Errand
    since: Int32[Array, ""]


class Strides(NamedTuple):
    """Steps of one ball in time order; `after` is the observation after each step."""

    obs: Float[Array, "*step 1 obs"]
    action: Float[Array, "*step 1 2"]
    reward: Float[Array, "*step 1"]
    end: Bool[Array, "*step"]
    after: Float[Array, "*step 1 obs"]


def sent_out(controller: WaypointController, key: PRNGKey, state: BallState) -> Walk:
    """The ball with a new errand to a random free cell.

    The task's goal becomes the one that the task would have nearest to there: in D4RL's family its fixed one.
    """
    cell_key, goal_key, plan_key = jax.random.split(key, 3)
    cell = jax.random.choice(cell_key, jnp.asarray(controller.free_cells))
    goal = controller.task.goal_near(goal_key, controller.spot(cell))
    return Walk(
        state._replace(goal=goal), controller.begin(plan_key, state.position, cell), jnp.zeros((), jnp.int32)
    )


def stride(controller: WaypointController, walk: Walk, key: PRNGKey) -> tuple[Walk, Strides]:
    """One step of a ball, and a new errand where this one is over."""
    task, state = controller.task, walk.state
    steer_key, new_key = jax.random.split(key)
    action, arrived, errand = controller.steer(steer_key, walk.errand, state.position, state.velocity)
    moved = task.moved(state, action)
    end = arrived | (walk.since + 1 >= task.spec.horizon)
    seen = Strides(
        obs=task.observe(state),
        action=action[None],
        reward=task.pays(state.position, state.goal)[None],
        end=end,
        after=task.observe(moved),
    )
    same, other = Walk(moved, errand, walk.since + 1), sent_out(controller, new_key, moved)
    return jax.tree.map(lambda new, old: jnp.where(end, new, old), other, same), seen


@partial(jax.jit, static_argnums=(0, 2, 3))
def walks(controller: WaypointController, key: PRNGKey, balls: int, steps: int) -> Strides:
    """So many balls on their errands for so many steps; fields have a ball and a step axis."""

    def walk(key: PRNGKey) -> Strides:
        start_key, errand_key, walk_key = jax.random.split(key, 3)
        state, _ = controller.task.reset(start_key)
        first = sent_out(controller, errand_key, state)
        return jax.lax.scan(partial(stride, controller), first, jax.random.split(walk_key, steps))[1]

    return jax.vmap(walk)(jax.random.split(key, balls))


def waypoint_play(task: Maze2D, key: PRNGKey, rows: int) -> Iterator[Episodes]:
    """`rows` joint transitions of the waypoint controller, or a few more."""
    balls = min(BALLS, max(1, rows // (LEAST_LIMITS * task.spec.horizon)))
    for strides in zip(
        *jax.device_get(walks(WaypointController(task), key, balls, -(-rows // balls))), strict=True
    ):
        yield episodes_of(Strides(*strides))


def episodes_of(strides: Strides) -> Episodes:
    """The steps of one ball as episodes; the last one ends with the recording."""
    end = np.array(strides.end)
    end[-1] = True
    row = np.arange(len(end)) + np.cumsum(end) - end
    obs = np.empty((len(end) + int(end.sum()), *strides.obs.shape[1:]), strides.obs.dtype)
    obs[row], obs[row[end] + 1] = strides.obs, np.asarray(strides.after)[end]
    return Episodes(
        obs=obs,
        action=np.asarray(strides.action),
        reward=np.asarray(strides.reward),
        terminal=np.zeros_like(end),
        truncated=end,
    )
