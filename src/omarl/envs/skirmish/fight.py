"""One loop of a battle: aim, walk, shoot, be hit. Eight of them are a step."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from omarl.envs.skirmish.battle import (
    ADVANCE,
    ATTACK,
    HUNT,
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
from omarl.envs.skirmish.targets import Gap, chosen_pair, gaps, targets
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
        """Both sides after one loop."""
        gap = gaps(*sides, *self.numbers)
        seen = gap, gap.reversed
        sides = self._with_targets(sides, orders, seen)
        aims = [self._aim(side, told) for side, told in zip(sides, orders, strict=True)]
        reaching = [
            chosen_pair(aim, each.edge <= numbers.reach[:, None])
            for aim, each, numbers in zip(aims, seen, self.numbers, strict=True)
        ]
        ways = self._ways(sides, orders, aims, reaching)
        ours, theirs = moved(sides, ways, self.numbers, self.terrain, self.rules)
        if self.beams == "cut":
            ours, theirs = (
                cut_short(s, o, n) for s, o, n in zip((ours, theirs), orders, self.numbers, strict=True)
            )
        ours, theirs = timers(ours, self.numbers[0]), timers(theirs, self.numbers[1])
        chance = chances[: len(ours.x)], chances[len(ours.x) :]
        shooting = [
            shots(side, other, aim, each, reach, luck, numbers, self.rules)
            for side, other, aim, each, reach, luck, numbers in zip(
                (ours, theirs), (theirs, ours), aims, seen, reaching, chance, self.numbers, strict=True
            )
        ]
        ours, theirs = (
            burning(side, other, of_other, self.rules)
            for side, other, of_other in zip(shooting, shooting[::-1], self.numbers[::-1], strict=True)
        )
        hit = (
            hurt_by(ours, theirs, self.numbers[0], self.numbers[1], self.rules),
            hurt_by(theirs, ours, self.numbers[1], self.numbers[0], self.rules),
        )
        return spent(hit[0]), spent(hit[1])

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

    def _ways(
        self,
        sides: Armies,
        orders: BothOrders,
        aims: Sequence[Array],
        reaching: Sequence[Array],
    ) -> tuple[Way, Way]:
        """Where everybody walks: to the target unless it is in reach, otherwise where the order says."""
        ways = []
        for index, side in enumerate(sides):
            other, told, aim = sides[1 - index], orders[index], aims[index]
            x = jnp.where(aim == NOBODY, told.x, chosen(aim, other.x))
            y = jnp.where(aim == NOBODY, told.y, chosen(aim, other.y))
            if self.map.attack_at is None:
                x, y = self.terrain.towards(side.x, side.y, x, y)
            stands = reaching[index] | (jnp.isfinite(side.windup) & (side.shot_at == aim))
            going = (told.kind == MOVE) | (told.kind == ADVANCE) | (aim != NOBODY)
            walks = side.alive & going & ~stands & ((told.kind != HUNT) | (aim != NOBODY))
            speed = self.numbers[index].speed
            ways.append(step_to(side, walks, x, y, speed, self.rules.overshoots))
        return ways[0], ways[1]
