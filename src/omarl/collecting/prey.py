"""Where the frozen prey come from: predators and a prey that learn against each other, from one replay.

The predators learn as MATD3, the prey as a learner on its own (the paper's: MATD3 against DDPG; ours has twin
critics). The prey that is kept is the one at the end of the run: the longer the run, the harder to catch.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import jax

from omarl.algos import Algorithm
from omarl.algos.td3 import TD3Config, td3
from omarl.collecting.recipes import ONLINE_LEARNER
from omarl.collecting.sides import Side, opposed
from omarl.envs.opponents import subteam
from omarl.envs.particle.tag import PREDATORS
from omarl.envs.registry import make
from omarl.errors import RequestError, TrainingError, choose, require_seed
from omarl.files.writing import refuse_existing
from omarl.nets.policy_file import save_frozen_policy
from omarl.runs.experience.base import Progress
from omarl.runs.experience.on_device import OnDevice
from omarl.runs.loop import carry_out
from omarl.training.online import OnlineConfig
from omarl.training.tally import faults
from omarl.types import TeamSpec
from omarl.versions import versions

LONE_LEARNER = replace(ONLINE_LEARNER, critic="decentralised")


@dataclass(frozen=True, kw_only=True)
class Breeding:
    """How a task's predators and prey learn against each other, and for how many environment steps.

    More steps make a prey that is harder to catch.
    """

    steps: int
    every: int = 10_000
    online: OnlineConfig = field(default_factory=OnlineConfig)
    predators: TD3Config = ONLINE_LEARNER
    prey: TD3Config = LONE_LEARNER


BREEDING: Mapping[str, Breeding] = {"tag": Breeding(steps=260_000), "world": Breeding(steps=140_000)}
"""By the name of the predators' task; after so many steps the prey is about as good as the paper's."""


def hunters_against_prey(breeding: Breeding, team: TeamSpec) -> Algorithm:
    """MATD3 for the predators beside independent TD3 for the prey."""
    both = (slice(PREDATORS), breeding.predators), (slice(PREDATORS, None), breeding.prey)
    return opposed(tuple(Side(who, subteam(team, who), td3(how, subteam(team, who))) for who, how in both))


class Chase:
    """The journal of predators and prey: it tells how they do, and leaves nothing."""

    def __init__(self, tell: Callable[[int, float], None]) -> None:
        """`tell(steps, mean_return)` is called again and again."""
        self.tell = tell

    def begin(self, experience: Any) -> Progress:
        """The beginning."""
        self.experience = experience
        return experience.start()._replace(due=False)

    def patience(self, progress: Progress) -> float:
        """Nothing is saved: the whole run takes minutes."""
        return math.inf

    def save(self, progress: Progress) -> None:
        """Nothing is saved."""

    def check(self, progress: Progress) -> None:
        """Raise a `TrainingError` if something turned non-finite."""
        for fault in faults(progress.tally, [0]).values():
            raise TrainingError(str(fault))

    def evaluate(self, progress: Progress) -> bool:
        """Tell the mean return of the last round; whether this is the end."""
        self.tell(progress.position, self.experience.last_returns[0])
        return progress.position >= self.experience.end


def chased(task: Any, breeding: Breeding, seed: int, tell: Callable[[int, float], None]) -> Any:
    """The policies of predators and prey at the end of their online run."""
    algorithm = hunters_against_prey(breeding, task.spec.team)
    how = (breeding.predators, breeding.online, (seed,), breeding.steps, breeding.every)
    return carry_out(OnDevice(task, algorithm, *how, while_random=True), Chase(tell)).states.actor


def provenance(name: str, breeding: Breeding, seed: int) -> dict[str, Any]:
    """How a prey was made, as its file says it."""
    return {
        "command": f"omarl prey {name} --steps {breeding.steps} --seed {seed}",
        "seed": seed,
        "breeding": asdict(breeding),
        "versions": versions(),
    }


def train_prey(
    name: str,
    out: Path,
    seed: int,
    steps: int | None = None,
    tell: Callable[[int, float], None] = lambda steps, mean: None,
) -> None:
    """Train the prey of the task `name` for `steps` environment steps and write it to the new file `out`.

    Without `steps`, for as many as the shipped one. Raises `RequestError` for what cannot be made or would
    overwrite something.
    """
    usual = choose("task with a prey", name, BREEDING)
    breeding = replace(usual, steps=usual.steps if steps is None else steps)
    task = make(f"{name}-full")
    if breeding.steps < task.spec.horizon:
        raise RequestError(f"steps {breeding.steps}: expected at least one episode, {task.spec.horizon}")
    require_seed(seed)
    refuse_existing(out)
    prey = chased(task, breeding, seed, tell)[-1]
    network, running = jax.tree.map(lambda x: x[0, 0], prey)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_frozen_policy(out, network, running, provenance(name, breeding, seed))
