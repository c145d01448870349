"""Evaluations: what every member's greedy policy achieves, and the records that are made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Int

from omarl.algos import Algorithm
from omarl.play.judge import simulator
from omarl.play.policies import greedy
from omarl.play.steps import Outcomes
from omarl.records.record import Record
from omarl.runs.spec import LearnerSpec
from omarl.types import Reference, TaskId

Evaluate = Callable[[Any, Int[np.ndarray, "member"]], Outcomes]
"""`evaluate(actors, updates)` gives outcomes `[member, episode]` of fresh episodes; none without a task."""


def evaluation(seeds: Sequence[int], episodes: int, algorithm: Algorithm, task: Any) -> Evaluate:
    """What evaluates members with these seeds; the episodes follow from seed and number of updates."""
    if task is None:
        return lambda actors, updates: Outcomes(np.zeros((len(seeds), 0)), None)
    play = simulator(task, partial(greedy, algorithm), episodes)
    keys = jax.vmap(lambda seed: jax.random.fold_in(jax.random.key(seed), 7))(np.asarray(seeds))
    at = jax.vmap(jax.random.fold_in)
    return lambda actors, updates: jax.device_get(play(actors, at(keys, updates)))


def records_of(
    spec: LearnerSpec,
    config: Mapping[str, Any],
    updates: Int[np.ndarray, "member"],
    outcomes: Outcomes,
    seconds: float,
) -> list[Record]:
    """One record per seed, from what `config.json` says; none where nothing was played."""
    returns = np.asarray(outcomes.returns)
    if not returns.size:
        return []
    data = config["dataset"]
    references = {name: Reference(**pair) for name, pair in data["references"].items()}

    def score(name: str, mean: float) -> float | None:
        return references[name].score(mean) if name in references else None

    common = Record(
        experiment=spec.experiment,
        task=str(TaskId(config["task"], config["task_parameters"])),
        quality=data["quality"] or data["id"],
        algorithm=spec.algorithm,
        critic=spec.critic,
        preset=spec.preset,
        seed=0,
        updates=0,
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
            updates=int(done),
            return_mean=float(mean),
            return_std=float(std),
            win_rate=win_rate,
            score=score("ours", float(mean)),
            score_paper=score("paper", float(mean)),
        )
        for seed, done, mean, std, win_rate in zip(
            spec.seeds, updates, returns.mean(1), returns.std(1), outcomes.win_rates, strict=True
        )
    ]
