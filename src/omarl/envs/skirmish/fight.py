"""One loop of a battle: aim, walk, shoot, be hit. Eight of them are a step."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from omarl.envs.skirmish.battle import (
    ADVANCE,
    ATTACK,
    MOVE,
    NOBODY,
    Army,
    Numbers,
    Orders,
    chosen,
    numbers_of,
)
from omarl.envs.skirmish.maps import Map
from omarl.envs.skirmish.rules import RULES, Rules
from omarl.envs.skirmish.targets import Gap, gaps, targets
from omarl.envs.skirmish.terrain import Terrain
from omarl.envs.skirmish.units import UnitTable
from omarl.envs.skirmish.walking import Way, moved, step_to
from omarl.envs.skirmish.weapons import burning, cut_short, hurt_by, shots, spent, timers
from omarl.errors import choose

LOOPS = 8
"""Loops in a step, as in SMAC."""

Armies = tuple[Army, Army]
BothOrders = tuple[Orders, Orders]


@dataclass(frozen=True)
class Fight:
    """How two sides fight on a map, by a table of units.

    `beams` says whether an order to do something else cuts a colossus's beams (`cut`) or not (`kept`).
    """

    map: Map
    table: UnitTable
    beams: str = "cut"

    @property
    def rules(self) -> Rules:
        """The rules that the table asks for."""
        return choose("rules of a unit table", self.table.rules, RULES)

    @cached_property
    def terrain(self) -> Terrain:
        """The ground of the map."""
        return Terrain(self.map)

    @cached_property
    def numbers(self) -> tuple[Numbers, Numbers]:
        """The numbers of both sides."""
        ours, theirs = self.map.allies, self.map.enemies
        return numbers_of(self.table, ours, theirs), numbers_of(self.table, theirs, ours)

    def step(self, sides: Armies, orders: BothOrders, chances: Float[Array, "loop unit battle"]) -> Armies:
        """Both sides after 8 loops with the same orders; `chances` are uniform in [0, 1)."""

        def one(loop: Int[Array, ""], sides: Armies) -> Armies:
            return self.loop(sides, orders, chances[loop])

        return jax.lax.fori_loop(0, LOOPS, one, sides)

    def loop(self, sides: Armies, orders: BothOrders, chances: Float[Array, "unit battle"]) -> Armies:
        """Both sides after one loop: all aim, all walk, time passes, all shoot, and all blows fall at once.

        Who is in reach is decided before anybody walks.
        """
        gap = gaps(*sides, *self.numbers)
        seen = gap, gap.reversed
        sides = self._with_targets(sides, orders, seen)
        aims = self._aim(sides[0], orders[0]), self._aim(sides[1], orders[1])
        reaching = self._in_reach(0, aims[0], seen[0]), self._in_reach(1, aims[1], seen[1])
        ways = self._way(0, sides, orders, aims, reaching), self._way(1, sides, orders, aims, reaching)
        sides = moved(sides, ways, self.numbers, self.terrain, self.rules)
        sides = self._later(0, sides, orders), self._later(1, sides, orders)
        luck = chances[: len(sides[0].x)], chances[len(sides[0].x) :]
        first, second = self.numbers
        ours = shots(sides[0], sides[1], aims[0], seen[0], reaching[0], luck[0], first, self.rules)
        theirs = shots(sides[1], sides[0], aims[1], seen[1], reaching[1], luck[1], second, self.rules)
        ours, theirs = (
            burning(ours, theirs, second, self.rules),
            burning(theirs, ours, first, self.rules),
        )
        return (
            spent(hurt_by(ours, theirs, first, second, self.rules)),
            spent(hurt_by(theirs, ours, second, first, self.rules)),
        )

    def _in_reach(self, one: int, aim: Int[Array, "unit battle"], gap: Gap) -> Bool[Array, "unit battle"]:
        """Who has its target in reach."""
        return chosen(aim, gap.edge <= self.numbers[one].reach[:, None])

    def _later(self, one: int, sides: Armies, orders: BothOrders) -> Army:
        """One side after the time of a loop, its beams cut where an order cuts them."""
        side, numbers = sides[one], self.numbers[one]
        if self.beams == "cut":
            side = cut_short(side, orders[one], numbers)
        return timers(side, numbers)

    def _with_targets(self, sides: Armies, orders: BothOrders, seen: tuple[Gap, Gap]) -> Armies:
        """Both sides with whom they attack; the second side sees whom the first has chosen."""
        ours, theirs = sides
        ours = ours._replace(target=targets(ours, theirs, orders[0], seen[0], self.numbers, self.rules))
        pair = self.numbers[1], self.numbers[0]
        return ours, theirs._replace(target=targets(theirs, ours, orders[1], seen[1], pair, self.rules))

    def _aim(self, side: Army, orders: Orders) -> Int[Array, "unit battle"]:
        """Whom everybody shoots at: the target, by some rules also an ordered one that is dead."""
        if not self.rules.shoots_dead:
            return side.target
        return jnp.where(side.alive & (orders.kind == ATTACK), orders.whom, side.target)

    def _way(
        self, one: int, sides: Armies, orders: BothOrders, aims: Sequence[Array], reaching: Sequence[Array]
    ) -> Way:
        """Where one side walks: to the target unless it is in reach, otherwise where the order says."""
        side, other, told, aim = sides[one], sides[1 - one], orders[one], aims[one]
        x = jnp.where(aim == NOBODY, told.x, chosen(aim, other.x[None]))
        y = jnp.where(aim == NOBODY, told.y, chosen(aim, other.y[None]))
        x, y = self.terrain.towards(side.x, side.y, x, y, self.numbers[one].strides)
        stands = reaching[one] | (jnp.isfinite(side.windup) & (side.shot_at == aim))
        going = (told.kind == MOVE) | (told.kind == ADVANCE) | (aim != NOBODY)
        walks = side.alive & going & ~stands
        return step_to(side, walks, x, y, self.numbers[one].speed, self.rules.overshoots)
