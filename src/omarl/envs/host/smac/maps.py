"""The maps of SMAC that are tasks here, and how we ask for a battle on them."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from omarl.errors import choose

DIFFICULTY = "7"
"""The difficulty of the game's own player, SMAC's default (very hard)."""
STEP_MUL = 8
"""Loops of the game for each step of the agents, SMAC's default."""
WITHOUT_TARGET = 6
"""Choices that name no enemy: do nothing, stop, north, south, east, west."""


class SmacMap(NamedTuple):
    """What SMAC says of a map: both teams, the time limit in steps, and the length of an observation.

    `max_reward` is the reward of killing every enemy and winning, before SMAC scales it to 20.
    """

    name: str
    agents: int
    enemies: int
    limit: int
    observation: int
    max_reward: int

    @property
    def choices(self) -> int:
        """The choices of an agent; the last ones are to attack an enemy, by number."""
        return WITHOUT_TARGET + self.enemies


SMAC_MAPS: Mapping[str, SmacMap] = {
    f"smac-{each.name}": each
    for each in (
        SmacMap("2s3z", agents=5, enemies=5, limit=120, observation=80, max_reward=1020),
        SmacMap("3s5z", agents=8, enemies=8, limit=150, observation=128, max_reward=1510),
        SmacMap("1c3s5z", agents=9, enemies=9, limit=180, observation=162, max_reward=1870),
        SmacMap("2c_vs_64zg", agents=2, enemies=64, limit=400, observation=332, max_reward=3080),
    )
}
"""The maps by the names of their tasks, with the numbers of SMAC at commit d6aab33."""


def smac_map(task: str) -> SmacMap:
    """The map of a task; `RequestError` with the names of all if there is none."""
    return choose("task in the real StarCraft II", task, SMAC_MAPS)


@runtime_checkable
class Game(Protocol):
    """What is used of SMAC's `StarCraft2Env`; units, controller and pathing grid are its own objects."""

    n_agents: int
    n_enemies: int
    episode_limit: int
    max_reward: float
    force_restarts: int
    colossus_id: int
    agents: dict[int, Any]
    enemies: dict[int, Any]
    pathing_grid: Any
    _controller: Any
    _obs: Any

    def reset(self) -> Any:
        """Begin a battle."""
        ...

    def step(self, actions: list[int]) -> tuple[float, bool, dict[str, Any]]:
        """The reward, whether the battle ended, and what else is known."""
        ...

    def get_obs(self) -> list[np.ndarray]:
        """What each agent sees."""
        ...

    def get_obs_size(self) -> int:
        """The length of an observation."""
        ...

    def get_avail_actions(self) -> list[list[int]]:
        """Which choices each agent has, as ones and zeros."""
        ...

    def update_units(self) -> int:
        """Take over what the game has told of its units."""
        ...

    def close(self) -> None:
        """End the game."""
        ...


def new_game(field: SmacMap, seed: int, step_mul: int = STEP_MUL) -> Game:
    """SMAC's environment for a map; the game itself starts when it is reset."""
    from smac.env import StarCraft2Env  # pyright: ignore[reportMissingImports]

    return StarCraft2Env(map_name=field.name, step_mul=step_mul, difficulty=DIFFICULTY, seed=seed)
