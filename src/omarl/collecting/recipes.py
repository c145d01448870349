"""Behaviour policies: an online learner passes through the levels that define the kinds of dataset.

A level is the mean return of a behaviour policy with its exploration noise. The published datasets of each
task give the levels `medium` and `expert`: the first policies of an online MATD3 run that reach them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from omarl.algos.td3 import TD3Config, td3
from omarl.envs.protocol import TaskSpec
from omarl.errors import choose
from omarl.play.judge import evaluator, noisy
from omarl.presets import settings
from omarl.training.online import OnlineConfig, Progress, learn

PROBE_EPISODES = 400

ONLINE_LEARNER: Any = settings("online", "td3").config


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a task's behaviour policies are learnt, and the mean returns that define their levels, ascending.

    `steps` is the length of the whole online run in environment steps; the policy is probed `every` so many,
    and reaches no level before it learns. The recording until the medium level (`medium-replay`) is cut where
    its own mean return would rise above `recorded`, if that is sooner.
    """

    levels: Mapping[str, float] = field(default_factory=dict)
    recorded: float = math.inf
    steps: int = 1_000_000
    every: int = 10_000
    online: OnlineConfig = field(default_factory=OnlineConfig)
    learner: TD3Config = ONLINE_LEARNER


TAG = OnlineConfig(updates_per_iteration=24)
WORLD = OnlineConfig(updates_per_iteration=32, random_steps=75_000)

RECIPES: Mapping[str, Recipe] = {
    "spread": Recipe(),
    "spread agents=3": Recipe(levels={"medium": 273.4, "expert": 516.8}),
    "tag": Recipe(levels={"medium": 116.4, "expert": 185.6}, recorded=3.9, every=2_500, online=TAG),
    "world": Recipe(levels={"medium": 65.9, "expert": 79.5}, recorded=1.2, every=2_500, online=WORLD),
    "line-spread": Recipe(every=1_000),
}
"""By a task's name, or its name and parameters as in `envs.references` where they have a recipe of their own.

`medium` and `recorded` are mean returns of one published dataset of each kind, `expert` is the paper's
reference return. In spread the recording until the medium level returns what the published one does
(`docs/datasets.md`).
"""

MEDIUM_SHARE = (273.4 - 159.8) / (516.8 - 159.8)
"""How far the published medium dataset of spread is on the way from random to expert."""


def recipe_for(spec: TaskSpec) -> Recipe:
    """The recipe of a task with its parameters; `RequestError` if the task has none.

    Levels that nobody published follow from our own reference returns; without those from the run itself.
    """
    own = RECIPES.get(str(spec.id))
    recipe = own or choose("task with a recipe for datasets", spec.name, RECIPES)
    if recipe.levels or spec.reference is None:
        return recipe
    return replace(recipe, levels=levels_between(*spec.reference))


def levels_between(random: float, expert: float) -> dict[str, float]:
    """The levels of a task in which random play and the expert have these mean returns."""
    return {"medium": random + MEDIUM_SHARE * (expert - random), "expert": expert}


class Probe(NamedTuple):
    """A policy on the way: its actor, its mean return, noise included, and after how many steps."""

    actor: Any
    mean_return: float
    steps: int


class Level(NamedTuple):
    """The first policy that had at least the mean return that was wanted."""

    policy: Probe
    wanted: float


Tell = Callable[[Progress, float], None]
"""`tell(progress, mean_return)`, whenever the policy was probed."""


class Needs(NamedTuple):
    """What an online run has to reach before it may stop: a level, if any, and so many steps."""

    level: str | None
    steps: int


def train_behaviour(
    task: Any, recipe: Recipe, seed: int, needs: Needs, tell: Tell
) -> tuple[dict[str, Level], Progress]:
    """The levels that an online run reached, and where it ended: when it had its needs, or its steps.

    Where the recipe has no levels, the whole run gives them (see `own_levels`).
    """
    learner = recipe.learner
    algorithm = td3(learner, task.spec.team)
    probe = evaluator(task, partial(noisy, algorithm), PROBE_EPISODES)
    key = jax.random.fold_in(jax.random.key(seed), 1)
    run = learn(task, algorithm, learner, recipe.online, recipe.steps, recipe.every, [seed])
    (progress,), learnt = next(run), []
    for (progress,) in run:
        actor = jax.tree.map(jnp.copy, progress.run.state.actor)  # the run's own buffers are donated
        returns = probe(jax.tree.map(lambda x: x[None], actor), jax.random.fold_in(key, progress.steps)[None])
        mean = float(returns.mean())
        tell(progress, mean)
        if progress.steps > recipe.online.random_steps:  # one that stands still can beat random play
            learnt.append(Probe(actor, mean, progress.steps))
        reached = first_at(recipe.levels, learnt)
        if progress.steps >= needs.steps and (needs.level is None or needs.level in reached):
            break
    wanted = recipe.levels or own_levels(random_return(recipe.online, progress), learnt)
    return first_at(wanted, learnt), progress


def first_at(wanted: Mapping[str, float], probes: Sequence[Probe]) -> dict[str, Level]:
    """The first policy that has each of the wanted mean returns, of those that have one."""
    found = {
        name: next((probe for probe in probes if probe.mean_return >= least), None)
        for name, least in wanted.items()
    }
    return {name: Level(probe, wanted[name]) for name, probe in found.items() if probe is not None}


def random_return(online: OnlineConfig, progress: Progress) -> float:
    """The mean return of the random play with which the online run began."""
    replay = progress.run.replay
    ended = np.flatnonzero(np.asarray(replay.last[: int(progress.run.filled)]))
    ended = ended[: max(1, int((ended < online.random_steps).sum()))]
    return float(np.asarray(replay.reward[: ended[-1] + 1]).mean(1).sum() / len(ended))


def own_levels(random: float, probes: Sequence[Probe]) -> dict[str, float]:
    """Levels of a task that has no references, from an online run; none if it did not get beyond random play.

    As with our own references, `expert` is nine tenths of the way from random play to where the run levels
    off, the mean of the last fifth of its probes.
    """
    last = [probe.mean_return for probe in probes[-max(1, len(probes) // 5) :]]
    plateau = sum(last) / len(last) if last else random
    return levels_between(random, random + 0.9 * (plateau - random)) if plateau > random else {}
