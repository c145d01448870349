"""Probes: the performance of a policy with its exploration noise, and the files in which a run keeps them."""

import csv
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from omarl.algos import Algorithm
from omarl.batch import PRNGKey
from omarl.collecting.goals import Performance
from omarl.collecting.levels import Probe
from omarl.envs.protocol import HostTask
from omarl.play.episodes import play_steps
from omarl.play.judge import simulator
from omarl.play.policies import StepPolicy, folding, noisy
from omarl.play.steps import lived_episodes
from omarl.records.tables import append_rows
from omarl.runs.checkpoint import load_tree, save_tree
from omarl.runs.experience.base import member_of

PROBE_EPISODES = 400
"""Episodes of a probe on the device."""


def prober(task: Any, algorithm: Algorithm, steps: int) -> Callable[[Any, PRNGKey], Performance]:
    """A function of actors, of which there is a single member, and a key that gives the performance.

    On the host, where an episode may be long, a probe plays so many `steps` instead of so many episodes.
    """
    if not isinstance(task, HostTask):
        simulate = simulator(task, partial(noisy, algorithm), PROBE_EPISODES)

        def on_device(actors: Any, key: PRNGKey) -> Performance:
            outcomes = simulate(actors, key[None])
            return Performance(float(outcomes.returns.mean()), outcomes.win_rates[0])

        return on_device
    act = jax.jit(lambda actors, *seen: folding(noisy(algorithm, member_of(actors, 0)))(*seen))

    def on_host(actors: Any, key: PRNGKey) -> Performance:
        played = [*play_steps(task, StepPolicy(partial(act, actors)), key, steps)]
        returns = np.concatenate([lived_episodes(part).returns for part in played])
        won = [np.asarray(part.outcomes.won) for part in played if part.won is not None]
        return Performance(float(returns.mean()), float(np.concatenate(won).mean()) if won else None)

    return on_host


def probe_path(folder: Path, number: int) -> Path:
    """The file of a probe's actor."""
    return folder / f"probe-{number}.safetensors"


def write_probe(folder: Path, number: int, probe: Probe) -> None:
    """Add a probe, the first being number 1, to the folder of its run."""
    if probe.actor is not None:
        save_tree(probe_path(folder, number), probe.actor, {})
    else:
        probe_path(folder, number).unlink(missing_ok=True)
    won = {} if probe.win_rate is None else {"win_rate": probe.win_rate}
    row = dict(zip(Probe._fields[:3], probe, strict=False)) | won
    append_rows(folder / "probes.csv", tuple(row), [row.values()])


def read_probes(folder: Path, count: int, like: Any) -> list[Probe]:
    """The first `count` probes of a run, with actors shaped as `like`; later ones are forgotten."""
    path = folder / "probes.csv"
    lines = path.read_bytes().splitlines(keepends=True)[: count + 1] if path.exists() else []
    if path.exists():
        os.truncate(path, sum(map(len, lines)) if count else 0)
    files = [probe_path(folder, number) for number in range(1, count + 1)]
    return [
        Probe(
            float(mean),
            int(steps),
            int(rows),
            load_tree(file, like) if file.exists() else None,
            *map(float, won),
        )
        for (mean, steps, rows, *won), file in zip(
            csv.reader([line.decode() for line in lines[1:]]), files, strict=True
        )
    ]
