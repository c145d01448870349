"""Recipes: how a task's behaviour policies are learnt, and which of them are called medium and expert.

A level is the mean return, or the win rate, of a behaviour policy with its exploration noise. The published
datasets of each task give the levels `medium` and `expert`: the first policies of an online MATD3 run that
reach them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from omarl.algos.td3 import TD3Config
from omarl.collecting.goals import Goal, goal_of, won
from omarl.envs.protocol import TaskSpec
from omarl.errors import RequestError, choose
from omarl.paper.cells import SKIRMISHES
from omarl.presets import settings
from omarl.training.online import OnlineConfig, rounds_of


def online_learner(task: str | None = None) -> Any:
    """The configuration of the learner whose policies behave in a task's data."""
    return settings("online", "td3", task).config


ONLINE_LEARNER = online_learner()


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a task's behaviour policies are learnt, and what defines their levels, ascending.

    A number in `levels` is a mean return; in a task that knows wins a level may be `won(0.5)`, a win rate.
    `steps` is the length of the whole online run in environment steps; the policy is probed `every` so many,
    and reaches no level before it learns. The recording until the medium level (`medium-replay`) is cut where
    its own mean return would rise above `recorded`, if that is sooner. `controller` names the controller that
    plays the task, if it has one (`collecting.controllers`); its data is the quality of that name.
    """

    levels: Mapping[str, float | Goal] = field(default_factory=dict)
    recorded: float = math.inf
    steps: int = 1_000_000
    every: int = 10_000
    online: OnlineConfig = field(default_factory=OnlineConfig)
    learner: TD3Config = ONLINE_LEARNER
    controller: str | None = None


TAG = OnlineConfig(updates_per_iteration=24)
WORLD = OnlineConfig(updates_per_iteration=32, random_steps=75_000)
BY_WAYPOINTS = Recipe(controller="waypoint")
CHEETAH = Recipe(
    levels={"medium": 1568.9, "expert": 2250.0},
    recorded=423.5,
    steps=700_000,
    every=20_000,
    online=rounds_of("halfcheetah-2x3"),
    learner=online_learner("halfcheetah-2x3"),
)
SKIRMISH = {
    task: Recipe(
        levels={"medium": won(0.5), "expert": won(0.9)},
        every=25_000,
        online=rounds_of(task),
        learner=online_learner(task),
    )
    for task in SKIRMISHES
}

RECIPES: Mapping[str, Recipe] = {
    "spread": Recipe(),
    "spread agents=3": Recipe(levels={"medium": 273.4, "expert": 516.8}),
    "tag": Recipe(levels={"medium": 116.4, "expert": 185.6}, recorded=3.9, every=2_500, online=TAG),
    "world": Recipe(levels={"medium": 65.9, "expert": 79.5}, recorded=1.2, every=2_500, online=WORLD),
    "line-spread": Recipe(every=1_000),
    "halfcheetah-2x3": CHEETAH,
    "maze2d-umaze": BY_WAYPOINTS,
    "maze2d-medium": BY_WAYPOINTS,
    "maze2d-large": BY_WAYPOINTS,
    "smac-2s3z": Recipe(),
    "smac-3s5z": Recipe(),
    "smac-1c3s5z": Recipe(),
    "smac-2c_vs_64zg": Recipe(),
    **SKIRMISH,
}
"""By a task's name, or its name and parameters as in `envs.references` where they have a recipe of their own.

`medium` and `recorded` are mean returns of one published dataset of each kind, `expert` is the paper's
reference return; our online run of HalfCheetah does not come near that, so there it is about the most that it
reaches. Levels of skirmishes are win rates. In spread the recording until the medium level returns what the
published one does (`docs/datasets.md`).
"""

MEDIUM_SHARE = (273.4 - 159.8) / (516.8 - 159.8)
"""How far the published medium dataset of spread is on the way from random to expert."""


def recipe_for(spec: TaskSpec) -> Recipe:
    """The recipe of a task with its parameters; `RequestError` if a task of ours has none.

    Levels that nobody published follow from our own reference returns; without those from the run itself, as
    for every environment of somebody else's.
    """
    own = RECIPES.get(str(spec.id))
    usual = {**RECIPES, **({spec.name: Recipe()} if ":" in spec.name else {})}
    recipe = own or choose("task with a recipe for datasets", spec.name, usual)
    if not spec.wins and any(goal_of(level).measure == "win_rate" for level in recipe.levels.values()):
        raise RequestError(f"levels of {spec.name}: expected mean returns, because the task knows no wins")
    if recipe.levels or spec.reference is None:
        return recipe
    return replace(recipe, levels=levels_between(*spec.reference))


def levels_between(random: float, expert: float) -> dict[str, float]:
    """The levels of a task in which random play and the expert have these mean returns."""
    return {"medium": random + MEDIUM_SHARE * (expert - random), "expert": expert}
