"""How bodies keep out of each other's way, in two manners."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

SMALLEST = 1e-6


class Bodies(NamedTuple):
    """All bodies of one kind: where they are, the steps that they want to make, and the last ones.

    `there` says who is not dead, `walks` who wants to move.
    """

    x: Float[Array, "body battle"]
    y: Float[Array, "body battle"]
    step_x: Float[Array, "body battle"]
    step_y: Float[Array, "body battle"]
    last_x: Float[Array, "body battle"]
    last_y: Float[Array, "body battle"]
    there: Bool[Array, "body battle"]
    walks: Bool[Array, "body battle"]


Moves = tuple[Float[Array, "body battle"], Float[Array, "body battle"]]


class Build(NamedTuple):
    """What stays: the radius and the speed of each body, and the walls below and above all ground."""

    size: Float[np.ndarray, "body 1"]
    speed: Float[np.ndarray, "body 1"]
    walls: tuple[float, float]


def pushed_apart(bodies: Bodies, build: Build) -> Moves:
    """The steps after one pass in which bodies that would overlap part.

    Two that walk go half of the way each; who stands is left where it is, and the other goes all of it.
    """
    x, y = bodies.x + bodies.step_x, bodies.y + bodies.step_y
    count = len(build.size)
    size = jnp.asarray(build.size)

    def give_way(index: Int[Array, ""], moves: Moves) -> Moves:
        other_x, other_y, there, walks, other_size = (
            jax.lax.dynamic_slice_in_dim(each, index, 1) for each in (x, y, bodies.there, bodies.walks, size)
        )
        dx, dy = x - other_x, y - other_y
        square = dx**2 + dy**2
        both = size + other_size
        touch = bodies.walks & there & (square < both**2) & (np.arange(count)[:, None] != index)
        distance = jnp.sqrt(jnp.maximum(square, SMALLEST**2))
        part = jnp.where(touch, jnp.where(walks, 0.5, 1.0) * (both / distance - 1.0), 0.0)
        return moves[0] + part * dx, moves[1] + part * dy

    return jax.lax.fori_loop(0, count, give_way, (bodies.step_x, bodies.step_y))


PASSES = 12
FORESIGHT = 16.0  # loops


def avoided(bodies: Bodies, build: Build) -> Moves:
    """The steps by reciprocal collision avoidance (van den Berg et al. 2011), as smaclite makes them.

    Each body near a walker forbids it half of the plane of steps, and so do the walls. The step nearest to
    the wanted one that is allowed is found by projections in turns (Hildreth 1957), not by a linear program.
    Only bodies count that are no farther away than the largest could touch.
    """
    planes = [*_between_walls(bodies, build)]
    planes += [_forbidden(bodies, build.size, index) for index in range(len(build.size))]
    start = (bodies.step_x, bodies.step_y, jnp.zeros((len(planes), *bodies.x.shape)))

    def project(_: Array, now: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        move_x, move_y, weights = now
        after = []
        for weight, (near, normal_x, normal_y, least) in zip(weights, planes, strict=True):
            lacks = least - move_x * normal_x - move_y * normal_y
            change = jnp.where(near, jnp.maximum(weight + lacks, 0.0) - weight, 0.0)
            move_x, move_y = move_x + change * normal_x, move_y + change * normal_y
            after.append(weight + change)
        return move_x, move_y, jnp.stack(after)

    move_x, move_y, _ = jax.lax.fori_loop(0, PASSES, project, start)
    part = build.speed / jnp.maximum(jnp.sqrt(move_x**2 + move_y**2), build.speed)
    return jnp.where(bodies.walks, move_x * part, 0.0), jnp.where(bodies.walks, move_y * part, 0.0)


class HalfPlane(NamedTuple):
    """Moves that a body may make: at least `least` along the normal, if the thing is `near` at all."""

    near: Bool[Array, "body battle"]
    normal_x: Float[Array, "body battle"]
    normal_y: Float[Array, "body battle"]
    least: Float[Array, "body battle"]


def _between_walls(bodies: Bodies, build: Build) -> tuple[HalfPlane, HalfPlane]:
    """A wall may not be reached within the horizon."""
    zero, one = jnp.zeros_like(bodies.y), jnp.ones_like(bodies.y)
    below, above = build.walls
    return (
        HalfPlane(bodies.walks, zero, one, jnp.asarray(below + build.size - bodies.y) / FORESIGHT),
        HalfPlane(bodies.walks, zero, -one, jnp.asarray(bodies.y + build.size - above) / FORESIGHT),
    )


def _forbidden(bodies: Bodies, size: Float[np.ndarray, "body 1"], index: int) -> HalfPlane:
    """Which steps one body leaves to all others."""
    other = slice(index, index + 1)
    away_x, away_y = bodies.x[other] - bodies.x, bodies.y[other] - bodies.y
    turn_x, turn_y = bodies.last_x - bodies.last_x[other], bodies.last_y - bodies.last_y[other]
    both = size + size[index]
    square = away_x**2 + away_y**2
    near = bodies.there & bodies.there[other] & (jnp.sqrt(square) <= size + size.max())
    near &= bodies.walks & (np.arange(len(size)) != index)[:, None]
    share = jnp.where(bodies.walks[other], 0.5, 1.0)

    loops = jnp.where(square > both**2, FORESIGHT, 1.0)
    w_x, w_y = turn_x - away_x / loops, turn_y - away_y / loops
    length = jnp.maximum(jnp.sqrt(w_x**2 + w_y**2), SMALLEST)
    facing = w_x * away_x + w_y * away_y
    front = (square <= both**2) | ((facing < 0.0) & (facing**2 > both**2 * length**2))
    short = both / loops - length
    leg = jnp.sqrt(jnp.maximum(square - both**2, 0.0))
    left = away_x * w_y - away_y * w_x > 0.0
    turned = jnp.where(left, both, -both)
    way = jnp.maximum(square, SMALLEST**2)
    along_x = jnp.where(left, 1.0, -1.0) * (away_x * leg - away_y * turned) / way
    along_y = jnp.where(left, 1.0, -1.0) * (away_x * turned + away_y * leg) / way
    inward = turn_x * along_x + turn_y * along_y
    u_x = jnp.where(front, short * w_x / length, inward * along_x - turn_x)
    u_y = jnp.where(front, short * w_y / length, inward * along_y - turn_y)
    normal_x = jnp.where(front, w_x / length, -along_y)
    normal_y = jnp.where(front, w_y / length, along_x)
    least = (bodies.last_x + share * u_x) * normal_x + (bodies.last_y + share * u_y) * normal_y
    return HalfPlane(near, normal_x, normal_y, least)
