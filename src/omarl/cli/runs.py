"""`omarl runs`: what has been trained."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import rich
import tyro
from rich.table import Table

from omarl.cli import options
from omarl.experiments.records import last, read


@dataclass(frozen=True, kw_only=True)
class Runs:
    """List the last evaluation of every run below a directory."""

    root: tyro.conf.Positional[Path] = Path("runs")
    """Where to look."""

    json: bool = False
    """Print the records as JSON."""

    def __call__(self) -> int:
        """List the runs; the exit code."""
        records = last(read([self.root]))
        if self.json:
            print(json.dumps([asdict(record) for record in records], indent=1))
            return 0
        table = Table("task", "data", "algorithm", "critic", "preset", "seed", "updates", "return", "score")
        for r in records:
            score = "" if r.score_paper is None else f"{r.score_paper:.1f}"
            row = (r.task, r.quality, r.algorithm, r.critic, r.preset, str(r.seed), str(r.updates))
            table.add_row(*row, f"{r.return_mean:.1f} +- {r.return_std:.1f}", score)
        rich.print(table)
        return 0


def command(arguments: Sequence[str]) -> int:
    """Carry out `omarl runs`."""
    return options.parse(Runs, arguments, "runs")()
