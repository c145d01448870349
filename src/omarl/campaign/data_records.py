"""The returns of the datasets themselves, as records beside those of the learners.

The record of a dataset has the algorithm `behaviour`, the preset `data`, no updates, and the episodes of the
dataset. Where a dataset is not at hand, the experiment's table may have its record from an earlier time.
"""

from collections.abc import Iterable
from pathlib import Path

from omarl.campaign.plan import PlannedRun
from omarl.data import manifest
from omarl.data.store import load
from omarl.paper.data import Data
from omarl.records.record import BEHAVIOUR, DATA, Record
from omarl.runs.spec import RunSpec
from omarl.types import Reference, TaskId


def behaviour_records(runs: Iterable[PlannedRun]) -> list[Record]:
    """One record for each dataset at hand that the runs learn from."""
    learners = {run.data: run for run in runs}.values()
    return [
        behaviour_record(run.experiment, run.data, Path(run.spec.dataset))
        for run in learners
        if isinstance(run.spec, RunSpec) and Path(run.spec.dataset).exists()
    ]


def behaviour_record(experiment: str, data: Data, path: Path) -> Record:
    """The record of what the dataset at `path` returned."""
    dataset = load(path, verify=False)  # whoever learnt from it has looked
    about, returns = dataset.metadata, dataset.returns
    scores = {name: Reference(**pair).score(float(returns.mean())) for name, pair in about.references.items()}
    return Record(
        experiment=experiment,
        task=str(TaskId(data.task, about.task_parameters)),
        quality=data.label,
        algorithm=BEHAVIOUR,
        critic="none",
        preset=DATA,
        seed=data.seed or 0,
        updates=0,
        return_mean=float(returns.mean()),
        return_std=float(returns.std()),
        score=scores.get("ours"),
        score_paper=scores.get("paper"),
        episodes=dataset.episodes,
        seconds=0.0,
        device="",
        versions=", ".join(f"{name} {version}" for name, version in about.versions.items()),
        config_hash="",
        dataset_hash=manifest.fingerprint(path),
    )
