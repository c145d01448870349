"""Datasets made from nothing: one for each quality that is asked for, all from one online run."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax

from omarl.collecting.behaviour import TellProbe, train_behaviour
from omarl.collecting.goals import Performance
from omarl.collecting.provenance import metadata_of
from omarl.collecting.recipes import Recipe
from omarl.collecting.shipped import online_run, shipped_levels
from omarl.collecting.sources import SOURCES, Made, ask_a_run, describe_collected, feasible, needs
from omarl.data.manifest import require_storable
from omarl.data.store import metadata
from omarl.data.writer import Writer
from omarl.envs.protocol import TaskSpec
from omarl.errors import RequestError, require_seed
from omarl.files.writing import refuse_existing, remove_unfinished


def collect_datasets(
    task: Any,
    qualities: Mapping[str, Path],
    size: int,
    seed: int,
    tell: TellProbe = lambda steps, performance: None,
) -> None:
    """Record one dataset per quality, each at its new path, all from one online run.

    `size` is the number of joint transitions of `random`, `medium` and `expert`, and the most that
    `medium-replay` and `replay` keep (their earliest). An interrupted collection goes on where it stopped
    when the same is asked for again. Raises `RequestError` for what cannot be made and, with all else
    recorded, `TrainingError` if the online run does not reach a level.
    """
    require_seed(seed)
    if size < 1:
        raise RequestError(f"size {size}: expected at least one transition")
    recipe = feasible(task.spec, qualities)
    for quality in qualities:
        require_storable(metadata_of(task.spec, quality, size, seed, {}))
    folder = unfinished_folder(task.spec, recipe, seed, qualities)
    waiting = {
        quality: path
        for quality, path in qualities.items()
        if not (folder.exists() and is_collected(path, task.spec, quality, size, seed))
    }
    for path in waiting.values():
        refuse_existing(path)
        remove_unfinished(path)
    run, shipped = None, shipped_levels(task.spec, recipe, seed)
    if ask_a_run(waiting, shipped):
        run = train_behaviour(task, recipe, seed, needs(recipe, qualities, size), tell, folder)
    made = Made(task, recipe, run, size, jax.random.fold_in(jax.random.key(seed), 2), shipped)
    for quality in sorted(waiting, key=made.lacks):
        if made.lacks(quality):
            shutil.rmtree(folder, ignore_errors=True)  # another try would end in the same way
        write_collected(made, quality, waiting[quality], seed, tell)
    if ask_a_run(qualities, shipped):  # else the folder is that of another collection
        shutil.rmtree(folder, ignore_errors=True)


def is_collected(path: Path, task: TaskSpec, quality: str, size: int, seed: int) -> bool:
    """Whether the dataset that is asked for is there already."""
    if not path.exists():
        return False
    wanted = metadata_of(task, quality, size, seed, {}).made_by["command"]
    return metadata(path).made_by.get("command") == wanted


def write_collected(made: Made, quality: str, path: Path, seed: int, tell: TellProbe) -> None:
    """Record one dataset at its path."""
    with Writer(path, describe_collected(made, quality, seed)) as writer:
        for part in SOURCES[quality].episodes(made):
            writer.append(part)
            if made.run is None:
                tell(writer.rows, Performance(float(part.returns.mean())))


def unfinished_folder(task: TaskSpec, recipe: Recipe, seed: int, qualities: Mapping[str, Path]) -> Path:
    """Where an online run of a task's recipe and seed lies until its datasets are all written."""
    first = next(iter(qualities.values()))
    return first.parent / f".collecting-{online_run(task, recipe, seed)}"
