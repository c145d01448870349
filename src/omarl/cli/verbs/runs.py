"""`omarl runs`: what has been trained."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import rich
import tyro
from rich.box import SIMPLE
from rich.table import Table

from omarl.cli import options
from omarl.records.record import Record, last, read_records


@dataclass(frozen=True, kw_only=True)
class Runs:
    """List the last evaluation of every run below a directory."""

    root: tyro.conf.Positional[Path] = Path("runs")
    """The directory to look in, however deep the runs lie."""

    json: bool = False
    """Print the records as JSON."""

    def __call__(self) -> int:
        """List the runs; the exit code."""
        records = last(read_records([self.root]))
        if self.json:
            print(json.dumps([asdict(record) for record in records], indent=1))
            return 0
        table = Table("task and data", "learner", "seed", "updates", "return", "score", "paper's", box=SIMPLE)
        for record in records:
            table.add_row(*row(record))
        rich.print(table)
        return 0


def row(r: Record) -> tuple[str, ...]:
    """The cells of one record; scores by our references, then by the paper's."""
    scores = ("-" if score is None else f"{score:.1f}" for score in (r.score, r.score_paper))
    critic = ", centralised" if r.critic == "centralised" else ""
    learner, mean = f"{r.algorithm} ({r.preset}{critic})", f"{r.return_mean:.1f} ± {r.return_std:.1f}"
    return (f"{r.task}/{r.quality}", learner, str(r.seed), str(r.updates), mean, *scores)


def command(arguments: Sequence[str]) -> int:
    """Carry out `omarl runs`."""
    return options.parse(Runs, arguments, "runs")()
