"""`omarl runs`: list the runs below a directory."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rich
import tyro
from rich.box import SIMPLE
from rich.table import Table

from omarl.records.record import COLUMNS, Record, last, read_records
from omarl.records.unevaluated import UnevaluatedRun, unevaluated_runs
from omarl.report.draw.losses import losses_terminal


@dataclass(frozen=True, kw_only=True)
class Runs:
    """List the last evaluation of every run below a directory, or its last losses if it has none."""

    root: tyro.conf.Positional[Path] = Path("runs")
    """The directory to search, at any depth."""

    json: bool = False
    """Print the records as JSON."""

    def __call__(self) -> int:
        """List the runs; returns the exit code."""
        records, others = last(read_records([self.root])), unevaluated_runs([self.root])
        if self.json:
            listed = [asdict(record) for record in records] + [*unevaluated_entries(others)]
            print(json.dumps(listed, indent=1))
            return 0
        if records or not others:
            rich.print(evaluations_table(records))
        if others:
            rich.print(losses_terminal(others))
        return 0


def unevaluated_entries(runs: Sequence[UnevaluatedRun]) -> Iterator[dict[str, Any]]:
    """For every seed the columns of a record, None where nothing is known, and `metrics` by agent."""
    for run in runs:
        about = {
            "experiment": run.config.get("experiment"),
            "task": run.config.get("task"),
            "quality": run.config["dataset"].get("quality") or run.data,
            "algorithm": run.config["algorithm"],
            "critic": run.critic,
            "preset": run.config.get("preset"),
            "config_hash": run.config.get("config_hash"),
            "dataset_hash": run.config["dataset"].get("hash"),
        }
        for seed in run.seeds:
            updates, metrics = run.last(seed)
            yield dict.fromkeys(COLUMNS) | about | {"seed": seed, "updates": updates, "metrics": metrics}


def evaluations_table(records: Sequence[Record]) -> Table:
    """A row for each record; the win rate has a column where one of them knows it."""
    wins = ["win rate"] if any(record.win_rate is not None for record in records) else []
    head = "task and data", "learner", "seed", "updates", "return", *wins, "score", "paper's"
    table = Table(*head, box=SIMPLE)
    for record in records:
        cells = record_cells(record)
        table.add_row(*(cells[name] for name in head))
    return table


def record_cells(r: Record) -> dict[str, str]:
    """The table cells of one record by their columns; the score is that by our references."""
    won = "-" if r.win_rate is None else f"{r.win_rate:.2f}"
    score, paper = ("-" if score is None else f"{score:.1f}" for score in (r.score, r.score_paper))
    critic = ", centralised" if r.critic == "centralised" else ""
    learner, mean = f"{r.algorithm} ({r.preset}{critic})", f"{r.return_mean:.1f} ± {r.return_std:.1f}"
    return {
        "task and data": f"{r.task}/{r.quality}",
        "learner": learner,
        "seed": str(r.seed),
        "updates": str(r.updates),
        "return": mean,
        "win rate": won,
        "score": score,
        "paper's": paper,
    }
