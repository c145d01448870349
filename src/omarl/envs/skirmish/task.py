"""The tasks `skirmish-2s3z`, `skirmish-3s5z`, `skirmish-1c3s5z` and `skirmish-2c_vs_64zg`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Int32

from omarl.batch import PRNGKey
from omarl.envs.protocol import StepResult, TaskSpec
from omarl.envs.references import MEASURED, PAPER
from omarl.envs.scenes import Moment, Stage
from omarl.envs.skirmish.battle import NOBODY, Army, fresh_army
from omarl.envs.skirmish.battles_last import battles_last
from omarl.envs.skirmish.commands import commanded, if_legal, sent
from omarl.envs.skirmish.contract import Contract, acted
from omarl.envs.skirmish.fight import LOOPS, Fight
from omarl.envs.skirmish.maps import MAPS, Map
from omarl.envs.skirmish.scene import battlefield, in_view
from omarl.envs.skirmish.starts import block, half_turned
from omarl.envs.skirmish.units import UnitTable, unit_table
from omarl.errors import RequestError, choose
from omarl.types import TaskId, TeamSpec

START_SPREAD: Mapping[str, float] = {"block": 0.0, "jittered": 0.5}
"""By how much each unit may stand away from its place when an episode begins, on each axis."""
TREATMENTS = ("cut", "kept")


class SkirmishState(NamedTuple):
    """One moment of one episode; `last` are the learners' last actions, `NOBODY` at first."""

    allies: Army
    enemies: Army
    last: Int32[Array, "agent"]
    time: Int32[Array, ""]
    key: PRNGKey


class Told(NamedTuple):
    """What a step shows of a battle."""

    obs: Float[Array, "agent obs battle"]
    legal: Bool[Array, "agent act battle"]
    reward: Float[Array, "battle"]
    over: Bool[Array, "battle"]
    won: Bool[Array, "battle"]


@dataclass(frozen=True, kw_only=True)
class Skirmish:
    """A battle with SMAC's contract against opponents with one order; a subclass names the map.

    `units` is a unit table: `liberty`, `smaclite`, or a JSON file. `beams` is what another order does to a
    colossus's beams: it cuts them (`cut`, a guess), or they go on (`kept`). With `starts=jittered` each unit
    stands within 0.5 of its place. With `last_action_and_id` an agent sees its last action and its number
    behind the rest, as in PyMARL. The reward is the team's, and each learner gets it.
    """

    map: ClassVar[Map]

    units: str | Path = "liberty"
    beams: str = "cut"
    starts: str = "block"
    last_action_and_id: bool = False

    def __post_init__(self) -> None:
        """Raise `RequestError` for a map, a table or a value that does not exist."""
        choose("treatment of beams", self.beams, dict.fromkeys(TREATMENTS))
        choose("kind of start", self.starts, START_SPREAD)
        missing = sorted({*self.map.allies, *self.map.enemies} - set(self.table.units))
        if missing:
            raise RequestError(f"{self.units}: units.{missing[0]}: it is missing, {self.map.name} needs it")
        self.fight.rules  # noqa: B018 - a name of rules that does not exist is told now

    @cached_property
    def table(self) -> UnitTable:
        """The numbers of the units."""
        return unit_table(self.units)

    @cached_property
    def contract(self) -> Contract:
        """What the learners are told."""
        return Contract(self.map, self.table)

    @cached_property
    def fight(self) -> Fight:
        """How the units fight."""
        return Fight(self.map, self.table, self.beams)

    @property
    def spec(self) -> TaskSpec:
        """The description of the task."""
        parameters = {each.name: getattr(self, each.name) for each in fields(self)}
        task = TaskId(f"skirmish-{self.map.name}", {**parameters, "units": str(self.units)})
        agents, more = len(self.map.allies), len(self.map.allies) + self.contract.choices
        seen = self.contract.observation_size + (more if self.last_action_and_id else 0)
        return TaskSpec(
            name=task.name,
            parameters=dict(task.parameters),
            team=TeamSpec(
                observation_sizes=(seen,) * agents,
                action_sizes=(self.contract.choices,) * agents,
                action_kind="discrete",
            ),
            horizon=self.map.horizon,
            wins=True,
            reference=MEASURED.get(str(task)),
            paper_reference=PAPER.get(str(task)),
        )

    @property
    def stage(self) -> Stage:
        """The units by type and side, and the ground.

        There is no `start_from`: what delays the shots of a recorded battle is not in its observations, so
        that the same actions would end differently.
        """
        return battlefield(self.map, self.table)

    def shown(self, state: SkirmishState) -> Moment:
        """Where the units are, what they have left, and who shoots at whom."""
        return in_view((state.allies, state.enemies), self.fight.numbers)

    def places(self, key: PRNGKey) -> tuple[Float[Array, "ally 2"], Float[Array, "enemy 2"]]:
        """Where both sides stand at the start of an episode."""
        radii = [
            [self.table.units[kind].radius for kind in side] for side in (self.map.allies, self.map.enemies)
        ]
        ours = block(radii[0], self.map.ally_centre)
        theirs = half_turned(block(radii[1], self.map.enemy_centre), self.map.enemy_centre)
        spread = START_SPREAD[self.starts]
        noise = jax.random.uniform(key, (len(ours) + len(theirs), 2), minval=-spread, maxval=spread)
        placed = jnp.asarray(np.concatenate([ours, theirs]), jnp.float32) + noise
        return placed[: len(ours)], placed[len(ours) :]

    def reset(self, key: PRNGKey) -> tuple[SkirmishState, Float[Array, "agent obs"]]:
        """A fresh episode, everybody whole."""
        start_key, key = jax.random.split(key)
        allies, enemies = battles_last(self._fresh)(*self.places(start_key))
        last = jnp.full(len(self.map.allies), NOBODY, jnp.int32)
        state = SkirmishState(allies, enemies, last, jnp.int32(0), key)
        return state, battles_last(self._observe)(allies, enemies, last, self.legal(state))

    def _fresh(self, ours: Array, theirs: Array) -> tuple[Army, Army]:
        numbers, counts = self.fight.numbers, (len(ours), len(theirs))
        return (
            fresh_army(numbers[0], counts[1], ours[:, 0], ours[:, 1]),
            fresh_army(numbers[1], counts[0], theirs[:, 0], theirs[:, 1]),
        )

    def legal(self, state: SkirmishState) -> Bool[Array, "agent act"]:
        """Which actions each learner may choose."""
        return battles_last(self._legal)(state.allies, state.enemies)

    def _legal(self, allies: Army, enemies: Army) -> Bool[Array, "agent act battle"]:
        return self.contract.legal(allies.visible, enemies.visible)

    def _observe(
        self,
        allies: Army,
        enemies: Army,
        last: Int[Array, "agent battle"],
        legal: Bool[Array, "agent act battle"],
    ) -> Float[Array, "agent obs battle"]:
        obs = self.contract.observe(allies.visible, enemies.visible, legal)
        if not self.last_action_and_id:
            return obs
        agents = len(self.map.allies)
        own = jnp.broadcast_to(jnp.eye(agents)[..., None], (agents, agents, obs.shape[-1]))
        return jnp.concatenate([obs, acted(last, self.contract.choices), own], 1)

    def global_state(self, state: SkirmishState) -> Float[Array, "state"]:
        """SMAC's global state, which no learner sees."""
        return battles_last(self._global_state)(state.allies, state.enemies, state.last)

    def _global_state(
        self, allies: Army, enemies: Army, last: Int[Array, "agent battle"]
    ) -> Float[Array, "state battle"]:
        actions = acted(last, self.contract.choices)
        return self.contract.state(allies.visible, enemies.visible, allies.ready, actions)

    def step(
        self, state: SkirmishState, action: Float[Array, "agent act"]
    ) -> tuple[SkirmishState, StepResult]:
        """The state 8 loops later; the battle is over when a side is dead, and cut at the time limit."""
        agents = len(self.map.allies)
        key, now = jax.random.split(state.key)
        chances = jax.random.uniform(now, (LOOPS, agents + len(self.map.enemies)))
        chosen = jnp.argmax(action, -1).astype(jnp.int32)
        allies, enemies, told = battles_last(self._step)(state.allies, state.enemies, chosen, chances)
        time = state.time + 1
        return SkirmishState(allies, enemies, chosen, time, key), StepResult(
            obs=told.obs,
            reward=jnp.broadcast_to(told.reward, agents),
            terminal=told.over,
            truncated=(time >= self.map.horizon) & ~told.over,
            legal=told.legal,
            won=told.won,
        )

    def _step(
        self, allies: Army, enemies: Army, chosen: Int[Array, "agent battle"], chances: Array
    ) -> tuple[Army, Army, Told]:
        before = enemies.visible
        told_ours = if_legal(commanded(chosen, allies), chosen, self._legal(allies, enemies))
        orders = told_ours, sent(enemies, self.map)
        allies, enemies = self.fight.step((allies, enemies), orders, chances)
        ours, theirs = allies.alive.any(0), enemies.alive.any(0)
        won, legal = ours & ~theirs, self._legal(allies, enemies)
        told = Told(
            obs=self._observe(allies, enemies, chosen, legal),
            legal=legal,
            reward=self.contract.reward(before, enemies.visible, won),
            over=~(ours & theirs),
            won=won,
        )
        return allies, enemies, told


class Skirmish2s3z(Skirmish):
    """Two stalkers and three zealots on each side."""

    map = MAPS["2s3z"]


class Skirmish3s5z(Skirmish):
    """Three stalkers and five zealots on each side."""

    map = MAPS["3s5z"]


class Skirmish1c3s5z(Skirmish):
    """A colossus, three stalkers and five zealots on each side."""

    map = MAPS["1c3s5z"]


class Skirmish2cVs64zg(Skirmish):
    """Two colossi against 64 zerglings that come up from below a cliff."""

    map = MAPS["2c_vs_64zg"]
