"""Turn-based environments, and those of one agent, with the face of a `ParallelEnv`."""

from typing import Any

from omarl.envs.host.promises import unpacked
from omarl.errors import RequestError

SOLE_AGENT = "agent"
"""What the agent of a Gymnasium environment is called."""
TOLD = ("observations", "rewards", "terminations", "truncations", "infos")


class TurnBased:
    """A turn-based (AEC) environment in which a step is the move of one agent; the others wait.

    PettingZoo's own wrapper does the work; this adds who is waiting.
    """

    def __init__(self, aec: Any) -> None:
        """Wrap the environment."""
        from pettingzoo.utils.conversions import turn_based_aec_to_parallel

        self.aec, self.inner = aec, turn_based_aec_to_parallel(aec)
        self.possible_agents = aec.possible_agents
        self.observation_space, self.action_space = aec.observation_space, aec.action_space
        self.unwrapped = aec.unwrapped

    @property
    def agents(self) -> list[Any]:
        """Those who are still in the game."""
        return list(self.inner.agents)

    @property
    def waiting(self) -> set[Any]:
        """Those whose turn it is not: what they choose has no effect."""
        return set(self.agents) - {self.aec.agent_selection}

    def reset(self, seed: int | None = None) -> tuple[dict, dict]:
        """The start of a game."""
        return self.inner.reset(seed=seed)

    def step(self, actions: dict) -> tuple[dict, dict, dict, dict, dict]:
        """What comes of the move of the agent whose turn it is."""
        return self.inner.step(actions)

    def close(self) -> None:
        """Close the environment."""
        self.aec.close()


class OneAgent:
    """A Gymnasium environment as a team of one."""

    def __init__(self, env: Any) -> None:
        """Wrap the environment."""
        self.env, self.unwrapped = env, env.unwrapped
        self.possible_agents = [SOLE_AGENT]
        self.agents: list[str] = []

    @property
    def limit(self) -> int | None:
        """The number of steps after which the environment itself ends an episode, if it says so."""
        return getattr(self.env.spec, "max_episode_steps", None)

    def observation_space(self, agent: str) -> Any:
        """What the agent sees."""
        return self.env.observation_space

    def action_space(self, agent: str) -> Any:
        """What the agent does."""
        return self.env.action_space

    def reset(self, seed: int | None = None) -> tuple[dict, dict]:
        """The start of an episode."""
        obs, info = unpacked(self.env.reset(seed=seed), ("observation", "info"), "reset")
        self.agents = [SOLE_AGENT]
        return {SOLE_AGENT: obs}, {SOLE_AGENT: info}

    def step(self, actions: dict) -> tuple[dict, dict, dict, dict, dict]:
        """What comes of the action."""
        names = ("observation", "reward", "terminated", "truncated", "info")
        obs, reward, terminated, truncated, info = unpacked(self.env.step(actions[SOLE_AGENT]), names, "step")
        if terminated or truncated:
            self.agents = []
        return (
            {SOLE_AGENT: obs},
            {SOLE_AGENT: reward},
            {SOLE_AGENT: terminated},
            {SOLE_AGENT: truncated},
            {SOLE_AGENT: info},
        )

    def close(self) -> None:
        """Close the environment."""
        self.env.close()


def as_parallel(env: Any) -> Any:
    """The environment with the face of a `ParallelEnv`; `RequestError` if we know no way to it.

    A turn-based environment that says that all its agents move at once (`is_parallelizable`) is taken at its
    word.
    """
    if hasattr(env, "agent_iter"):
        from pettingzoo.utils.conversions import aec_to_parallel

        at_once = getattr(env, "metadata", {}).get("is_parallelizable", False)
        return aec_to_parallel(env) if at_once else TurnBased(env)
    names, space = getattr(env, "possible_agents", None), getattr(env, "observation_space", None)
    if names and callable(space):
        return env
    if names is None and hasattr(space, "contains"):
        return OneAgent(env)
    raise RequestError(
        f"{env} is not a PettingZoo ParallelEnv: it lacks possible_agents or its spaces; nor is it an AEC or "
        "Gymnasium environment"
    )
