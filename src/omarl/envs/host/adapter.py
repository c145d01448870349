"""One environment as arrays: agents in a fixed order, short vectors padded with zeros.

Neither JAX nor anything that needs it is imported here, so that worker processes start quickly.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from omarl.envs.host.promises import flag_of, mask_told, paid_to, seen_by, unpacked
from omarl.envs.host.spaces import Choice, Interval, Sight, hand, legal_choices, sight
from omarl.envs.host.wrappers import TOLD, TurnBased, as_parallel
from omarl.errors import RequestError


class HostResult(NamedTuple):
    """What the teams of several copies are told after a reset or a step.

    `legal` and `won` are as in `protocol.StepResult`; after a reset nothing is won yet. `present` marks the
    agents that take part in the next step. One that left early sees zeros, is paid nothing and has only its
    first choice. `died` marks agents that were terminated in this step, and `seen` those whose observation is
    one. Both are None in a task whose agents are always there.

    `lost` marks episodes that the simulator could not carry to their end, for instance because a connection
    broke. They count for nothing and are played again. None stands for a task that loses no episodes.

    `capped` marks episodes that a cap of ours ended though the environment would have gone on; None stands
    for a task without such a cap.
    """

    obs: Float[np.ndarray, "*copies agent obs"]
    legal: Bool[np.ndarray, "*copies agent act"]
    present: Bool[np.ndarray, "*copies agent"]
    reward: Float[np.ndarray, "*copies agent"]
    terminal: Bool[np.ndarray, "*copies"]
    truncated: Bool[np.ndarray, "*copies"]
    won: Bool[np.ndarray, "*copies"] | None = None
    lost: Bool[np.ndarray, "*copies"] | None = None
    capped: Bool[np.ndarray, "*copies"] | None = None
    died: Bool[np.ndarray, "*copies agent"] | None = None
    seen: Bool[np.ndarray, "*copies agent"] | None = None


class Member(NamedTuple):
    """An agent: its name in the environment, how it sees, and how it acts."""

    name: str
    sight: Sight
    hand: Interval | Choice


def members(env: Any) -> tuple[Member, ...]:
    """The agents that an environment can have; `RequestError` if they do not make one team."""
    hands = {name: hand(name, env.action_space(name)) for name in env.possible_agents}
    choices = {name: found.size if isinstance(found, Choice) else None for name, found in hands.items()}
    team = tuple(
        Member(name, sight(name, env.observation_space(name), choices[name]), found)
        for name, found in hands.items()
    )
    if len({member.hand.kind for member in team}) != 1:
        raise RequestError(f"agents of {env} act in different ways: expected all Box or all Discrete")
    return team


class Adapter:
    """An environment and what it takes to speak to it in arrays; `horizon` ends episodes that go on."""

    def __init__(self, env: Any, horizon: int) -> None:
        """Read the environment's spaces; nothing is played yet."""
        self.env, self.horizon = as_parallel(env), horizon
        self.members = members(self.env)
        self.observation_sizes = tuple(member.sight.size for member in self.members)
        self.action_sizes = tuple(member.hand.size for member in self.members)
        self.kind = self.members[0].hand.kind
        self.time = 0

    def reset(self, seed: int) -> HostResult:
        """The start of the episode that the seed decides."""
        obs, infos = unpacked(self.env.reset(seed=seed), ("observations", "infos"), "reset")
        self.time = 0
        present = self.there()
        nothing = np.zeros(len(self.members), np.float32)
        return self.told(obs, infos, present, present, nothing, terminal=False, truncated=False)

    def step(self, actions: Float[np.ndarray, "agent act"]) -> HostResult:
        """What comes of the actions of all agents that are present.

        The episode ends when nobody is left: truly if all who acted last were terminated, else by a time
        limit. Then only those whom the time limit stopped still see something.
        """
        acting = self.there()
        chosen = {
            member.name: member.hand.action(row[: member.hand.size])
            for member, row in zip(self.members, actions, strict=True)
            if member.name in acting
        }
        obs, reward, terminations, truncations, infos = unpacked(self.env.step(chosen), TOLD, "step")
        self.time += 1
        ended = {name for name in acting if flag_of(terminations, "termination", name)}
        cut = {name for name in acting if flag_of(truncations, "truncation", name)}
        staying = self.there() - ended - cut
        late = self.time >= self.horizon
        terminal = not staying and ended >= acting
        seeing = staying or (acting if terminal else acting - ended)
        truncated = not terminal and (late or not staying)
        paid = np.array([paid_to(reward, member.name, acting) for member in self.members], np.float32)
        told = self.told(obs, infos, staying, seeing, paid, terminal, truncated)
        return told._replace(capped=np.array(late and bool(staying)), died=self.among(ended))

    def among(self, names: set) -> Bool[np.ndarray, "agent"]:
        """Which agents have one of these names."""
        return np.array([member.name in names for member in self.members])

    def there(self) -> set:
        """The agents that take part now; `RequestError` for one that the environment did not announce."""
        now = set(self.env.agents)
        unknown = sorted(map(str, now - {member.name for member in self.members}))
        if unknown:
            raise RequestError(f"agents {', '.join(unknown)} are not among the environment's possible_agents")
        return now

    def told(
        self,
        obs: Any,
        infos: Any,
        present: set,
        seeing: set,
        reward: Float[np.ndarray, "agent"],
        terminal: bool,
        truncated: bool,
    ) -> HostResult:
        """The environment's dicts as arrays."""
        waiting = self.env.waiting if isinstance(self.env, TurnBased) else set()
        seen = np.zeros((len(self.members), max(self.observation_sizes)), np.float32)
        legal = np.zeros((len(self.members), max(self.action_sizes)), bool)
        for index, member in enumerate(self.members):
            size, mask, acts = member.hand.size, None, member.name in present - waiting
            if member.name in seeing and (member.name in obs or not terminal):
                vector, mask = member.sight.vector(seen_by(obs, member.name))
                seen[index, : len(vector)] = vector
            if mask is None and acts:
                mask = mask_told(infos, member.name, size)
            known = None if mask is None else np.asarray(mask)
            legal[index, :size] = legal_choices(size, known, acts, self.kind == "discrete")
            legal[index] &= self.kind == "discrete" or member.name not in waiting
        return HostResult(
            obs=seen,
            legal=legal,
            present=self.among(present),
            reward=reward,
            terminal=np.array(terminal),
            truncated=np.array(truncated),
            capped=np.array(False),
            died=self.among(set()),
            seen=self.among(seeing),
        )

    def close(self) -> None:
        """Close the environment."""
        self.env.close()


def adapted(make: Callable[[], Any], horizon: int) -> Adapter:
    """The environment that `make()` gives, in an adapter."""
    return Adapter(make(), horizon)


@runtime_checkable
class Copy(Protocol):
    """One episode at a time, in arrays: the face of `Adapter`."""

    def reset(self, seed: int) -> HostResult:
        """The start of an episode."""
        ...

    def step(self, actions: Float[np.ndarray, "agent act"]) -> HostResult:
        """What comes of the actions."""
        ...

    def close(self) -> None:
        """Leave nothing running."""
        ...


class Copies:
    """Some copies of one environment, stepped one after another in this process."""

    def __init__(self, make: Callable[[], Copy], count: int) -> None:
        """Make the copies."""
        self.copies = [make() for _ in range(count)]
        self.last: list[HostResult] = []

    def reset(self, seeds: list[int]) -> HostResult:
        """Fresh episodes, one for each seed, in the first copies."""
        self.last = [copy.reset(seed) for copy, seed in zip(self.copies, seeds, strict=False)]
        return gathered(np.stack, self.last)

    def step(
        self, actions: Float[np.ndarray, "copies agent act"], alive: Bool[np.ndarray, "copies"]
    ) -> HostResult:
        """What comes of the actions where the episode goes on; elsewhere what was told last."""
        for index in np.flatnonzero(alive):
            self.last[index] = self.copies[index].step(actions[index])
        return gathered(np.stack, self.last)

    def close(self) -> None:
        """Close every environment."""
        for copy in self.copies:
            copy.close()


def gathered(join: Callable[[Sequence[np.ndarray]], np.ndarray], tolds: Sequence[HostResult]) -> HostResult:
    """All that was told, each field joined in this way; what the task does not know stays None."""
    fields: Any = (None if parts[0] is None else join(parts) for parts in zip(*tolds, strict=True))
    return HostResult(*fields)
