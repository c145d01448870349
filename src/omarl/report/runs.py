"""What lies in the paths that a report is built from: records, run directories and their episodes.

Everything here comes from files that somebody may have sent us: it is checked, and refused with the place.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omarl.errors import RequestError
from omarl.files import strict_json
from omarl.records.record import BEHAVIOUR, Record, read_records
from omarl.report.episodes import Trajectory, trajectories
from omarl.report.groups import Cell


@dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """What a run wrote down about its dataset; `return_std` is the spread over the dataset's episodes.

    Scores are those of the mean return, None where the references are not known. `made_by` is as it was
    found, any JSON.
    """

    id: str
    hash: str
    return_mean: float
    return_std: float
    episodes: int
    rows: int
    made_by: Any
    score: float | None = None
    score_paper: float | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run directory: its configuration as it was found, its records, its dataset and a recorded episode."""

    name: str
    config: dict[str, Any]
    records: tuple[Record, ...]
    dataset: DatasetCard | None
    episode: tuple[Trajectory, ...]

    @property
    def cells(self) -> set[Cell]:
        """The datasets on which this run was recorded."""
        return {Cell(record.experiment, record.task, record.quality) for record in self.records}


@dataclass(frozen=True)
class Material:
    """Everything that a report tells of."""

    records: tuple[Record, ...]
    runs: tuple[Run, ...]

    @property
    def datasets(self) -> dict[Cell, DatasetCard]:
        """The dataset of each cell, where all its runs that tell share one."""
        found: dict[Cell, dict[str, DatasetCard]] = {}
        for run in self.runs:
            for cell in run.cells:
                if run.dataset is not None:
                    found.setdefault(cell, {})[run.dataset.hash] = run.dataset
        return {cell: next(iter(cards.values())) for cell, cards in found.items() if len(cards) == 1}


def gather(paths: Iterable[Path]) -> Material:
    """The records and run directories in `paths` (tables, run directories, or directories that hold some).

    Raises `RequestError` if a file is unreadable, or if there is no record at all.
    """
    places = list(paths)
    if not places:
        raise RequestError(
            "no path was given: name a run directory, a table of records, or a directory of them"
        )
    records = [record for record in read_records(places) if record.algorithm != BEHAVIOUR]  # no contestant
    if not records:
        raise RequestError(
            f"no records in {', '.join(map(str, places))}: name a run directory made by `omarl train`"
        )
    configs = {found.resolve() for path in places if path.is_dir() for found in path.rglob("config.json")}
    return Material(tuple(records), tuple(_run(config.parent) for config in sorted(configs)))


def _run(directory: Path) -> Run:
    """The run in `directory`, which holds a `config.json`."""
    config = strict_json.read(directory / "config.json")
    if not isinstance(config, dict):
        raise RequestError(
            f"{directory / 'config.json'} must hold a JSON object, got {type(config).__name__}"
        )
    table, episode = directory / "records.csv", directory / "episode.json"
    return Run(
        name=directory.name,
        config=config,
        records=tuple(read_records([table])) if table.exists() else (),
        dataset=_card(config["dataset"], directory / "config.json") if config.get("dataset") else None,
        episode=trajectories(strict_json.read(episode), episode) if episode.exists() else (),
    )


def _card(found: Any, path: Path) -> DatasetCard | None:
    """The dataset's card in a configuration; None if the dataset's returns were not written down."""
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
    """The normalised score of `mean`, None if `references` does not hold that pair."""
    pair = references.get(whose) if isinstance(references, Mapping) else None
    if not isinstance(pair, Mapping):
        return None
    random, expert = _number(pair, "random", path), _number(pair, "expert", path)
    return 100 * (mean - random) / (expert - random) if expert != random else None


def _number(found: Mapping[str, Any], name: str, path: Path) -> float:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(f"{path}: {name} must be a finite number, got {str(value)[:40]!r}")
    return float(value)
