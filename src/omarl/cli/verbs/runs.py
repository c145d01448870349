"""`omarl runs`: list the runs below a directory."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import rich
import tyro
from rich.box import SIMPLE
from rich.table import Table

from omarl.records.record import Record, last, read_records


@dataclass(frozen=True, kw_only=True)
class Runs:
    """List the last evaluation of every run below a directory."""

    root: tyro.conf.Positional[Path] = Path("runs")
    """The directory to search, at any depth."""

    json: bool = False
    """Print the records as JSON."""

    def __call__(self) -> int:
        """List the runs; returns the exit code."""
        records = last(read_records([self.root]))
        if self.json:
            print(json.dumps([asdict(record) for record in records], indent=1))
            return 0
        table = Table("task and data", "learner", "seed", "updates", "return", "score", "paper's", box=SIMPLE)
        for record in records:
            table.add_row(*record_cells(record))
        rich.print(table)
        return 0


def record_cells(r: Record) -> tuple[str, ...]:
    """The table cells of one record; the score by our references comes before that by the paper's."""
    scores = ("-" if score is None else f"{score:.1f}" for score in (r.score, r.score_paper))
    critic = ", centralised" if r.critic == "centralised" else ""
    learner, mean = f"{r.algorithm} ({r.preset}{critic})", f"{r.return_mean:.1f} ± {r.return_std:.1f}"
    return (f"{r.task}/{r.quality}", learner, str(r.seed), str(r.updates), mean, *scores)
