"""What the kinds of runs have in common when they are about to be carried out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import jax

from omarl.algos import ALGORITHMS, Algorithm
from omarl.nets.kernels import compiled
from omarl.runs.experience.base import Experience
from omarl.runs.spec import LearnerSpec
from omarl.types import TeamSpec
from omarl.versions import versions


class Prepared(NamedTuple):
    """A run before it begins.

    `config` are the contents of `config.json`. `task` is None where nothing can be evaluated. `experience()`
    makes room and reads data; `paint(actors)` gives an episode to look at for every seed.
    """

    config: dict[str, Any]
    algorithm: Algorithm
    task: Any
    experience: Callable[[], Experience]
    paint: Callable[[Any], list[dict[str, Any]]]


def build_learner(spec: LearnerSpec, team: TeamSpec) -> Algorithm:
    """The learner for a team."""
    return ALGORITHMS[spec.algorithm][1](spec.config, team)


def describe_learner(spec: LearnerSpec, team: TeamSpec, simulator: Mapping[str, str]) -> dict[str, Any]:
    """The part of `config.json` that every run has; `simulator` is that of the task that is played."""
    return {
        "algorithm": spec.algorithm,
        "preset": spec.preset,
        "config": asdict(spec.config),
        "config_hash": spec.config_hash,
        "experiment": spec.experiment,
        "seeds": list(spec.seeds),
        "episodes": spec.episodes,
        "team": asdict(team),
        "versions": versions() | compiled.version() | dict(simulator),
        "device": jax.devices()[0].device_kind,
    }
