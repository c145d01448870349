"""The verbs of the command line as functions; `import omarl` offers them and loads what they need late."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from omarl.algos.presets import settings
from omarl.data.dataset import Dataset
from omarl.data.store import load
from omarl.envs.registry import folder_name, make
from omarl.errors import RequestError
from omarl.experiments.policy import evaluate, load_policy
from omarl.experiments.records import Record
from omarl.experiments.runner import run
from omarl.experiments.spec import RunSpec
from omarl.training import recordings

__all__ = ["collect", "evaluate", "load", "load_policy", "make", "train"]


def collect(
    task: str,
    quality: str = "medium-replay",
    size: int = 1_000_000,
    seed: int = 0,
    out: str | Path | None = None,
    **parameters: Any,
) -> Dataset:
    """A task's dataset of one quality, recorded now and written to `out` (default: `data/TASK/QUALITY-v0`).

    `size` counts joint transitions; `parameters` are the task's. Raises `RequestError` for what cannot be
    made or would overwrite something.
    """
    path = Path(out) if out is not None else Path("data") / folder_name(task) / f"{quality}-v0"
    recordings.collect(make(task, **parameters), {quality: path}, size, seed)
    return load(path)


def train(
    dataset: str | Path,
    algo: str = "omar",
    *,
    out: str | Path,
    preset: str = "tuned",
    critic: str | None = None,
    seeds: Sequence[int] = (0,),
    updates: int | None = None,
    every: int = 100,
    episodes: int = 500,
    task: str | None = None,
    window: int | None = None,
    **config: Any,
) -> list[Record]:
    """Learn from a dataset and write a run directory; the last evaluation of each seed.

    `task` confirms the name of an environment that runs its own code; with a `window` of so many MiB the
    dataset is streamed from the disk.

    Hyperparameters are the preset's for this dataset, with the fields named in `config` in their place. See
    `omarl train --help` for each of them. Raises `RequestError` for an unknown name.
    """
    about = load(dataset, verify=False).metadata
    start = settings(preset, algo, about.task, about.quality, critic)
    unknown = sorted(config.keys() - {field.name for field in fields(start.config)})
    if unknown:
        raise RequestError(f"{algo} has no option {unknown[0]!r}: see `omarl train --algo {algo} --help`")
    budget = start.updates if updates is None else updates
    spec = RunSpec(
        dataset=str(dataset),
        algorithm=algo,
        config=replace(start.config, **config),
        preset=preset,
        seeds=tuple(seeds),
        updates=budget,
        every=min(every, budget),
        episodes=episodes,
        task=task,
        window=window,
    )
    return run(spec, Path(out))
