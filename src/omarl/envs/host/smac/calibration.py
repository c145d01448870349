"""Measurements in the real game: what a simulator of these battles would have to know.

A game is stepped loop by loop, through SMAC's own controller, and asked for few orders, so that what units do
by themselves is seen as well. Nothing is concluded here: the numbers are what was seen.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from omarl.envs.host.smac.battle import begun, unlike_table
from omarl.envs.host.smac.frames import Frame, blows, cooldown_maxima, life, listed, rows_of_map, seen
from omarl.envs.host.smac.installation import require_game
from omarl.envs.host.smac.maps import WITHOUT_TARGET, Game, SmacMap, new_game, smac_map
from omarl.errors import TrainingError

RESETS = 5
ORDERS = 48  # loops from one order to the next: most shots are over by then
LOOPS_WATCHED = 800  # loops of a battle that is watched: 50 seconds of the game
APPROACH = 400  # loops in which an enemy should come within reach
WINDUP = 60  # loops in which a colossus should fire
CUT = 2  # loops after a shot at which another order is given
BEAMS = 20  # loops in which all beams of one shot have landed
SHOTS = 3  # shots that are watched for each way of going on


def calibrate(task: str) -> dict[str, Any]:
    """Everything that is measured on a task's map; `RequestError` if the game is missing.

    Raises `TrainingError` if the game is lost on the way.
    """
    field = smac_map(task)
    versions = require_game(field)
    game = new_game(field, seed=1, step_mul=1)
    try:
        return {"task": task, "versions": versions | {"step_mul": "1"}, **measured(game, field)}
    finally:
        game.close()


def measured(game: Game, field: SmacMap) -> dict[str, Any]:
    """All measurements, in one game."""
    starts = [start(game, field) for _ in range(RESETS)]
    together = battle(game, set(game.agents))
    return {
        "game": game._controller.ping().game_version,
        "map": ground(game),
        "units": kinds(game),
        "starts": [
            {"allies": listed(each)[: field.agents], "enemies": listed(each)[field.agents :]}
            for each in starts
        ],
        "longest_cooldown_in_loops": cooldown_maxima(together),
        "lost_in_one_loop": {"to all": blows(together), **duels(game, field)},
        "damage_of_a_colossus_shot": beams(game, field),
    }


def start(game: Game, field: SmacMap) -> Frame:
    """The start of the next battle; the one before is ended through its time limit."""
    if game.agents:
        game.episode_limit = 0
        ordered(game, waiting(game))
    game.episode_limit = field.limit
    if not begun(game, field):
        why = unlike_table(game, field) or "no connection"
        raise TrainingError(f"the battle on {field.name} did not begin: {why}; try again")
    game.episode_limit = 10 * LOOPS_WATCHED
    return frame(game)


def frame(game: Game) -> Frame:
    """All units as they are now."""
    return seen([*game.agents.values(), *game.enemies.values()])


def ordered(game: Game, choices: list[int]) -> Frame:
    """One loop that begins with an order to every agent; `TrainingError` if the connection is lost."""
    if "battle_won" not in game.step(choices)[2]:
        raise TrainingError("the connection to the game was lost: try again")
    return frame(game)


def wait(game: Game, loops: int) -> list[Frame]:
    """So many loops without an order."""
    return [one_loop(game) for _ in range(loops)]


def one_loop(game: Game) -> Frame:
    """One loop without an order; SMAC itself only steps after orders."""
    game._controller.step(1)
    game._obs = game._controller.observe()
    game.update_units()
    return frame(game)


def waiting(game: Game) -> list[int]:
    """The choice of nobody doing anything: the dead have nothing to choose, the others stop."""
    return [int(np.argmax(legal)) for legal in game.get_avail_actions()]


def attacking(game: Game, fighters: set[int]) -> list[int]:
    """The choice of some agents attacking the first enemy within reach, if there is one; others stop."""
    return [
        attack(legal) if index in fighters else int(np.argmax(legal))
        for index, legal in enumerate(game.get_avail_actions())
    ]


def attack(legal: Sequence[int]) -> int:
    """The first attack that is legal, else the first choice that is."""
    targets = np.flatnonzero(legal[WITHOUT_TARGET:])
    return WITHOUT_TARGET + int(targets[0]) if len(targets) else int(np.argmax(legal))


def duels(game: Game, field: SmacMap) -> dict[str, dict[str, list[list[int | float]]]]:
    """What was lost in battles in which one agent attacks and the others stop, one for each kind of agent."""
    start(game, field)
    one_of = {unit.unit_type: index for index, unit in game.agents.items()}
    found = {}
    for kind, agent in one_of.items():
        start(game, field)
        found[f"to one {kind}"] = blows(battle(game, {agent}))
    return found


def battle(game: Game, fighters: set[int]) -> list[Frame]:
    """A battle in which these agents attack whoever comes within reach and the others stop."""
    frames = [frame(game)]
    while len(frames) < LOOPS_WATCHED and both_stand(game):
        frames.append(ordered(game, attacking(game, fighters)))
        frames.extend(wait(game, ORDERS - 1) if both_stand(game) else [])
    return frames


def both_stand(game: Game) -> bool:
    """Whether both sides have units left."""
    return all(any(unit.health > 0 for unit in side.values()) for side in (game.agents, game.enemies))


def beams(game: Game, field: SmacMap) -> dict[str, list[float]]:
    """What the enemies lose by single shots of a colossus, by what follows a shot; empty without one."""
    start(game, field)
    colossi = [index for index, unit in game.agents.items() if unit.unit_type == game.colossus_id]
    if not colossi:
        return {}
    ways: Mapping[str, Callable[[], Frame]] = {
        "no new order": lambda: one_loop(game),
        "then stop": lambda: ordered(game, waiting(game)),
        "then attack again": lambda: ordered(game, attacking(game, {colossi[0]})),
    }
    return {name: [shot(game, field, colossi[0], then) for _ in range(SHOTS)] for name, then in ways.items()}


def shot(game: Game, field: SmacMap, colossus: int, then: Callable[[], Frame]) -> float:
    """What the enemies lose by one shot of a colossus, shortly after which `then()` is done; others stop."""
    start(game, field)
    loops_until(game, lambda: any(game.get_avail_actions()[colossus][WITHOUT_TARGET:]), APPROACH)
    ordered(game, attacking(game, {colossus}))
    loops_until(game, lambda: game.agents[colossus].weapon_cooldown > 0, WINDUP)
    before = life(frame(game))
    wait(game, CUT)
    then()
    after = life(wait(game, BEAMS)[-1])
    return float((before - after)[field.agents :].sum())


def loops_until(game: Game, happened: Callable[[], bool], most: int) -> None:
    """Wait until something has happened; `TrainingError` if it does not within so many loops."""
    for _ in range(most):
        if happened():
            return
        one_loop(game)
    raise TrainingError(f"a colossus found nothing to shoot at within {most} loops: try again")


def ground(game: Game) -> dict[str, Any]:
    """The playable area by two corners, and where units can walk."""
    raw = game._controller.game_info().start_raw
    corners = (raw.playable_area.p0, raw.playable_area.p1)
    return {
        "playable_area": [[corner.x, corner.y] for corner in corners],
        "size": [raw.map_size.x, raw.map_size.y],
        "walkable": rows_of_map(np.asarray(game.pathing_grid, bool)),
    }


def kinds(game: Game) -> dict[str, dict[str, int | float]]:
    """The most health and shields of each kind of unit, and the number of its owner."""
    units = [*game.agents.values(), *game.enemies.values()]
    return {
        str(unit.unit_type): {"owner": unit.owner, "health": unit.health_max, "shield": unit.shield_max}
        for unit in units
    }
