"""The verbs of the command line as functions; `import omarl` offers them and loads what they need late."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from omarl.algos import ActorConfig
from omarl.collecting import datasets as recordings
from omarl.data.dataset import Dataset
from omarl.data.store import ROOT, load, metadata
from omarl.envs.registry import dataset_id, make
from omarl.errors import RequestError
from omarl.presets import settings
from omarl.records.record import Record
from omarl.runs import online
from omarl.runs.learnt import evaluate, load_policy
from omarl.runs.runner import run
from omarl.runs.spec import OnlineSpec, RunSpec
from omarl.training.online import OnlineConfig

__all__ = ["collect", "evaluate", "load", "load_policy", "make", "train", "train_online"]


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
    made = make(task, **parameters)
    path = Path(out) if out is not None else ROOT / dataset_id(made.spec.id, quality)
    recordings.collect(made, {quality: path}, size, seed)
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
    about = metadata(dataset)
    start = settings(preset, algo, about.task, about.quality, critic)
    budget = start.updates if updates is None else updates
    spec = RunSpec(
        dataset=str(dataset),
        algorithm=algo,
        config=changed(algo, start.config, config),
        preset=preset,
        seeds=tuple(seeds),
        updates=budget,
        every=min(every, budget),
        episodes=episodes,
        task=task,
        window=window,
    )
    return run(spec, Path(out))


def train_online(
    task: str,
    algo: str = "omar",
    *,
    out: str | Path,
    preset: str = "online",
    critic: str | None = None,
    seeds: Sequence[int] = (0,),
    steps: int = 1_000_000,
    every: int = 10_000,
    episodes: int = 500,
    parameters: Mapping[str, Any] | None = None,
    acting: OnlineConfig | None = None,
    **config: Any,
) -> list[Record]:
    """Learn while acting in a task and write a run directory; the last evaluation of each seed.

    `steps` are environment steps of each seed, `every` so many lies an evaluation. `parameters` are the
    task's; `acting` says how playing and learning alternate. Hyperparameters are the preset's, with the
    fields named in `config` in their place. Raises `RequestError` for an unknown name.
    """
    start = settings(preset, algo, critic=critic)
    spec = OnlineSpec(
        task=task,
        parameters=parameters or {},
        algorithm=algo,
        config=changed(algo, start.config, config),
        preset=preset,
        acting=acting or OnlineConfig(),
        seeds=tuple(seeds),
        steps=steps,
        every=every,
        episodes=episodes,
    )
    return online.run(spec, Path(out))


def changed(algo: str, config: ActorConfig, values: Mapping[str, Any]) -> ActorConfig:
    """The configuration with these fields replaced."""
    unknown = sorted(values.keys() - {field.name for field in fields(config)})
    if unknown:
        raise RequestError(f"{algo} has no option {unknown[0]!r}: see `omarl train --algo {algo} --help`")
    return replace(config, **values)
