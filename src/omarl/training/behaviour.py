"""Behaviour policies: an online learner passes through the levels that define the kinds of dataset.

A level is the mean return of a behaviour policy with its exploration noise. The published datasets of each
task give the levels `medium` and `expert`: the first policies of an online MATD3 run that reach them.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from omarl.algos.presets import settings
from omarl.algos.td3 import TD3Config, td3
from omarl.envs.protocol import TaskSpec
from omarl.envs.references import label
from omarl.errors import choose
from omarl.training.evaluate import evaluator, noisy
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

    Levels that nobody published follow from our own reference returns; without those there are none.
    """
    own = RECIPES.get(label(spec.name, spec.parameters))
    recipe = own or choose("task with a recipe for datasets", spec.name, RECIPES)
    if recipe.levels or spec.reference is None:
        return recipe
    random, expert = spec.reference
    return replace(recipe, levels={"medium": random + MEDIUM_SHARE * (expert - random), "expert": expert})


class Level(NamedTuple):
    """A behaviour policy: its actor, its mean return, and how far the online run was when it got there."""

    actor: Any
    mean_return: float
    steps: int


Tell = Callable[[Progress, float], None]
"""`tell(progress, mean_return)`, whenever the policy was probed."""


class Needs(NamedTuple):
    """What an online run has to reach before it may stop: a level, if any, and so many steps."""

    level: str | None
    steps: int


def train_behaviour(
    task: Any, recipe: Recipe, seed: int, needs: Needs, tell: Tell
) -> tuple[dict[str, Level], Progress]:
    """The levels that an online run reached, and where it ended: when it had its needs, or its steps."""
    learner = recipe.learner
    algorithm = td3(learner, task.spec.team)
    probe = evaluator(task, partial(noisy, algorithm), PROBE_EPISODES)
    key = jax.random.fold_in(jax.random.key(seed), 1)
    run = learn(task, algorithm, learner, recipe.online, recipe.steps, recipe.every, [seed])
    (progress,), levels = next(run), {}
    for (progress,) in run:
        actor = jax.tree.map(jnp.copy, progress.run.state.actor)  # the run's own buffers are donated
        returns = probe(jax.tree.map(lambda x: x[None], actor), jax.random.fold_in(key, progress.steps)[None])
        mean = float(returns.mean())
        tell(progress, mean)
        learnt = progress.steps > recipe.online.random_steps
        for name, wanted in recipe.levels.items():
            if learnt and name not in levels and mean >= wanted:  # one that stands still can beat random play
                levels[name] = Level(actor, mean, progress.steps)
        if progress.steps >= needs.steps and (needs.level is None or needs.level in levels):
            break
    return levels, progress
