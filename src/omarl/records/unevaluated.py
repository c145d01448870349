"""Runs whose policies nobody played: they have losses in `metrics.csv` and no row in `records.csv`."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from omarl.errors import RequestError
from omarl.files import strict_json
from omarl.records.metrics import Row

KEYS = ("seed", "agent", "updates")
"""The columns of `metrics.csv` that say what a row is about; all others are metrics."""


@dataclass(frozen=True, kw_only=True)
class UnevaluatedRun:
    """A run without evaluation: what was learnt on which data, and the rows of its metrics."""

    path: Path
    config: Mapping[str, Any]
    rows: tuple[Row, ...]

    @property
    def data(self) -> str:
        """The id of the dataset."""
        return str(self.config["dataset"].get("id", "unnamed"))

    @property
    def learner(self) -> str:
        """The algorithm with its preset, and the critic if it is centralised."""
        critic = ", centralised" if self.critic == "centralised" else ""
        return f"{self.config['algorithm']} ({self.config.get('preset', 'own')}{critic})"

    @property
    def critic(self) -> str:
        """What its critics see; `none` if it has no critics."""
        options = self.config.get("config")
        return str(options.get("critic", "none")) if isinstance(options, Mapping) else "none"

    @property
    def seeds(self) -> list[int]:
        """The seeds that have metrics."""
        return sorted({int(row["seed"]) for row in self.rows})

    def last(self, seed: int) -> tuple[int, dict[str, list[float]]]:
        """The updates of a seed until its last row, and each metric then by its name, a value per agent."""
        own = [row for row in self.rows if row["seed"] == seed]
        updates = max(int(row["updates"]) for row in own)
        final = sorted((row for row in own if row["updates"] == updates), key=lambda row: row["agent"])
        names = [name for name in final[0] if name not in KEYS]
        return updates, {name: [float(row[name]) for row in final] for name in names}


def mean_metrics(metrics: Mapping[str, list[float]]) -> str:
    """Metrics as words, each as its mean over agents: `actor_loss 0.338, critic_loss 1.2`."""
    return ", ".join(f"{name} {np.mean(values):.4g}" for name, values in metrics.items())


def unevaluated_runs(paths: Iterable[Path]) -> list[UnevaluatedRun]:
    """The runs without evaluation in and below these directories; files are passed over.

    Raises `RequestError`, with file and line, for metrics that are damaged.
    """
    tables = {table.resolve() for path in paths if path.is_dir() for table in path.rglob("metrics.csv")}
    return [run for table in sorted(tables) for run in _unevaluated(table)]


def _unevaluated(table: Path) -> Iterator[UnevaluatedRun]:
    """The run that this table of metrics belongs to, if it is one and was not evaluated."""
    place = table.parent
    if not (place / "config.json").is_file() or _has_rows(place / "records.csv"):
        return
    config = strict_json.read(place / "config.json")
    ours = isinstance(config, dict) and isinstance(config.get("dataset"), dict) and "algorithm" in config
    if ours and (rows := tuple(_metric_rows(table))):
        yield UnevaluatedRun(path=place, config=config, rows=rows)


def _has_rows(table: Path) -> bool:
    """Whether there is a table with a row below its header."""
    return table.is_file() and table.read_bytes().count(b"\n") > 1


def _metric_rows(table: Path) -> Iterator[Row]:
    """The rows of a table of metrics; a row that a crash cut short is dropped."""
    data = table.read_bytes()
    lines = csv.reader(io.StringIO(data[: data.rfind(b"\n") + 1].decode(errors="replace")))
    header = next(lines, [*KEYS])
    if header[: len(KEYS)] != [*KEYS]:
        raise RequestError(f"{table} is no table of metrics: expected the columns {', '.join(KEYS)} first")
    for number, cells in enumerate(lines, 2):
        try:
            values = [int(c) for c in cells[: len(KEYS)]] + [float(c) for c in cells[len(KEYS) :]]
        except ValueError:
            values = []
        if len(values) != len(header) or not all(map(math.isfinite, values)):
            raise RequestError(
                f"{table}, line {number}: expected {len(header)} finite numbers, got {str(cells)[:80]}"
            )
        yield dict(zip(header, values, strict=True))
