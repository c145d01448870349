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


TURNS = 12
FORESIGHT = 16.0  # loops


class HalfPlane(NamedTuple):
    """What things leave to bodies: steps of at least `least` along the normal, for those that are `near`."""

    near: Bool[Array, "thing body battle"]
    normal_x: Float[Array, "thing body battle"]
    normal_y: Float[Array, "thing body battle"]
    least: Float[Array, "thing body battle"]


def avoided(bodies: Bodies, build: Build) -> Moves:
    """The steps by reciprocal collision avoidance (van den Berg et al. 2011), as smaclite makes them.

    Each body near a walker forbids it half of the plane of steps, and so do the walls. The step nearest to
    the wanted one that is allowed is found by projections in turns (Hildreth 1957), not by a linear program.
    Only bodies count that are no farther away than the largest could touch.
    """
    planes = jax.tree.map(
        lambda *each: jnp.concatenate(each), _between_walls(bodies, build), _forbidden(bodies, build)
    )

    def project(step: Moves, of_plane: tuple[HalfPlane, Array]) -> tuple[Moves, Array]:
        """The step after one plane has moved it, and the weight of that plane."""
        (move_x, move_y), (plane, weight) = step, of_plane
        lacks = plane.least - move_x * plane.normal_x - move_y * plane.normal_y
        change = jnp.where(plane.near, jnp.maximum(weight + lacks, 0.0) - weight, 0.0)
        return (move_x + change * plane.normal_x, move_y + change * plane.normal_y), weight + change

    def turn(_: Array, now: tuple[Moves, Array]) -> tuple[Moves, Array]:
        return jax.lax.scan(project, now[0], (planes, now[1]))

    start = (bodies.step_x, bodies.step_y), jnp.zeros_like(planes.least)
    (move_x, move_y), _ = jax.lax.fori_loop(0, TURNS, turn, start)
    part = build.speed / jnp.maximum(jnp.sqrt(move_x**2 + move_y**2), build.speed)
    return jnp.where(bodies.walks, move_x * part, 0.0), jnp.where(bodies.walks, move_y * part, 0.0)


def _between_walls(bodies: Bodies, build: Build) -> HalfPlane:
    """The walls below and above may not be reached within the time that is foreseen."""
    below, above = build.walls
    least = jnp.stack([below + build.size - bodies.y, bodies.y + build.size - above]) / FORESIGHT
    up = jnp.broadcast_to(np.array([1.0, -1.0], np.float32)[:, None, None], least.shape)
    return HalfPlane(jnp.broadcast_to(bodies.walks[None], least.shape), jnp.zeros_like(least), up, least)


def _forbidden(bodies: Bodies, build: Build) -> HalfPlane:
    """What each body leaves to each other one."""
    count, size = len(build.size), build.size
    away_x, away_y = (place[:, None] - place[None] for place in (bodies.x, bodies.y))
    turn_x, turn_y = (last[None] - last[:, None] for last in (bodies.last_x, bodies.last_y))
    both = size[:, None] + size[None]
    square = away_x**2 + away_y**2
    near = bodies.there[:, None] & bodies.there[None] & (jnp.sqrt(square) <= size[None] + size.max())
    near &= bodies.walks[None] & ~np.eye(count, dtype=bool)[..., None]
    share = jnp.where(bodies.walks[:, None], 0.5, 1.0)

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
    least = (bodies.last_x[None] + share * u_x) * normal_x + (bodies.last_y[None] + share * u_y) * normal_y
    return HalfPlane(near, normal_x, normal_y, least)
