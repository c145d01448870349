"""One run from a dataset on disk to a run directory: configuration, records, checkpoint, policy, an episode.

config.json            what was run, on which data, with which versions
records.csv            one row per seed and evaluation
metrics.csv            losses and critics, one row per seed, agent and evaluation
checkpoint.safetensors everything needed to go on exactly where it stopped
policy.safetensors     the actors alone, with what is needed to use them
episode.json           one episode of the dataset beside the same start played by each seed's policy
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from omarl.algos import ALGORITHMS, Algorithm
from omarl.data import manifest, stream
from omarl.data.dataset import Dataset
from omarl.data.device import draw, to_device
from omarl.data.store import load, locate
from omarl.errors import RequestError
from omarl.files.writing import write_text
from omarl.play.judge import evaluator, greedy
from omarl.records import metrics
from omarl.records.record import Record, append
from omarl.runs import checkpoint
from omarl.runs.pictures import beside_data
from omarl.runs.played import recorded_task
from omarl.runs.spec import LearnerSpec, RunSpec
from omarl.training.offline import Draw, Progress, fit, shapes
from omarl.types import Reference, TeamSpec
from omarl.versions import versions

Tell = Callable[[Progress, list[Record]], None]
Evaluate = Callable[[Progress], np.ndarray]


def run(
    spec: RunSpec, out: Path, resume: bool = False, tell: Tell = lambda progress, records: None
) -> list[Record]:
    """Learn, evaluate and write everything to the directory `out`; the records of the last evaluation.

    With `resume` an interrupted run goes on from its checkpoint, and a finished one may be made longer;
    without, `out` must not exist. Raises `RequestError` for a request that does not fit and `TrainingError`
    if learning had to stop; what was written until then stays.
    """
    dataset = load(spec.dataset)
    algorithm = build(spec, dataset)
    about = dataset.metadata
    task = recorded_task(about.task, about.task_parameters, spec.task)
    config = describe(spec, dataset, task.spec.references if task else {})
    prepare(out, config, resume)
    evaluate = evaluation(spec.seeds, spec.episodes, algorithm, task)
    states, before = restore(spec, algorithm, out) if resume else (None, 0.0)
    last: list[Record] = []
    actors = None
    for progress, seconds in timed(learn(spec, algorithm, dataset, states)):
        last = records(spec, config, progress, evaluate(progress), before + seconds)
        if states is None or progress.metrics:
            append(out / "records.csv", last)
            metrics.append(out / "metrics.csv", metrics.rows(spec.seeds, progress.updates, progress.metrics))
        save(spec, out, progress, before + seconds)
        tell(progress, last)
        actors = progress.states.actor
    if task is not None and actors is not None:
        pictures = beside_data(task, algorithm, label=spec.algorithm)(dataset, actors, spec.seeds)
        write_text(out / "episode.json", json.dumps(pictures))
    return last


def build(spec: RunSpec, dataset: Dataset) -> Algorithm:
    """The learner for the dataset's team."""
    return ALGORITHMS[spec.algorithm][1](spec.config, dataset.metadata.team)


def learn(spec: RunSpec, algorithm: Algorithm, dataset: Dataset, states: Any) -> Any:
    """The fit, its batches drawn from where the dataset lies."""
    take, arrays = source(spec, dataset)
    return fit(algorithm, take, arrays, list(spec.seeds), spec.updates, spec.every, states)


def source(spec: RunSpec, dataset: Dataset) -> tuple[Draw, Any]:
    """How batches are drawn, and from what: all of the dataset on the device, or a window moving over it."""
    how: dict[str, Any] = {"batch_size": spec.config.batch_size, "sampling": spec.config.sampling}
    if spec.window is None:
        return partial(draw, **how), to_device(dataset)
    windows = stream.Stream(dataset, spec.window, spec.every, spec.config.batch_size)
    return partial(stream.draw_from_window, **how), windows


def timed(fitting: Any) -> Any:
    """Each progress with the seconds spent on learning so far, evaluation and compilation included."""
    begin = time.perf_counter()
    for progress in fitting:
        jax.block_until_ready(progress)
        yield progress, time.perf_counter() - begin


def evaluation(seeds: Sequence[int], episodes: int, algorithm: Algorithm, task: Any) -> Evaluate:
    """A function that returns the returns `[seed, episode]` of the policies so far; none without a task."""
    if task is None:
        return lambda progress: np.zeros((len(seeds), 0))
    play = evaluator(task, partial(greedy, algorithm), episodes)
    keys = jax.vmap(lambda seed: jax.random.fold_in(jax.random.key(seed), 7))(np.asarray(seeds))
    at = jax.vmap(jax.random.fold_in, in_axes=(0, None))
    return lambda progress: np.asarray(play(progress.states.actor, at(keys, progress.updates)))


def describe(spec: RunSpec, dataset: Dataset, references: Mapping[str, Any]) -> dict[str, Any]:
    """The contents of `config.json`; `references` hold where the dataset itself does not say."""
    about = dataset.metadata
    return describe_learner(spec, about.team) | {
        "updates": spec.updates,
        "every": spec.every,
        "window": spec.window,
        "task": about.task,
        "task_parameters": dict(about.task_parameters),
        "dataset": {
            "path": spec.dataset,
            "id": about.id,
            "quality": about.quality,
            "hash": manifest.fingerprint(locate(spec.dataset)),
            "return_mean": float(dataset.returns.mean()),
            "return_std": float(dataset.returns.std()),
            "episodes": dataset.episodes,
            "rows": dataset.rows,
            "references": {**references} | {name: dict(pair) for name, pair in about.references.items()},
            "made_by": dict(about.made_by),
        },
    }


def describe_learner(spec: LearnerSpec, team: TeamSpec) -> dict[str, Any]:
    """The part of `config.json` that every run has."""
    return {
        "algorithm": spec.algorithm,
        "preset": spec.preset,
        "config": asdict(spec.config),
        "config_hash": spec.config_hash,
        "experiment": spec.experiment,
        "seeds": list(spec.seeds),
        "episodes": spec.episodes,
        "team": asdict(team),
        "versions": versions(),
        "device": device_name(),
    }


def device_name() -> str:
    """What the default device calls itself."""
    return jax.devices()[0].device_kind


SAME = ("algorithm", "config_hash", "seeds", "every", "window")


def prepare(out: Path, config: dict[str, Any], resume: bool) -> None:
    """Make the run directory; refuse to overwrite one, or to continue another run's."""
    written = out / "config.json"
    if out.exists() and not resume:
        raise RequestError(f"{out} exists already: choose another --out, or continue that run with --resume")
    if resume:
        old = read_config(out)
        for name in SAME:
            if json.loads(json.dumps(config[name])) != old.get(name):
                raise RequestError(f"cannot resume {out}: its {name} is {old.get(name)}, not {config[name]}")
        if old["dataset"]["hash"] != config["dataset"]["hash"]:
            raise RequestError(f"cannot resume {out}: it was trained on other data")
    out.mkdir(parents=True, exist_ok=True)
    write_text(written, json.dumps(config, indent=1, sort_keys=True) + "\n")


def read_config(out: Path) -> dict[str, Any]:
    """The configuration of a run directory."""
    try:
        return json.loads((out / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise RequestError(f"{out} is not a run directory that omarl wrote: {error}") from None


def save(spec: LearnerSpec, out: Path, progress: Progress, seconds: float) -> None:
    """Replace the checkpoint and the policy by the present ones."""
    about = {"updates": progress.updates, "seeds": list(spec.seeds), "seconds": seconds}
    checkpoint.save(out / "checkpoint.safetensors", progress.states, about)
    checkpoint.save(out / "policy.safetensors", progress.states.actor, about)


def restore(spec: RunSpec, algorithm: Algorithm, out: Path) -> tuple[Any, float]:
    """The states in a run's checkpoint (none if it stopped before one), and the seconds spent on them."""
    if not (out / "checkpoint.safetensors").exists():
        return None, 0.0
    path = out / "checkpoint.safetensors"
    states = checkpoint.load(path, shapes(algorithm, len(spec.seeds)))
    return states, float(checkpoint.about(path)["seconds"])


def records(
    spec: LearnerSpec, config: dict[str, Any], progress: Progress, returns: np.ndarray, seconds: float
) -> list[Record]:
    """One record per seed, from what `config.json` says; none where there is no task to play."""
    if not returns.size:
        return []
    data = config["dataset"]
    references = {name: Reference(**pair) for name, pair in data["references"].items()}

    def score(name: str, mean: float) -> float | None:
        return references[name].score(mean) if name in references else None

    common = Record(
        experiment=spec.experiment,
        task=task_label(config["task"], config["task_parameters"]),
        quality=data["quality"] or data["id"],
        algorithm=spec.algorithm,
        critic=spec.critic,
        preset=spec.preset,
        seed=0,
        updates=progress.updates,
        return_mean=0.0,
        return_std=0.0,
        score=None,
        score_paper=None,
        episodes=spec.episodes,
        seconds=seconds,
        device=config["device"],
        versions=", ".join(f"{name} {version}" for name, version in config["versions"].items()),
        config_hash=spec.config_hash,
        dataset_hash=data["hash"],
    )
    return [
        replace(
            common,
            seed=seed,
            return_mean=float(mean),
            return_std=float(std),
            score=score("ours", float(mean)),
            score_paper=score("paper", float(mean)),
        )
        for seed, mean, std in zip(spec.seeds, returns.mean(1), returns.std(1), strict=True)
    ]


def task_label(name: str, parameters: Any) -> str:
    """The task's name, followed by its parameters where there are any."""
    return " ".join([name, *(f"{key}={value}" for key, value in sorted(parameters.items()))])
