"""What a report is made from: records, run directories and their episodes.

The files may come from strangers, so everything is checked, and an error names the place.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omarl.errors import RequestError
from omarl.files import strict_json
from omarl.records.record import BEHAVIOUR, Record, read_records
from omarl.records.unevaluated import UnevaluatedRun, unevaluated_runs
from omarl.report.draw.episode_file import parse_trajectories
from omarl.report.draw.trajectory import Trajectory
from omarl.report.judge.cards import DatasetCard
from omarl.report.judge.groups import DatasetKey, dataset_key
from omarl.types import Reference


@dataclass(frozen=True, kw_only=True)
class RecordedRun:
    """What a run directory holds: configuration, records, dataset and recorded episodes."""

    name: str
    config: dict[str, Any]
    records: tuple[Record, ...]
    dataset: DatasetCard | None
    episode: tuple[Trajectory, ...]

    @property
    def trained_on(self) -> set[DatasetKey]:
        """The datasets of its records."""
        return set(map(dataset_key, self.records))


@dataclass(frozen=True)
class Material:
    """Everything that a report is made from."""

    records: tuple[Record, ...]
    runs: tuple[RecordedRun, ...]
    unevaluated: tuple[UnevaluatedRun, ...] = ()

    @property
    def datasets(self) -> dict[DatasetKey, DatasetCard]:
        """The card of each dataset, if all runs on it that have a card have the same."""
        found: dict[DatasetKey, dict[str, DatasetCard]] = {}
        for run in self.runs:
            for key in run.trained_on:
                if run.dataset is not None:
                    found.setdefault(key, {})[run.dataset.hash] = run.dataset
        return {key: next(iter(cards.values())) for key, cards in found.items() if len(cards) == 1}


def read_material(paths: Iterable[Path]) -> Material:
    """The records and run directories in `paths`: tables, run directories, or directories that hold some.

    Raises `RequestError` if a file is malformed, or if there is no record and no run without evaluation.
    """
    places = list(paths)
    if not places:
        raise RequestError(
            "no path was given: name a run directory, a table of records, or a directory of them"
        )
    records = [record for record in read_records(places) if record.algorithm != BEHAVIOUR]
    unevaluated = tuple(unevaluated_runs(places))
    if not records and not unevaluated:
        raise RequestError(
            f"no records in {', '.join(map(str, places))}: name a run directory made by `omarl train`"
        )
    configs = {found.resolve() for path in places if path.is_dir() for found in path.rglob("config.json")}
    runs = tuple(_run(config.parent) for config in sorted(configs))
    return Material(tuple(records), runs, unevaluated)


def _run(directory: Path) -> RecordedRun:
    """The run in `directory`, which holds a `config.json`."""
    config = strict_json.read(directory / "config.json")
    if not isinstance(config, dict):
        raise RequestError(
            f"{directory / 'config.json'} must hold a JSON object, got {type(config).__name__}"
        )
    table, episode = directory / "records.csv", directory / "episode.json"
    return RecordedRun(
        name=directory.name,
        config=config,
        records=tuple(read_records([table])) if table.exists() else (),
        dataset=_card(config["dataset"], directory / "config.json") if config.get("dataset") else None,
        episode=parse_trajectories(strict_json.read(episode), episode) if episode.exists() else (),
    )


def _card(found: Any, path: Path) -> DatasetCard | None:
    """The card of a dataset in a configuration; None if the returns of the dataset are not written there."""
    if not isinstance(found, Mapping):
        raise RequestError(f"{path}: dataset must be a JSON object, got {type(found).__name__}")
    if found.get("return_mean") is None:
        return None
    mean = _number(found, "return_mean", path)
    references = found.get("references") or {}
    return DatasetCard(
        id=str(found.get("id", "unnamed")),
        hash=str(found.get("hash", "")),
        return_mean=mean,
        return_std=_number(found, "return_std", path),
        episodes=int(_number(found, "episodes", path)),
        rows=int(_number(found, "rows", path)),
        made_by=found.get("made_by"),
        score=_score(mean, references, "ours", path),
        score_paper=_score(mean, references, "paper", path),
    )


def _score(mean: float, references: Any, whose: str, path: Path) -> float | None:
    """The normalised score of `mean`; None if `references` does not hold that pair."""
    pair = references.get(whose) if isinstance(references, Mapping) else None
    if not isinstance(pair, Mapping):
        return None
    random, expert = _number(pair, "random", path), _number(pair, "expert", path)
    return Reference(random, expert).score(mean) if expert != random else None


def _number(found: Mapping[str, Any], name: str, path: Path) -> float:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(f"{path}: {name} must be a finite number, got {str(value)[:40]!r}")
    return float(value)
