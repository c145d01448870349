"""One battle of the real game at a time: what SMAC says, as arrays, and which of its words not to take.

1. SMAC ends an episode at the time limit and after a lost connection in the same way as after a battle. Here
   these are a truncated episode, a lost episode and a true end.
2. SMAC adds up `max_reward`, by which it divides every reward, at each reset before the first episode is
   over, and again where a unit appears late. Here a game is reset only after an episode that came to its end,
   and one whose `max_reward` is not that of the map is not played.
3. A reset during which SMAC had to restart the game leaves units of the game before. Such a game is closed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from omarl.envs.host.adapter import HostResult
from omarl.envs.host.smac.maps import Game, SmacMap, new_game
from omarl.errors import TrainingError

STARTS = 3
"""How often a game is started for one battle; those before did not begin as they should."""

Sights = Sequence[np.ndarray]
Last = Float[np.ndarray, "agent act"]
Show = Callable[[Sights, Last], Float[np.ndarray, "agent obs"]]
"""`show(obs, last)` gives what the agents see, of SMAC's observations and their last actions, one-hot."""


def as_smac_shows(obs: Sights, last: Last) -> Float[np.ndarray, "agent obs"]:
    """The observations as SMAC gives them."""
    return np.asarray(obs, np.float32)


def with_last_action_and_id(obs: Sights, last: Last) -> Float[np.ndarray, "agent obs"]:
    """The observations, each followed by the agent's last action and its number, one-hot, as in PyMARL."""
    return np.concatenate([obs, last, np.eye(len(last))], -1).astype(np.float32)


class SmacBattle:
    """Battles on a map, one after another in one game; `make(field, seed)` gives SMAC's environment.

    SMAC hands a seed to the game only when the game starts, so it is the first battle's seed that counts.
    """

    def __init__(self, field: SmacMap, show: Show, make: Callable[[SmacMap, int], Game] = new_game) -> None:
        """Remember what to play; the game starts with the first battle."""
        self.field, self.show, self.make = field, show, make
        self.game: Game | None = None
        self.over = False
        self.last: HostResult | None = None

    def reset(self, seed: int) -> HostResult:
        """The start of a battle, in a fresh game unless the one that runs came to the end of a battle."""
        if self.game is None or not self.over or not begun(self.game, self.field):
            self.close()
            self.game = fresh_game(self.field, seed, self.make)
        self.over = False
        self.last = self.told(np.zeros((self.field.agents, self.field.choices)))
        return self.last

    def step(self, actions: Float[np.ndarray, "agent act"]) -> HostResult:
        """What comes of the choices of all agents.

        Where the connection was lost, the game is closed and nothing new is seen.
        """
        assert self.game is not None and self.last is not None, "a battle is reset first"
        reward, ended, info = self.game.step(np.argmax(actions, -1).tolist())
        if "battle_won" not in info:
            self.close()
            return self.last._replace(reward=0 * self.last.reward, lost=np.array(True))
        self.over = bool(ended)
        cut = self.over and both_alive(self.field, info)
        won = self.over and bool(info["battle_won"])
        self.last = self.told(actions, reward, terminal=self.over and not cut, truncated=cut, won=won)
        return self.last

    def told(
        self,
        last: Float[np.ndarray, "agent act"],
        reward: float = 0.0,
        terminal: bool = False,
        truncated: bool = False,
        won: bool = False,
    ) -> HostResult:
        """What SMAC shows now, in arrays; the team's reward is that of each agent."""
        assert self.game is not None
        agents = self.field.agents
        return HostResult(
            obs=self.show(self.game.get_obs(), last),
            legal=np.asarray(self.game.get_avail_actions(), bool),
            present=np.ones(agents, bool),
            reward=np.full(agents, reward, np.float32),
            terminal=np.array(terminal),
            truncated=np.array(truncated),
            won=np.array(won),
            lost=np.array(False),
        )

    def close(self) -> None:
        """End the game, if one runs."""
        if self.game is not None:
            self.game.close()
        self.game, self.over = None, False


def both_alive(field: SmacMap, info: Mapping[str, Any]) -> bool:
    """Whether both sides still have units: then only the time limit can have ended the battle."""
    return info["dead_allies"] < field.agents and info["dead_enemies"] < field.enemies


def begun(game: Game, field: SmacMap) -> bool:
    """Begin a battle; whether it began in the game that ran, with this map's numbers."""
    restarts = game.force_restarts
    try:
        game.reset()
    except KeyError:  # SMAC looks for a unit before there are any, after a connection that was lost at once
        return False
    return game.force_restarts == restarts and not unlike_table(game, field)


def fresh_game(field: SmacMap, seed: int, make: Callable[[SmacMap, int], Game]) -> Game:
    """A new game at the start of a battle; `TrainingError` if none begins as it should."""
    said = ""
    for _ in range(STARTS):
        game = make(field, seed)
        if begun(game, field):
            return game
        said = unlike_table(game, field) or "the connection was lost"
        game.close()
    raise TrainingError(
        f"no battle on {field.name} began as it should in {STARTS} games: {said}; install the map and smac "
        "from https://github.com/oxwhirl/smac at d6aab33"
    )


def unlike_table(game: Game, field: SmacMap) -> str:
    """What a game says of its map that is not in our table; empty if all is the same."""
    found = {
        "n_agents": (game.n_agents, field.agents),
        "n_enemies": (game.n_enemies, field.enemies),
        "episode_limit": (game.episode_limit, field.limit),
        "size of an observation": (game.get_obs_size(), field.observation),
        "max_reward": (game.max_reward, field.max_reward),
    }
    wrong = [f"{name} is {here}, expected {there}" for name, (here, there) in found.items() if here != there]
    return ", ".join(wrong)
