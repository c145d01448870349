"""Where the episodes of each quality of dataset come from, and what they need of an online run.

`random` is uniformly random play; `medium` and `expert` are episodes of the behaviour policies of these
levels, exploration noise included; `medium-replay` is everything that the online run recorded until the
medium policy or the mean return that the recipe sets, `replay` everything of the whole run. `waypoint` is
play of a controller that knows the task, where there is one.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from omarl.algos.td3 import td3
from omarl.collecting.behaviour import Behaviour, Needs
from omarl.collecting.controllers import CONTROLLERS
from omarl.collecting.goals import Goal, Performance, goal_of
from omarl.collecting.levels import Level
from omarl.collecting.provenance import metadata_of
from omarl.collecting.recipes import Recipe, recipe_for
from omarl.collecting.shipped import shipped_levels
from omarl.data.dataset import Metadata
from omarl.data.episodes import Episodes, present
from omarl.envs.protocol import TaskSpec
from omarl.errors import TrainingError, choose
from omarl.play.episodes import play_rows
from omarl.play.policies import noisy, ready, uniform_policy


class Made(NamedTuple):
    """What the datasets of one task are cut from.

    `run` is None if there was no online run; then its levels may be `shipped`.
    """

    task: Any
    recipe: Recipe
    run: Behaviour | None
    size: int
    key: Any
    shipped: Mapping[str, Level] = {}

    @property
    def levels(self) -> Mapping[str, Level]:
        """The levels that the online run reached."""
        return self.shipped if self.run is None else self.run.levels

    def level(self, name: str) -> Level:
        """A level that was reached."""
        if name not in self.levels:
            known = self.recipe.levels.get(name)
            wanted = "a mean return of its own" if known is None else goal_of(known)
            raise TrainingError(
                f"the online run did not reach the {name} level, {wanted}, "
                f"within {self.recipe.steps} steps: try another --seed"
            )
        return self.levels[name]

    def lacks(self, quality: str) -> bool:
        """Whether a quality needs a level that was not reached."""
        return SOURCES[quality].level not in (None, *self.levels)

    def replayed(self, rows: int, mean_return: float = math.inf) -> Episodes:
        """The first rows of the online run, at most `size`, whole episodes of at most this mean return."""
        assert self.run is not None
        return cut_episodes(self.run.played, min(rows, self.size), mean_return)


class Source(NamedTuple):
    """Where a quality's episodes come from.

    `level` is that which an online run must reach for them, if any. `recorded` says whether they are what the
    run itself played, so that the policy of its level is not enough; without a level they are as much of the
    run as is kept. `controller` names the controller that plays them instead, if any.
    """

    level: str | None
    episodes: Callable[[Made], Iterator[Episodes]]
    how: str
    recorded: bool = False
    controller: str | None = None

    @property
    def run(self) -> bool:
        """Whether the episodes come from an online run, or from policies that one has learnt."""
        return self.recorded or self.level is not None

    def possible(self, recipe: Recipe) -> bool:
        """Whether a task with this recipe has such data."""
        return self.controller in (None, recipe.controller)


def cut_episodes(played: Episodes, rows: int, mean_return: float) -> Episodes:
    """As many of the first episodes as fit into so many rows and have at most this mean return.

    It is one episode if there are none.
    """
    ends = np.flatnonzero(played.terminal | played.truncated) + 1
    fitting = max(1, int((ends <= rows).sum()))
    means = np.cumsum(played.returns[:fitting]) / np.arange(1, fitting + 1)
    kept = int(np.flatnonzero(means <= mean_return).max(initial=0)) + 1
    last = int(ends[kept - 1])
    lengths: dict[str, int] = dict.fromkeys(("obs", "legal", "alive"), last + kept)
    return Episodes(**{name: field[: lengths.get(name, last)] for name, field in present(played).items()})


def at_random(made: Made) -> Iterator[Episodes]:
    """Uniformly random play."""
    policy = ready(made.task, uniform_policy(made.task.spec.team))
    return play_rows(made.task, policy, made.key, made.size)


def of_level(name: str, made: Made) -> Iterator[Episodes]:
    """Play of a level's policy with its exploration noise."""
    algorithm = td3(made.recipe.learner, made.task.spec.team)
    policy = ready(made.task, noisy(algorithm, made.level(name).policy.actor))
    return play_rows(made.task, policy, made.key, made.size)


def until_medium(made: Made) -> Iterator[Episodes]:
    """What was recorded until the medium level, of no more than the recipe's mean return."""
    yield made.replayed(made.level("medium").policy.rows, made.recipe.recorded)


def everything(made: Made) -> Iterator[Episodes]:
    """What was recorded in the whole run, or in as much of it as is kept."""
    assert made.run is not None
    yield made.replayed(len(made.run.played.action))


def controlled(name: str, made: Made) -> Iterator[Episodes]:
    """Play of the task's controller."""
    return CONTROLLERS[name](made.task, made.key, made.size)


SOURCES: Mapping[str, Source] = {
    "random": Source(None, at_random, "uniformly random play"),
    "medium-replay": Source("medium", until_medium, "the online run until its medium policy", recorded=True),
    "medium": Source("medium", partial(of_level, "medium"), "play of the medium policy, with noise"),
    "expert": Source("expert", partial(of_level, "expert"), "play of the expert policy, with noise"),
    "replay": Source(None, everything, "the whole online run", recorded=True),
    "waypoint": Source(
        None,
        partial(controlled, "waypoint"),
        "a controller on its way to random goals, paid at the task's goal",
        controller="waypoint",
    ),
}


def ask_a_run(qualities: Iterable[str], shipped: Mapping[str, Level]) -> bool:
    """Whether any of the qualities needs an online run, where these levels of it are known."""
    sources = [SOURCES[quality] for quality in qualities]
    return any(source.run and (source.recorded or source.level not in shipped) for source in sources)


def needs(recipe: Recipe, qualities: Iterable[str], size: int) -> Needs:
    """What the online run must reach for these qualities: the furthest level, and the steps that are kept.

    Without levels it needs all its steps to find them.
    """
    runs = [SOURCES[quality] for quality in qualities if SOURCES[quality].run]
    wanted = {source.level for source in runs}
    if wanted - {None} and not recipe.levels:
        return Needs(None, recipe.steps)
    level = next((level for level in reversed([*recipe.levels]) if level in wanted), None)
    return Needs(level, min(size, recipe.steps) if None in wanted else 0)


def feasible(spec: TaskSpec, qualities: Iterable[str]) -> Recipe:
    """The task's recipe; `RequestError` if it has none, or if it does not have one of the qualities."""
    asked = [*qualities]
    for quality in asked:
        choose("quality", quality, SOURCES)
    recipe = recipe_for(spec)
    having = {name: source for name, source in SOURCES.items() if source.possible(recipe)}
    for quality in asked:
        choose(f"quality of {spec.name}", quality, having)
    return recipe


def course(task: Any, qualities: Iterable[str], size: int, seed: int) -> tuple[int, Goal | None]:
    """How many steps a collection takes at most, and the level at which it may end, if at any."""
    recipe = feasible(task.spec, qualities)
    if not ask_a_run(qualities, shipped_levels(task.spec, recipe, seed)):
        return size, None
    level, steps = needs(recipe, qualities, size)
    if level is None or steps == recipe.steps:
        return steps, None
    return recipe.steps, goal_of(recipe.levels[level])


def describe_collected(made: Made, quality: str, seed: int) -> Metadata:
    """The provenance of one dataset."""
    source, recipe = SOURCES[quality], made.recipe
    made_by: dict[str, Any] = {"how": source.how, "seed": seed}
    if source.run:
        made_by |= {
            "learner": {"algorithm": "td3", **asdict(recipe.learner)},
            "online": asdict(recipe.online),
        }
    if source.run and math.isfinite(recipe.recorded):
        made_by["medium_replay_mean_return_at_most"] = recipe.recorded
    if source.level is not None:
        level = made.level(source.level)
        reached = {name: getattr(level.policy, name) for name in Performance._fields}
        made_by["level"] = {
            f"defined_by_{level.wanted.measure}": level.wanted.least,
            **{f"reached_{name}": value for name, value in reached.items() if value is not None},
            "after_steps": level.policy.steps,
        }
    return metadata_of(made.task.spec, quality, made.size, seed, made_by)
