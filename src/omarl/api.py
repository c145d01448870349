"""The verbs of the command line as functions; `import omarl` offers them and loads what they need late."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omarl.collecting.datasets import collect_datasets
from omarl.data.dataset import Dataset
from omarl.data.store import ROOT, load, metadata
from omarl.envs.registry import dataset_id, make
from omarl.records.record import Record
from omarl.runs.inputs import InputChoice
from omarl.runs.learnt import evaluate, load_policy
from omarl.runs.run import run
from omarl.runs.spec import offline_spec, online_spec
from omarl.training.devices import require_device
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
    require_device()
    made = make(task, **parameters)
    path = Path(out) if out is not None else ROOT / dataset_id(made.spec.id, quality)
    collect_datasets(made, {quality: path}, size, seed)
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
    inputs: InputChoice | None = None,
    **config: Any,
) -> list[Record]:
    """Learn from a dataset and write a run directory; the last evaluation of each seed.

    `task` confirms the name of an environment that runs its own code; with a `window` of so many MiB the
    dataset is streamed from the disk. `inputs` are `raw` or `standardised` by the dataset's mean and
    deviation; left out, they are standardised where the dataset names no task that is known here.

    Hyperparameters are the preset's for this dataset, with the fields named in `config` in their place. See
    `omarl train --help` for each of them. Raises `RequestError` for an unknown name.
    """
    about = metadata(dataset)
    spec = offline_spec(
        str(dataset),
        algo,
        kind=(about.task, about.quality),
        preset=preset,
        critic=critic,
        changes=config,
        seeds=tuple(seeds),
        updates=updates,
        every=every,
        episodes=episodes,
        task=task,
        window=window,
        inputs=inputs,
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
    require_device()
    spec = online_spec(
        task,
        algo,
        preset=preset,
        critic=critic,
        changes=config,
        parameters=parameters or {},
        acting=acting,
        seeds=tuple(seeds),
        steps=steps,
        every=every,
        episodes=episodes,
    )
    return run(spec, Path(out))
