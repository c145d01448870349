"""One step of the ball: MuJoCo's own equations for it, solved in closed form.

The ball has two slide joints with damping and no gravity. A step of MuJoCo's Euler integrator, which treats
the damping implicitly, is

    (m + h d) a = F - d v + sum_i f_i n_i,      v' = v + h a,      x' = x + h v',

where `n_i` is the direction in which wall `i` pushes, and `f_i` the contact force. Contacts are soft and have
no friction. A wall whose surface is at distance `r` (minus the margin) wants the acceleration
`w = -b n.v - k s r` along `n`, where `s` is the impedance, which grows with the depth `|r|` (`solimp`), and
`b`, `k` are a critically damped spring (`solref`). The accelerations `u` that minimise

    m/2 |u - (F - d v) / m|^2 + sum_i D_i/2 max(0, w_i - n_i.u)^2,      D = s / (1 - s) / inverse mass

give the forces `f_i = D_i max(0, w_i - n_i.u)`. The minimum is found by Newton's method, which is exact once
it knows which walls push. MuJoCo's documentation has all of this in its chapter on computation ("Constraint
model", "Numerical integration").

The coordinates of a vector are two arrays, not a last axis of length two, because XLA then vectorises over
episodes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

STEP_SECONDS = 0.01
BALL_RADIUS = 0.1
BALL_MASS = 1000.0 * 4.0 / 3.0 * np.pi * BALL_RADIUS**3  # kg; MuJoCo's density of 1000 kg/m^3
JOINT_DAMPING = 1.0  # N s/m
GEAR = 100.0  # N for an action of 1
TOP_SPEED = 5.0  # m/s for each coordinate, before a step
HALF_CELL = 0.5

SOLREF_TIME = 0.02  # s, with a damping ratio of 1
LEAST_IMPEDANCE, MOST_IMPEDANCE, IMPEDANCE_WIDTH = 0.9, 0.95, 0.001
STIFFNESS = 1.0 / (MOST_IMPEDANCE * SOLREF_TIME) ** 2
REBOUND = 2.0 / (MOST_IMPEDANCE * SOLREF_TIME)
NEWTON_STEPS = 3  # as many as there are walls that can push
SMALLEST_GAP = 1e-9  # m; the centre of the ball never comes as near to a wall


class Vector(NamedTuple):
    """A vector in the plane; `of` makes it of an array of two numbers."""

    x: Float[Array, "*batch"]
    y: Float[Array, "*batch"]

    @classmethod
    def of(cls, both: Float[Array, "2"]) -> "Vector":
        """The vector with these two coordinates."""
        return cls(both[0], both[1])

    @property
    def array(self) -> Float[Array, "2"]:
        """Both coordinates in one array."""
        return jnp.stack(self)

    def dot(self, other: "Vector") -> Float[Array, "*batch"]:
        """The scalar product."""
        return self.x * other.x + self.y * other.y

    def plus(self, other: "Vector", times: float = 1.0) -> "Vector":
        """The sum with so many times another vector."""
        return Vector(self.x + times * other.x, self.y + times * other.y)

    def times(self, factor: float | Float[Array, "*batch"]) -> "Vector":
        """The vector with another length."""
        return Vector(self.x * factor, self.y * factor)

    def clipped(self, most: float) -> "Vector":
        """The vector with each coordinate between minus and plus `most`."""
        return Vector(jnp.clip(self.x, -most, most), jnp.clip(self.y, -most, most))


class Contact(NamedTuple):
    """A wall that may push: in which direction, how hard it resists, and the acceleration that it wants."""

    towards: Vector
    resistance: Float[Array, "*batch"]
    wanted: Float[Array, "*batch"]


class Softness(NamedTuple):
    """The constants of contacts that differ between tasks.

    `margin` is the distance in metres at which a contact begins, `inverse_mass` what MuJoCo takes as 1 over
    the ball's mass there (`body_invweight0`, in 1/kg).
    """

    margin: float
    inverse_mass: float


NearWalls = tuple[Bool[Array, "*batch"], Bool[Array, "*batch"], Bool[Array, "*batch"]]
"""Whether there is a wall in the next cell along x, along y and diagonally, on the side where the ball is."""


def impedance(depth: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """How much of a contact's acceleration is enforced at this depth: two parabolas from 0.9 to 0.95."""
    part = jnp.minimum(depth / IMPEDANCE_WIDTH, 1.0)
    rise = jnp.where(part < 0.5, 2.0 * part**2, 1.0 - 2.0 * (1.0 - part) ** 2)
    return LEAST_IMPEDANCE + rise * (MOST_IMPEDANCE - LEAST_IMPEDANCE)


def contact(there: Bool[Array, "*batch"], away: Vector, velocity: Vector, softness: Softness) -> Contact:
    """The contact with a wall whose nearest point is `away` in front of the ball's centre, if it is there."""
    distance = jnp.sqrt(away.dot(away))
    towards = away.times(1.0 / jnp.maximum(distance, SMALLEST_GAP))
    depth = softness.margin + BALL_RADIUS - distance
    enforced = impedance(jnp.abs(depth))
    resistance = enforced / (1.0 - enforced) / softness.inverse_mass
    return Contact(
        towards=towards,
        resistance=jnp.where(there & (depth > 0.0), resistance, 0.0),
        wanted=STIFFNESS * enforced * depth - REBOUND * towards.dot(velocity),
    )


def contacts(near: NearWalls, offset: Vector, velocity: Vector, softness: Softness) -> list[Contact]:
    """The contacts with the three walls that the ball can touch, `offset` from the centre of its cell."""
    away = Vector(*(part - HALF_CELL * jnp.where(part < 0.0, -1.0, 1.0) for part in offset))
    none = jnp.zeros_like(away.x)
    nearest = Vector(away.x, none), Vector(none, away.y), away
    return [contact(*wall, velocity, softness) for wall in zip(near, nearest, strict=True)]


def newton_step(acceleration: Vector, free: Vector, walls: Sequence[Contact]) -> Vector:
    """The acceleration if those walls push that push at `acceleration`; without walls it is `free`."""
    xx, xy, yy = jnp.full_like(free.x, BALL_MASS), jnp.zeros_like(free.x), jnp.full_like(free.x, BALL_MASS)
    pull = Vector(jnp.zeros_like(free.x), jnp.zeros_like(free.x))
    for wall in walls:
        pushing = wall.towards.dot(acceleration) < wall.wanted
        resistance = jnp.where(pushing, wall.resistance, 0.0)
        xx += resistance * wall.towards.x**2
        xy += resistance * wall.towards.x * wall.towards.y
        yy += resistance * wall.towards.y**2
        pull = pull.plus(wall.towards.times(resistance * (wall.wanted - wall.towards.dot(free))))
    change = Vector(yy * pull.x - xy * pull.y, xx * pull.y - xy * pull.x)
    return free.plus(change.times(1.0 / (xx * yy - xy**2)))


def rolled(
    offset: Vector, velocity: Vector, action: Vector, near: NearWalls, softness: Softness
) -> tuple[Vector, Vector]:
    """How far the ball moves in one step, and its velocity then; see `contacts` for `offset` and `near`."""
    velocity = velocity.clipped(TOP_SPEED)
    free = action.clipped(1.0).times(GEAR).plus(velocity, -JOINT_DAMPING).times(1.0 / BALL_MASS)
    walls = contacts(near, offset, velocity, softness)
    acceleration = free
    for _ in range(NEWTON_STEPS):
        acceleration = newton_step(acceleration, free, walls)
    implicit = BALL_MASS / (BALL_MASS + STEP_SECONDS * JOINT_DAMPING)
    velocity = velocity.plus(acceleration, STEP_SECONDS * implicit)
    return velocity.times(STEP_SECONDS), velocity
