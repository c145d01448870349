"""Where the frozen prey come from: predators and a prey that learn against each other, from one replay.

The predators learn as MATD3, the prey as a learner on its own (the paper's: MATD3 against DDPG; ours has twin
critics). The prey that is kept is the one at the end of the run: the longer the run, the harder to catch.
"""

from collections.abc import Callable, Iterator, Mapping
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
from omarl.errors import RequestError, choose, require_seed
from omarl.files.writing import refuse_existing
from omarl.nets.policy_file import save_frozen_policy
from omarl.training.online import OnlineConfig, Progress, learn
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


def chased(task: Any, breeding: Breeding, seed: int) -> Iterator[Progress]:
    """The online run of predators and prey, and where it stands again and again."""
    algorithm = hunters_against_prey(breeding, task.spec.team)
    how = (breeding.predators, breeding.online, breeding.steps, breeding.every)
    return (progress for (progress,) in learn(task, algorithm, *how, [seed]))


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
    tell: Callable[[Progress], None] = lambda progress: None,
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
    run = chased(task, breeding, seed)
    progress = next(run)
    for progress in run:
        tell(progress)
    network, running = jax.tree.map(lambda x: x[0], progress.run.state.actor[-1])
    out.parent.mkdir(parents=True, exist_ok=True)
    save_frozen_policy(out, network, running, provenance(name, breeding, seed))
