"""From an experiment to its runs: what each does, on which data, and in which directory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from omarl.algos import ALGORITHMS
from omarl.campaign import datasets
from omarl.campaign.request import Choices, Workspace, cells_and_presets
from omarl.errors import RequestError, choose
from omarl.paper.data import Data
from omarl.paper.experiment import Cell, Experiment
from omarl.presets import settings
from omarl.runs.from_play import experience_hash, online_updates
from omarl.runs.spec import OnlineSpec, RunSpec
from omarl.training.online import OnlineConfig

ONLINE_EVALUATIONS = 20
"""Number of evaluations of a run that makes its own experience."""


class Key(NamedTuple):
    """What makes two runs the same: configuration, data, seed, and how they were evaluated."""

    config_hash: str
    dataset_hash: str
    seed: int
    episodes: int


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One cell with one preset and seed. `spec` is None where `obstacle` says why it cannot be run."""

    experiment: str
    cell: Cell
    preset: str
    seed: int
    data: Data
    out: Path
    spec: RunSpec | OnlineSpec | None = field(hash=False)
    obstacle: str | None

    def __str__(self) -> str:
        """The run in a few words, for messages."""
        return f"{self.data.name} {self.cell.name} {self.label} seed {self.seed}"

    @property
    def label(self) -> str:
        """Where its hyperparameters come from."""
        return self.cell.label(self.preset)

    @cached_property
    def config_hash(self) -> str:
        """The hash of its learner and configuration; empty if it cannot be run."""
        return self.spec.config_hash if self.spec else ""

    @property
    def key(self) -> Key | None:
        """What identifies the run; None while its dataset is not there, or if it cannot be run."""
        match self.spec:
            case RunSpec(dataset=path):
                data = datasets.fingerprint_at(Path(path))
            case OnlineSpec() as spec:
                data = experience_hash(spec, datasets.spec_of_task(self.cell.task_id))
            case None:
                data = None
        return Key(self.config_hash, data, self.seed, self.spec.episodes) if self.spec and data else None

    @property
    def updates(self) -> int:
        """The number of updates that it makes; 0 if it cannot be run."""
        match self.spec:
            case OnlineSpec() as spec:
                return online_updates(spec, datasets.spec_of_task(self.cell.task_id))
            case RunSpec(updates=budget):
                return budget
            case None:
                return 0


def plan(experiment: Experiment, choices: Choices, workspace: Workspace) -> list[PlannedRun]:
    """Every run of the experiment that is chosen, seed by seed, so that early results are broad."""
    if choices.updates is not None:
        experiment = replace(experiment, id=f"{experiment.id}-rehearsal")
    seeds, pairs = experiment.numbered(choices.seeds), cells_and_presets(experiment, choices)
    return [planned_run(experiment, *pair, seed, choices, workspace) for seed in seeds for pair in pairs]


def planned_run(
    experiment: Experiment, cell: Cell, preset: str, seed: int, choices: Choices, workspace: Workspace
) -> PlannedRun:
    """One run with its configuration."""
    data = cell.data(seed if experiment.datasets == "per-seed" else None)
    spec = None
    obstacle = datasets.obstacle(data, workspace.data) if cell.steps is None else None
    try:
        spec = spec_of(experiment, cell, preset, seed, data.path(workspace.data), choices)
    except RequestError as error:
        obstacle = str(error)
    critic = cell.critic if spec is None else spec.critic
    method = "-".join([cell.algorithm, critic, *cell.label(preset).split()])
    return PlannedRun(
        experiment=experiment.id,
        cell=cell,
        preset=preset,
        seed=seed,
        data=data,
        out=workspace.runs / experiment.id / data.name / method / f"seed-{seed}",
        spec=spec,
        obstacle=obstacle,
    )


def spec_of(
    experiment: Experiment, cell: Cell, preset: str, seed: int, dataset: Path, choices: Choices
) -> RunSpec | OnlineSpec:
    """What is to be run; `RequestError` if the learner has no such option."""
    config, budget = settings(preset, cell.algorithm, cell.task, cell.like or cell.quality, critic_of(cell))
    updates = choices.updates or budget
    learner: dict[str, Any] = {
        "algorithm": cell.algorithm,
        "config": with_overrides(config, cell.algorithm, dict(cell.overrides)),
        "preset": cell.label(preset),
        "seeds": (seed,),
        "episodes": choices.episodes,
        "experiment": experiment.id,
    }
    if cell.steps is not None:
        return OnlineSpec(**learner, **online_fields(cell, cell.steps, choices))
    return RunSpec(**learner, dataset=str(dataset), updates=updates, every=min(experiment.every, updates))


def online_fields(cell: Cell, steps: int, choices: Choices) -> dict[str, Any]:
    """How a learner acts that makes its own experience; in a rehearsal two episodes, the first at random."""
    acting = OnlineConfig()
    if choices.updates is not None:
        acting = OnlineConfig(environments=1, random_steps=1, updates_per_iteration=choices.updates)
        steps = 2 * datasets.spec_of_task(cell.task_id).horizon
    return {
        "task": cell.task,
        "parameters": dict(cell.parameters),
        "acting": acting,
        "steps": steps,
        "every": max(1, steps // ONLINE_EVALUATIONS),
    }


def critic_of(cell: Cell) -> str | None:
    """The critic that the cell asks for; None where the learner has none."""
    config_type, _ = choose("algorithm", cell.algorithm, ALGORITHMS)
    return cell.critic if hasattr(config_type, "critic") else None


def with_overrides(config: Any, algorithm: str, overrides: Mapping[str, Any]) -> Any:
    """The configuration with these fields replaced."""
    unknown = sorted(name for name in overrides if not hasattr(config, name))
    if unknown:
        raise RequestError(f"the learner {algorithm!r} has no option {unknown[0]!r}")
    return replace(config, **overrides)
