"""Behaviour policies: an online run is probed again and again, and passes through the levels of its recipe.

The run leaves what is needed to go on in a folder of its own, so that one that was interrupted is not lost.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from omarl.algos.td3 import td3
from omarl.collecting.goals import Performance
from omarl.collecting.levels import Level, Probe, exceeds, first_at, own_levels, random_return
from omarl.collecting.probes import prober, read_probes, write_probe
from omarl.collecting.recipes import Recipe
from omarl.data.episodes import Episodes
from omarl.errors import TrainingError
from omarl.runs.checkpoint import (
    checkpoints,
    describe_tree,
    keep_checkpoint,
    load_tree,
    make_newest,
    packed,
)
from omarl.runs.experience.acting import Acting
from omarl.runs.experience.base import Experience, Progress, member_of
from omarl.runs.experience.replays import recorded_part, size_of
from omarl.runs.from_play import acting_in
from omarl.runs.loop import PERIOD, carry_out
from omarl.training.tally import faults


class Needs(NamedTuple):
    """What an online run has to reach before it may stop: a level, if any, and so many steps."""

    level: str | None
    steps: int


class Behaviour(NamedTuple):
    """Where an online run ended: the levels that it reached, its steps, and all that it played."""

    levels: Mapping[str, Level]
    steps: int
    played: Episodes


TellProbe = Callable[[int, Performance], None]
"""`tell(steps, performance)`, whenever the policy was probed."""


def train_behaviour(
    task: Any, recipe: Recipe, seed: int, needs: Needs, tell: TellProbe, folder: Path
) -> Behaviour:
    """An online run until it had its needs, or its steps; it goes on where one in the same folder stopped.

    Where the recipe has no levels, the whole run gives them (see `own_levels`).
    """
    learner = recipe.learner
    algorithm = td3(learner, task.spec.team)
    experience = acting_in(
        task, algorithm, learner, recipe.online, (seed,), recipe.steps, recipe.every, while_random=True
    )
    journal = Probing(experience, task, recipe, seed, needs, tell, folder)
    progress = carry_out(experience, journal)
    played = recorded_part(experience.replays[0], {"rows": 0, "episodes": 0})
    wanted = recipe.levels or own_levels(random_return(recipe.online.random_steps, played), journal.learnt)
    return Behaviour(first_at(wanted, journal.learnt), progress.position, played)


class Probing:
    """The journal of an online run that is probed for the levels of its recipe."""

    def __init__(
        self,
        experience: Acting,
        task: Any,
        recipe: Recipe,
        seed: int,
        needs: Needs,
        tell: TellProbe,
        folder: Path,
    ) -> None:
        """Nothing is read yet."""
        self.experience, self.recipe, self.seed = experience, recipe, seed
        self.needs, self.tell, self.folder = needs, tell, folder
        self.probe = prober(task, experience.algorithm, recipe.every)
        self.key = jax.random.fold_in(jax.random.key(seed), 1)
        self.probes: list[Probe] = []

    @property
    def learnt(self) -> list[Probe]:
        """The probes after random play: a policy that stands still can beat that."""
        return [probe for probe in self.probes if probe.steps > self.recipe.online.random_steps]

    def begin(self, experience: Experience) -> Progress:
        """Where the run starts, or goes on."""
        start = experience.start()
        self.folder.mkdir(parents=True, exist_ok=True)
        found = checkpoints(self.folder)
        if not found:
            return start._replace(due=False)
        about = describe_tree(found[0])
        states, beside = load_tree(found[0], start.states, {"tally": start.tally})
        make_newest(found[0])
        experience.restore(self.folder, about["experience"])
        self.probes = read_probes(self.folder, about["probes"], member_of(start.states, 0).actor)
        return Progress(about["position"], states, beside["tally"], about["due"])

    def patience(self, progress: Progress) -> float:
        """Every probe and every minute are saved."""
        return 0.0 if progress.due else PERIOD

    def save(self, progress: Progress) -> None:
        """Write the checkpoint, and first what was played."""
        about = {
            "position": progress.position,
            "due": progress.due,
            "probes": len(self.probes),
            "experience": self.experience.save(self.folder),
        }
        content = packed(jax.device_get(progress.states), about, {"tally": jax.device_get(progress.tally)})
        keep_checkpoint(self.folder, content)

    def check(self, progress: Progress) -> None:
        """Raise a `TrainingError` if something turned non-finite."""
        for fault in faults(progress.tally, [self.seed]).values():
            raise TrainingError(str(fault))

    def evaluate(self, progress: Progress) -> bool:
        """Probe the policy, and tell; whether the run has reached what it must."""
        steps = progress.position
        actors = jax.tree.map(jnp.copy, progress.states.actor)  # the run takes over its own memory
        performance = self.probe(actors, jax.random.fold_in(self.key, steps))
        actor = member_of(actors, 0) if exceeds(performance, self.learnt) else None
        rows = size_of(self.experience.replays[0])["rows"]
        self.probes.append(Probe(performance.mean_return, steps, rows, actor, performance.win_rate))
        write_probe(self.folder, len(self.probes), self.probes[-1])
        self.tell(steps, performance)
        reached = first_at(self.recipe.levels, self.learnt)
        enough = self.needs.level is None or self.needs.level in reached
        return steps >= self.experience.end or (steps >= self.needs.steps and enough)
