"""An environment with the face of SMAC's `StarCraft2Env` over a made-up war that lives in this process.

Nobody walks. Where a test lets them fight, units strike whom they are ordered to, enemies the first unit that
is near; a blow is 13, of a colossus 20 ten loops later. `KNOBS` says what goes wrong, `KNOBS.games` holds
every environment that was made.
"""

from types import SimpleNamespace

import numpy as np

STALKER, ZEALOT, COLOSSUS, ZERGLING = (
    SimpleNamespace(kind=74, health=80, shield=80, period=23),
    SimpleNamespace(kind=73, health=100, shield=50, period=19),
    SimpleNamespace(kind=4, health=200, shield=150, period=35),
    SimpleNamespace(kind=105, health=35, shield=0, period=11),
)
SIDES = {
    "2s3z": ([STALKER] * 2 + [ZEALOT] * 3, [ZEALOT] * 3 + [STALKER] * 2, 120, 80),
    "3s5z": ([STALKER] * 3 + [ZEALOT] * 5, [ZEALOT] * 5 + [STALKER] * 3, 150, 128),
    "1c3s5z": ([COLOSSUS, *[STALKER] * 3, *[ZEALOT] * 5],) * 2 + (180, 162),
    "2c_vs_64zg": ([COLOSSUS] * 2, [ZERGLING] * 64, 400, 332),
}
KNOBS = SimpleNamespace()


def as_new():
    """Set all knobs back: battles end by a win in their third step, and nothing breaks."""
    KNOBS.plan = []  # how the next battles end: (step, "won" | "defeat" | "draw" | "connection")
    KNOBS.starts = []  # what goes wrong at the next starts: "late" | "connection" | "no units" | ""
    KNOBS.fight = False
    KNOBS.cut = True  # whether a new order ends a colossus's beams
    KNOBS.games = []


as_new()


class War:
    """The units of both sides, and the face of the game's controller."""

    def __init__(self, allies, enemies, gap):
        self.units = [
            SimpleNamespace(
                tag=len(allies) * (owner - 1) + index,
                owner=owner,
                kind=kind,
                unit_type=kind.kind + 1900 * (owner == 1),
                pos=SimpleNamespace(x=9.0 + gap * (owner - 1), y=16.0 + index / 10),
                health=kind.health,
                health_max=kind.health,
                shield=kind.shield,
                shield_max=kind.shield,
                weapon_cooldown=0,
            )
            for owner, side in ((1, allies), (2, enemies))
            for index, kind in enumerate(side)
        ]
        self.orders, self.flying = {}, []

    def order(self, unit, target):
        self.orders[unit.tag] = target
        if KNOBS.cut:
            self.flying = [blow for blow in self.flying if blow.source is not unit]

    def step(self, loops):
        for _ in range(loops if KNOBS.fight else 0):
            self.one_loop()

    def one_loop(self):
        for unit in self.units:
            unit.weapon_cooldown = max(unit.weapon_cooldown - 1, 0)
            foes = [other for other in self.units if other.owner == 1 and unit.owner == 2]
            target = self.orders.get(unit.tag, foes[0] if foes else None)
            if target in self.units and unit.weapon_cooldown == 0:
                unit.weapon_cooldown = unit.kind.period
                self.flying.append(
                    SimpleNamespace(source=unit, target=target, wait=10 * (unit.kind is COLOSSUS))
                )
        for blow in self.flying:
            if blow.wait == 0:
                strike(blow.target, 20 if blow.source.kind is COLOSSUS else 13)
            blow.wait -= 1
        self.flying = [blow for blow in self.flying if blow.wait >= 0]
        self.units = [unit for unit in self.units if unit.health > 0]

    def observe(self):
        return list(self.units)

    def ping(self):
        return SimpleNamespace(game_version="0.0.0.stand-in")

    def game_info(self):
        point = SimpleNamespace
        area = point(p0=point(x=0, y=0), p1=point(x=32, y=32))
        return SimpleNamespace(start_raw=SimpleNamespace(playable_area=area, map_size=point(x=32, y=32)))


def strike(unit, damage):
    taken = min(unit.shield, damage)
    unit.shield -= taken
    unit.health -= damage - taken


class StarCraft2Env:
    colossus_id = 1900 + COLOSSUS.kind

    def __init__(self, map_name, step_mul, difficulty, seed):
        self.map_name, self.step_mul, self.difficulty, self.seed = map_name, step_mul, difficulty, seed
        self.sides, (self.episode_limit, self.size) = SIDES[map_name][:2], SIDES[map_name][2:]
        self.n_agents, self.n_enemies = map(len, self.sides)
        self.n_actions = 6 + self.n_enemies
        self.max_reward = 10.0 * self.n_enemies + 200
        self.agents, self.enemies = {}, {}
        self.force_restarts = self.ended = self.resets = 0
        self.closed = False
        self._controller = self._obs = None
        self.pathing_grid = np.zeros((32, 32), bool)
        self.pathing_grid[:, 8:24] = True
        KNOBS.games.append(self)

    def get_obs_size(self):
        return self.size

    def reset(self):
        wrong = KNOBS.starts.pop(0) if KNOBS.starts else ""
        if wrong == "no units":
            raise KeyError(0)
        self.force_restarts += wrong == "connection"
        self.time, self.resets = 0, self.resets + 1
        self.end = KNOBS.plan.pop(0) if KNOBS.plan else (3, "won")
        self._controller = War(*self.sides, gap=5 if KNOBS.fight else 14)
        self.agents = dict(enumerate(self._controller.units[: self.n_agents]))
        self.enemies = dict(enumerate(self._controller.units[self.n_agents :]))
        if self.ended == 0:
            listed = [*self.enemies.values()] * (2 if wrong == "late" else 1)
            self.max_reward += sum(unit.health_max + unit.shield_max for unit in listed)

    def step(self, choices):
        for unit, choice, legal in zip(self.agents.values(), choices, self.get_avail_actions(), strict=True):
            assert legal[choice], choice
            self._controller.order(unit, self.enemies.get(choice - 6))
        self._controller.step(self.step_mul)
        self.time += 1
        when, how = self.end
        if self.time == when and not KNOBS.fight:
            if how == "connection":
                self.force_restarts += 1
                return 0, True, {}
            gone = {"won": (2,), "defeat": (1,), "draw": (1, 2)}[how]
            self._controller.units = [u for u in self._controller.units if u.owner not in gone]
        self._obs = self._controller.observe()
        self.update_units()
        dead = [sum(u.health <= 0 for u in side.values()) for side in (self.agents, self.enemies)]
        won = dead[1] == self.n_enemies and dead[0] < self.n_agents
        over = dead[1] == self.n_enemies or dead[0] == self.n_agents or self.time >= self.episode_limit
        self.ended += over
        reward = 20 * (1 + 200 * won) / self.max_reward
        return reward, over, {"battle_won": won, "dead_allies": dead[0], "dead_enemies": dead[1]}

    def update_units(self):
        living = [unit.tag for unit in self._obs]
        for unit in (*self.agents.values(), *self.enemies.values()):
            unit.health = unit.health if unit.tag in living else 0

    def get_obs(self):
        return [np.full(self.size, self.time + agent / 100) for agent in range(self.n_agents)]

    def get_avail_actions(self):
        return [self.legal(unit) for unit in self.agents.values()]

    def legal(self, unit):
        near = [int(foe.health > 0 and abs(foe.pos.x - unit.pos.x) <= 6) for foe in self.enemies.values()]
        return [0, 1, 1, 0, 1, 1, *near] if unit.health > 0 else [1] + [0] * (5 + self.n_enemies)

    def close(self):
        self.closed = True
