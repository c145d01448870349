"""Datasets made from nothing.

`random` is uniformly random play; `medium` and `expert` are episodes of the behaviour policies of these
levels, exploration noise included; `medium-replay` is everything that the online run recorded until the
medium policy or the mean return that the recipe sets, `replay` everything of the whole run.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from omarl.algos.td3 import td3
from omarl.collecting import foreign
from omarl.collecting.recipes import Level, Needs, Recipe, Tell, recipe_for, train_behaviour
from omarl.data.dataset import Metadata
from omarl.data.device import Arrays
from omarl.data.episodes import Episodes
from omarl.data.writer import Writer
from omarl.envs.protocol import HostTask, TaskSpec
from omarl.envs.registry import dataset_id, distinct
from omarl.errors import RequestError, TrainingError, choose, require_seed
from omarl.files.writing import refuse_existing
from omarl.play.judge import noisy
from omarl.play.rollout import Policy, Rollout, rollout
from omarl.training.online import Progress, uniform_policy
from omarl.types import collect_command
from omarl.versions import versions

EPISODES_AT_ONCE = 2000


class Made(NamedTuple):
    """What the datasets of one task are cut from; `progress` is None if there was no online run."""

    task: Any
    recipe: Recipe
    levels: Mapping[str, Level]
    progress: Progress | None
    size: int
    key: Any

    def level(self, name: str) -> Level:
        """A level that was reached."""
        if name not in self.levels:
            wanted = self.recipe.levels.get(name, "its own")
            raise TrainingError(
                f"the online run did not reach the {name} level, a mean return of "
                f"{wanted}, within {self.recipe.steps} steps: try another --seed"
            )
        return self.levels[name]

    def lacks(self, quality: str) -> bool:
        """Whether a quality needs a level that was not reached."""
        return SOURCES[quality].level not in (None, *self.levels)

    def replayed(self, steps: int, mean_return: float = math.inf) -> Episodes:
        """The first `steps` steps of the online run, at most `size`, whole episodes of this mean return."""
        assert self.progress is not None
        horizon, replay = self.task.spec.horizon, self.progress.run.replay
        return cut(replay, rows_until(mean_return, replay, min(steps, self.size) // horizon * horizon))


class Source(NamedTuple):
    """Where a quality's episodes come from, and the level that the online run must reach for them.

    `run` says whether it needs an online run at all; without a level it needs as much of it as is kept.
    """

    run: bool
    level: str | None
    episodes: Callable[[Made], Iterator[Episodes]]
    how: str


def flatten(episodes: Rollout) -> Episodes:
    """Rollouts in a dataset's layout: without the steps after each episode's end."""
    alive = np.asarray(episodes.alive)
    seen = np.concatenate([np.ones((len(alive), 1), bool), alive], 1)
    rows = {name: np.asarray(getattr(episodes, name))[alive] for name in Episodes._fields[1:5]}
    return Episodes(obs=np.asarray(episodes.obs)[seen], **rows)


def play(task: Any, policy: Policy, rows: int, key: Any) -> Iterator[Episodes]:
    """At least `rows` joint transitions of whole episodes, some thousand episodes at a time."""
    record = jax.jit(partial(rollout, task, policy), static_argnums=1)
    turn, horizon = 0, task.spec.horizon
    while rows > 0:
        part = flatten(record(jax.random.fold_in(key, turn), min(EPISODES_AT_ONCE, -(-rows // horizon))))
        yield part
        rows, turn = rows - len(part.action), turn + 1


def cut(replay: Arrays, rows: int) -> Episodes:
    """The first `rows` rows of a replay, which end an episode."""
    ends, terminal = np.asarray(replay.last[:rows]), np.asarray(replay.terminal[:rows])
    return Episodes(
        obs=np.asarray(replay.obs[: rows + int(ends.sum())]),
        action=np.asarray(replay.action[:rows]),
        reward=np.asarray(replay.reward[:rows]),
        terminal=terminal,
        truncated=ends & ~terminal,
    )


def rows_until(mean_return: float, replay: Arrays, rows: int) -> int:
    """The most of a replay's first `rows` rows that are whole episodes of at most this mean return.

    It is one episode if there are none.
    """
    ends = np.flatnonzero(np.asarray(replay.last[:rows])) + 1
    team = np.cumsum(np.asarray(replay.reward[:rows]).mean(1, dtype=np.float64))
    means = team[ends - 1] / np.arange(1, len(ends) + 1)
    return int(ends[np.flatnonzero(means <= mean_return).max(initial=0)])


def at_random(made: Made) -> Iterator[Episodes]:
    """Uniformly random play."""
    return play(made.task, uniform_policy(made.task), made.size, made.key)


def of_level(name: str, made: Made) -> Iterator[Episodes]:
    """Play of a level's policy with its exploration noise."""
    algorithm = td3(made.recipe.learner, made.task.spec.team)
    return play(made.task, noisy(algorithm, made.level(name).policy.actor), made.size, made.key)


def until_medium(made: Made) -> Iterator[Episodes]:
    """What was recorded until the medium level, of no more than the recipe's mean return."""
    yield made.replayed(made.level("medium").policy.steps, made.recipe.recorded)


def everything(made: Made) -> Iterator[Episodes]:
    """What was recorded in the whole run, or in as much of it as is kept."""
    assert made.progress is not None
    yield made.replayed(made.progress.steps)


SOURCES: Mapping[str, Source] = {
    "random": Source(False, None, at_random, "uniformly random play"),
    "medium-replay": Source(True, "medium", until_medium, "the online run until its medium policy"),
    "medium": Source(True, "medium", partial(of_level, "medium"), "play of the medium policy, with noise"),
    "expert": Source(True, "expert", partial(of_level, "expert"), "play of the expert policy, with noise"),
    "replay": Source(True, None, everything, "the whole online run"),
}


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
    """The task's recipe; `RequestError` if it has none, or if one of the qualities is unknown."""
    for quality in qualities:
        choose("quality", quality, SOURCES)
    return recipe_for(spec)


def course(task: Any, qualities: Mapping[str, Path], size: int) -> tuple[int, float | None]:
    """How many steps a collection takes at most, and the mean return at which it may end, if at any."""
    if isinstance(task, HostTask):
        return size, None
    recipe = feasible(task.spec, qualities)
    level, steps = needs(recipe, qualities, size)
    return (steps, None) if level is None else (recipe.steps, recipe.levels[level])


def describe(made: Made, quality: str, seed: int) -> Metadata:
    """The provenance of one dataset."""
    spec, source, recipe = made.task.spec, SOURCES[quality], made.recipe
    made_by: dict[str, Any] = {
        "command": collect_command(distinct(spec.id), quality, size=made.size, seed=seed),
        "how": source.how,
        "seed": seed,
    }
    if source.run:
        made_by |= {
            "learner": {"algorithm": "td3", **asdict(recipe.learner)},
            "online": asdict(recipe.online),
        }
    if source.run and math.isfinite(recipe.recorded):
        made_by["medium_replay_mean_return_at_most"] = recipe.recorded
    if source.level is not None:
        level = made.level(source.level)
        made_by["level"] = {
            "defined_by_mean_return": level.wanted,
            "reached_mean_return": level.policy.mean_return,
            "after_steps": level.policy.steps,
        }
    return Metadata(
        id=dataset_id(spec.id, quality),
        team=spec.team,
        task=spec.name,
        task_parameters=spec.parameters,
        quality=quality,
        references=spec.references,
        made_by=made_by,
        versions=versions(),
    )


def collect(
    task: Any, qualities: Mapping[str, Path], size: int, seed: int, tell: Tell = lambda progress, mean: None
) -> None:
    """Record one dataset per quality, each at its new path, all from one online run.

    `size` is the number of joint transitions of `random`, `medium` and `expert`, and the most that
    `medium-replay` and `replay` keep (their earliest). Raises `RequestError` for what cannot be made and,
    with all else recorded, `TrainingError` if the online run does not reach a level.
    """
    require_seed(seed)
    if isinstance(task, HostTask):
        run: Any = None
        return foreign.collect(
            task, qualities, size, seed, lambda rows, mean: tell(Progress(rows, run, mean), mean)
        )
    if size < task.spec.horizon:
        raise RequestError(
            f"size {size}: a dataset has at least one episode, {task.spec.horizon} transitions"
        )
    recipe = feasible(task.spec, qualities)
    for path in qualities.values():
        refuse_existing(path)
    levels, progress = {}, None
    if any(SOURCES[quality].run for quality in qualities):
        levels, progress = train_behaviour(task, recipe, seed, needs(recipe, qualities, size), tell)
    made = Made(task, recipe, levels, progress, size, jax.random.fold_in(jax.random.key(seed), 2))
    for quality in sorted(qualities, key=made.lacks):
        with Writer(qualities[quality], describe(made, quality, seed)) as writer:
            for part in SOURCES[quality].episodes(made):
                writer.append(part)
