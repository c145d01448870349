"""What SMAC tells its learners and pays them, as functions of where everybody stands (Samvelyan et al. 2019).

All arrays have the battles on their last axis, `[unit battle]`: XLA then computes many battles at once, where
a last axis of five units would leave it little to do. The numbers equal those of SMAC's own code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.envs.skirmish.maps import SIDE, Map
from omarl.envs.skirmish.units import UnitTable

SIGHT = 9.0
SHOOTING = 6.0
MOVE_LENGTH = 2.0
NO_OP, STOP, NORTH, SOUTH, EAST, WEST = range(6)
FIRST_ATTACK = 6
DIRECTIONS: Mapping[int, tuple[int, int]] = {NORTH: (0, 1), SOUTH: (0, -1), EAST: (1, 0), WEST: (-1, 0)}
KILL_REWARD, WIN_REWARD, LARGEST_RETURN = 10.0, 200.0, 20.0
MOST_COOLDOWN: Mapping[str, float] = {"stalker": 35.0, "zealot": 22.0, "colossus": 24.0, "zergling": 11.0}
"""By which SMAC divides cooldowns, in loops; no learner is a zergling."""
SHIELDED = ("colossus", "stalker", "zealot")


class Visible(NamedTuple):
    """What the contract looks at of one side; who has no life left is dead."""

    x: Float[Array, "unit battle"]
    y: Float[Array, "unit battle"]
    life: Float[Array, "unit battle"]
    shield: Float[Array, "unit battle"]

    @property
    def alive(self) -> Bool[Array, "unit battle"]:
        """Who is not dead."""
        return self.life > 0.0


def column(values: Sequence[float]) -> Float[np.ndarray, "unit 1"]:
    """A number for each unit, in the shape that goes with battles on the last axis."""
    return np.array(values, np.float32)[:, None]


@dataclass(frozen=True)
class Contract:
    """SMAC's contract for one map and one table of units."""

    map: Map
    table: UnitTable

    @cached_property
    def life(self) -> tuple[Float[np.ndarray, "ally 1"], Float[np.ndarray, "enemy 1"]]:
        """The full life of the learners and of their enemies."""
        return self._of_sides("life")

    @cached_property
    def shield(self) -> tuple[Float[np.ndarray, "ally 1"], Float[np.ndarray, "enemy 1"]]:
        """Their full shields."""
        return self._of_sides("shield")

    def _of_sides(self, name: str) -> tuple[Float[np.ndarray, "ally 1"], Float[np.ndarray, "enemy 1"]]:
        ours, theirs = (
            column([getattr(self.table.units[kind], name) for kind in side])
            for side in (self.map.allies, self.map.enemies)
        )
        return ours, theirs

    @property
    def choices(self) -> int:
        """The number of actions: nothing, stop, four directions, and an attack on each enemy."""
        return FIRST_ATTACK + len(self.map.enemies)

    @property
    def observation_size(self) -> int:
        """The length of an observation."""
        ours, theirs = len(self.map.allies), len(self.map.enemies)
        own, enemy = (len(self._about(side)) for side in (0, 1))
        return len(DIRECTIONS) + theirs * (4 + enemy) + (ours - 1) * (4 + own) + own

    @property
    def max_reward(self) -> float:
        """The sum of all that can be earned without anybody's shields growing back."""
        points = self.life[1].sum() + self.shield[1].sum()
        return float(points) + KILL_REWARD * len(self.map.enemies) + WIN_REWARD

    def legal(self, allies: Visible, enemies: Visible) -> Bool[Array, "ally act battle"]:
        """Which actions each learner may choose; the dead may only do nothing."""
        alive = allies.alive
        moves = [alive & self._open_ahead(allies, *step) for step in DIRECTIONS.values()]
        attacks = alive[:, None] & enemies.alive[None] & (distances(allies, enemies) <= SHOOTING)
        return jnp.concatenate([jnp.stack([~alive, alive, *moves], 1), attacks], 1)

    def _open_ahead(self, allies: Visible, dx: int, dy: int) -> Bool[Array, "ally battle"]:
        """Whether the cell one unit ahead lies on the map and can be walked on."""
        x, y = ((place + step).astype(jnp.int32) for place, step in ((allies.x, dx), (allies.y, dy)))
        inside = (x >= 0) & (x < SIDE) & (y >= 0) & (y < SIDE)
        return inside & jnp.asarray(self.map.walkable.reshape(-1))[x * SIDE + y]

    def observe(
        self, allies: Visible, enemies: Visible, legal: Bool[Array, "ally act battle"]
    ) -> Float[Array, "ally obs battle"]:
        """The learners' observations; those of the dead are zero."""
        n = len(self.map.allies)
        attackable = legal[:, FIRST_ATTACK:]
        theirs = self._seen(1, allies, enemies, attackable)
        visible = jnp.ones((n, n, 1), bool)
        others = self._seen(0, allies, allies, visible)
        rest = np.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, n - 1)
        others = jnp.stack([others[i, rest[i]] for i in range(n)])
        own = jnp.stack(self._about(0, allies), 1)
        seen = [legal[:, NORTH:FIRST_ATTACK].astype(jnp.float32), _flat(theirs), _flat(others), own]
        return jnp.where(allies.alive[:, None], jnp.concatenate(seen, 1), 0.0)

    def _seen(
        self, side: int, allies: Visible, others: Visible, first: Bool[Array, "ally other #battle"]
    ) -> Float[Array, "ally other feature battle"]:
        """What each learner sees of each unit of a side, zeros where that is dead or too far away."""
        dx, dy = (others.x[None] - allies.x[:, None]), (others.y[None] - allies.y[:, None])
        distance = jnp.sqrt(dx**2 + dy**2)
        seen = others.alive[None] & (distance < SIGHT)
        about = [jnp.broadcast_to(each[None], distance.shape) for each in self._about(side, others)]
        features = [first.astype(jnp.float32), distance / SIGHT, dx / SIGHT, dy / SIGHT, *about]
        return jnp.stack([jnp.where(seen, each, 0.0) for each in features], 2)

    def _about(self, side: int, units: Visible | None = None) -> list[Float[Array, "unit battle"]]:
        """Life, shield where the side has any, and the type of each unit, as parts of a whole."""
        kinds, bits = (self.map.allies, self.map.enemies)[side], self.map.type_bits[side]
        blank = jnp.zeros((len(kinds), 1))
        units = units or Visible(blank, blank, blank, blank)
        shielded = any(kind in SHIELDED for kind in kinds)
        shield = units.shield / np.maximum(self.shield[side], 1.0)
        one_hot = [column([float(bits.get(kind) == place) for kind in kinds]) for place in range(len(bits))]
        return [
            units.life / self.life[side],
            *([shield] if shielded else []),
            *(jnp.broadcast_to(jnp.asarray(bit), units.life.shape) for bit in one_hot),
        ]

    def state(
        self,
        allies: Visible,
        enemies: Visible,
        cooldown: Float[Array, "ally battle"],
        last: Float[Array, "ally act battle"],
    ) -> Float[Array, "state battle"]:
        """SMAC's global state: both sides, without the dead, and the learners' last actions as one-hot."""
        most = column([MOST_COOLDOWN[kind] for kind in self.map.allies])
        ours, theirs = self._about(0, allies), self._about(1, enemies)
        places = [self._centred(side) for side in (allies, enemies)]
        rows = [
            jnp.stack([ours[0], cooldown / most, *places[0], *ours[1:]], 1)
            * allies.alive[:, None].astype(jnp.float32),
            jnp.stack([theirs[0], *places[1], *theirs[1:]], 1) * enemies.alive[:, None].astype(jnp.float32),
            last,
        ]
        return jnp.concatenate([each.reshape(-1, each.shape[-1]) for each in rows])

    def _centred(self, units: Visible) -> list[Float[Array, "unit battle"]]:
        return [(place - SIDE / 2) / SIDE for place in (units.x, units.y)]

    def reward(self, before: Visible, after: Visible, won: Bool[Array, "battle"]) -> Float[Array, "battle"]:
        """The team's reward for what its enemies lost in a step.

        It is the absolute value of a sum, as in SMAC, so that shields that grow back pay as well.
        """
        points = [jnp.where(side.alive, side.life + side.shield, 0.0) for side in (before, after)]
        killed = before.alive & ~after.alive
        lost = jnp.where(before.alive, points[0] - points[1], 0.0).sum(0)
        earned = jnp.abs(lost + KILL_REWARD * killed.sum(0)) + WIN_REWARD * won
        return earned * (LARGEST_RETURN / self.max_reward)


def distances(one: Visible, other: Visible) -> Float[Array, "one other battle"]:
    """The distances between the centres of the units of two sides."""
    return jnp.sqrt((other.x[None] - one.x[:, None]) ** 2 + (other.y[None] - one.y[:, None]) ** 2)


def acted(actions: Int[Array, "ally battle"], choices: int) -> Float[Array, "ally act battle"]:
    """Actions by number as one-hot vectors."""
    return (actions[:, None] == np.arange(choices)[None, :, None]).astype(jnp.float32)


def _flat(blocks: Float[Array, "ally other feature battle"]) -> Float[Array, "ally entries battle"]:
    return blocks.reshape(len(blocks), -1, blocks.shape[-1])
