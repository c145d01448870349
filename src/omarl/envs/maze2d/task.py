"""The tasks `maze2d-umaze`, `maze2d-medium` and `maze2d-large`: one ball, one maze, one goal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int32

from omarl.batch import PRNGKey
from omarl.envs.maze2d.ball import BALL_MASS, BALL_RADIUS, HALF_CELL, Softness, Vector, rolled
from omarl.envs.maze2d.families import FAMILIES, Family
from omarl.envs.maze2d.grid import MazeGrid
from omarl.envs.maze2d.layouts import GOAL, LARGE, MEDIUM, UMAZE, Layout
from omarl.envs.protocol import StepResult, TaskSpec
from omarl.envs.references import MEASURED, PAPER
from omarl.envs.scenes import Moment, Stage
from omarl.errors import choose
from omarl.types import TaskId, TeamSpec

REWARDS: Mapping[str, Callable[[Array, float], Array]] = {
    "sparse": lambda distance, radius: (distance <= radius).astype(distance.dtype),
    "dense": lambda distance, radius: jnp.exp(-distance),
}
"""What is earned at a distance from the goal whose radius is given."""

INVERSE_MASS: Mapping[str, float] = {"2": 2.0 / (3.0 * BALL_MASS), "3": 1.0 / BALL_MASS}
"""MuJoCo's `body_invweight0` of a body with two slide joints, in 1/kg, by MuJoCo's major version.

Contacts are softer with a larger value. It was another one before MuJoCo 3.0; later ones are as in 3.
"""


RIM = 0.3
"""How much of the outermost walls a picture shows, in metres."""


class BallState(NamedTuple):
    """One moment of one episode: the ball, the goal, and the steps that have been taken."""

    position: Float[Array, "2"]
    velocity: Float[Array, "2"]
    goal: Float[Array, "2"]
    time: Int32[Array, ""]


@dataclass(frozen=True, kw_only=True)
class Maze2D:
    """A ball of 0.1 m in a maze of cells of 1 m, pushed by a force along x and y, paid at its goal.

    `family` is D4RL's definition (`d4rl`), or PointMaze of Gymnasium-Robotics (`pointmaze`). The reward after
    a step is 1 within the goal's radius (`sparse`) or `exp(-distance)` (`dense`). `mujoco=2` takes the
    contacts of MuJoCo before 3.0. Nothing but the time limit ends an episode.

    The observation is the position and the velocity, in `pointmaze` with the goal behind them, because there
    it changes: Gymnasium-Robotics' `observation` and `desired_goal` as one vector. Its `achieved_goal` is the
    position, which is not repeated.
    """

    layout: ClassVar[Layout]

    family: str = "d4rl"
    reward: str = "sparse"
    mujoco: int = 3

    def __post_init__(self) -> None:
        """Raise `RequestError` for a parameter's value that does not exist."""
        choose("family of mazes", self.family, FAMILIES)
        choose("reward", self.reward, REWARDS)
        choose("major version of MuJoCo", str(self.mujoco), INVERSE_MASS)

    @property
    def spec(self) -> TaskSpec:
        """The description of the task."""
        task = TaskId(self.layout.name, {each.name: getattr(self, each.name) for each in fields(self)})
        return TaskSpec(
            name=task.name,
            parameters=dict(task.parameters),
            team=TeamSpec(observation_sizes=(6 if self.constants.shows_goal else 4,), action_sizes=(2,)),
            horizon=self.layout.horizon,
            reference=MEASURED.get(str(task)),
            paper_reference=PAPER.get(str(task)),
        )

    @property
    def constants(self) -> Family:
        """What the family fixes."""
        return FAMILIES[self.family]

    @cached_property
    def grid(self) -> MazeGrid:
        """The cells of the maze in the coordinates of the observation."""
        return MazeGrid.of(self.layout, self.constants)

    @property
    def goal_spots(self) -> Float[np.ndarray, "cell 2"]:
        """The spots from which goals are drawn."""
        return self.grid.spots(self.constants.goals)

    @property
    def softness(self) -> Softness:
        """The constants of contacts with walls."""
        return Softness(self.constants.margin, INVERSE_MASS[str(self.mujoco)])

    @property
    def walls(self) -> Float[np.ndarray, "wall 4"]:
        """The rectangle of each wall, x0 y0 x1 y1, in the coordinates of the observation."""
        centre = self.grid.centre(np.argwhere(self.grid.wall))
        return np.concatenate([centre - HALF_CELL, centre + HALF_CELL], 1)

    @property
    def goal_radius(self) -> float:
        """How near to the goal the sparse reward is paid, in metres."""
        return self.constants.goal_radius

    @property
    def stage(self) -> Stage:
        """The ball, its path since the start, the goal, and the walls, whose outermost are cut to `RIM`."""
        cut = HALF_CELL - RIM
        low = np.tile(self.grid.origin, 2) + cut
        high = low + np.tile(self.grid.wall.shape, 2) - 1.0 - 2.0 * cut
        return Stage(
            kinds=("learner",),
            radius=(BALL_RADIUS,),
            landmark_radius=(self.goal_radius,),
            walls=tuple(map(tuple, np.clip(self.walls, low, high).round(3).tolist())),
            trail=None,
        )

    def shown(self, state: BallState) -> Moment:
        """Where the ball and the goal are."""
        return Moment(discs=state.position[None], landmarks=state.goal[None])

    def start_from(self, obs: Float[Array, "1 obs"]) -> BallState:
        """The state at the start of an episode, which its first observation tells; a fixed goal is known."""
        goal = obs[0, 4:6] if self.constants.shows_goal else jnp.asarray(self.grid.spots(GOAL)[0])
        return BallState(obs[0, :2], obs[0, 2:4], goal, jnp.int32(0))

    def reset(self, key: PRNGKey) -> tuple[BallState, Float[Array, "1 obs"]]:
        """A fresh episode: its goal, and then a start that is far enough from it."""
        goal_key, start_key, speed_key = jax.random.split(key, 3)
        goal = self.draw_goal(goal_key)
        state = BallState(
            position=self.draw_start(start_key, goal),
            velocity=self.constants.start_speed * jax.random.normal(speed_key, (2,)),
            goal=goal,
            time=jnp.int32(0),
        )
        return state, self.observe(state)

    def draw_goal(self, key: PRNGKey) -> Float[Array, "2"]:
        """A goal as the family draws it."""
        spots = self.goal_spots
        return _near_one(key, spots, np.ones(len(spots), bool), self.constants.goal_noise)

    def goal_near(self, key: PRNGKey, spot: Float[Array, "2"]) -> Float[Array, "2"]:
        """A goal as the family draws it, of its goals' cells in the one that is nearest to this spot."""
        spots = self.goal_spots
        distance = jnp.square(spots - spot[None]).sum(1)
        return _near_one(key, spots, distance == distance.min(), self.constants.goal_noise)

    def draw_start(self, key: PRNGKey, goal: Float[Array, "2"]) -> Float[Array, "2"]:
        """A position in a free cell whose spot is not too near to the goal."""
        spots = self.grid.free_spots
        distance = jnp.sqrt(jnp.square(spots - goal[None]).sum(1))
        return _near_one(key, spots, distance >= self.constants.apart, self.constants.start_noise)

    def observe(self, state: BallState) -> Float[Array, "1 obs"]:
        """What the agent sees: position, velocity, and the goal where it is shown."""
        shown = [state.goal] if self.constants.shows_goal else []
        return jnp.concatenate([state.position, state.velocity, *shown])[None]

    def legal(self, state: BallState) -> Bool[Array, "1 2"]:
        """Both entries of an action."""
        return jnp.asarray(self.spec.team.action_mask)

    def pays(self, position: Float[Array, "2"], goal: Float[Array, "2"]) -> Float[Array, ""]:
        """The reward of being at a position."""
        x, y = position[0] - goal[0], position[1] - goal[1]
        return REWARDS[self.reward](jnp.sqrt(x**2 + y**2), self.goal_radius)

    def moved(self, state: BallState, action: Float[Array, "2"]) -> BallState:
        """The state one step later; the action is clipped to [-1, 1], and the velocity before the step."""
        near, offset = self.grid.around(state.position)
        way, velocity = rolled(offset, Vector.of(state.velocity), Vector.of(action), near, self.softness)
        return state._replace(
            position=state.position + way.array,
            velocity=velocity.array,
            time=state.time + 1,
        )

    def step(self, state: BallState, action: Float[Array, "1 2"]) -> tuple[BallState, StepResult]:
        """The next state and its reward; nothing but the time limit ends an episode."""
        state = self.moved(state, action[0])
        return state, StepResult(
            obs=self.observe(state),
            reward=self.pays(state.position, state.goal)[None],
            terminal=jnp.zeros_like(state.time, dtype=bool),
            truncated=state.time >= self.layout.horizon,
            legal=self.legal(state),
        )


class UMaze(Maze2D):
    """A corridor in the shape of a U; episodes of 300 steps."""

    layout = UMAZE


class Medium(Maze2D):
    """A maze of 6 by 6 cells; episodes of 600 steps."""

    layout = MEDIUM


class Large(Maze2D):
    """A maze of 7 by 10 cells; episodes of 800 steps."""

    layout = LARGE


def _near_one(key: PRNGKey, spots: Any, allowed: Any, noise: float) -> Float[Array, "2"]:
    """One of the allowed spots, all equally likely, with uniform noise on each axis."""
    spot_key, noise_key = jax.random.split(key)
    drawn = jax.random.categorical(spot_key, jnp.where(allowed, 0.0, -jnp.inf))
    return jnp.asarray(spots)[drawn] + jax.random.uniform(noise_key, (2,), minval=-noise, maxval=noise)
