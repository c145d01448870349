"""`omarl reproduce ID`: one of the paper's experiments, from nothing to the table."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from omarl.campaign import carry_out as campaign
from omarl.campaign.ledger import Ledger
from omarl.campaign.plan import Choices, Places, Run, plan
from omarl.cli.draw import listing
from omarl.paper.catalogue import experiment
from omarl.paper.experiment import Experiment
from omarl.report import comparison
from omarl.report.comparison import Result
from omarl.runs.spec import parse_count
from omarl.studies.studies import STUDIES, study

WIDE = 140


@dataclass(frozen=True, kw_only=True)
class Reproduce:
    """Run an experiment of the paper: make its datasets, learn, and put the results beside the paper's.

    What is finished is found by the hashes of configuration and dataset and not run again, and what was
    interrupted goes on. Without an id, the experiments are listed.
    """

    id: tyro.conf.Positional[str] = ""
    """The experiment, for instance table3."""

    seeds: str | None = None
    """How many seeds, from 0 up without that of the search behind `tuned` (default: as in the paper, 5), or
    which: 0,2,5 or 5..8,10."""

    only: tuple[str, ...] = ()
    """Words that must all fit a cell: a task, quality, method, critic, preset or option=value. Commas part
    alternatives, * stands for anything: --only spread/medium omar,cql."""

    preset: tuple[str, ...] = ()
    """One or more of paper, official and tuned (default: as the experiment says)."""

    critic: str | None = None
    """Run every cell with this critic, decentralised or centralised, in place of its own."""

    listed: Annotated[bool, tyro.conf.arg(name="list")] = False
    """Only say what is done, recorded, interrupted, failed, missing or blocked."""

    jobs: int | None = None
    """Runs side by side: processes of one thread, one for each core by default; on an accelerator runs in one
    program, 64 by default."""

    data: Path = Path("data")
    """Where datasets are looked for, and made when absent."""

    runs: Path = Path("runs")
    """Where the runs' directories go."""

    out: Path = Path("results")
    """Where the table of records ID.csv is kept."""

    size: int = 1_000_000
    """Joint transitions of each dataset that has to be made."""

    updates: int | None = None
    """A rehearsal with so few updates (of a study: cases); its runs and table are called ID-rehearsal."""

    episodes: int = 500
    """Episodes per evaluation."""

    def __call__(self) -> int:
        """Run what is not finished, and print the results; the exit code."""
        if not self.id:
            draw(listing.overview())
            return 0
        if self.id in STUDIES:
            return self.carry_out_study()
        chosen, places = experiment(self.id), Places(data=self.data, runs=self.runs, out=self.out)
        planned = plan(chosen, self.choices, places)
        if self.listed:
            draw(listing.listing(planned, campaign.known(places)))
            return 0
        jobs = self.jobs or campaign.at_once()
        say(campaign.layout(jobs) + ("" if self.jobs else ", chosen for this machine; --jobs N changes that"))
        failures = campaign.carry_out(planned, places, self.size, jobs, say)
        campaign.publish(planned, places)
        show(chosen, planned, campaign.known(places))
        return 1 if failures else 0

    def carry_out_study(self) -> int:
        """Compute the study and print its rows, or say whether its table is there; the exit code."""
        if self.listed:
            print(f"{self.id}: {'done' if (self.out / f'{self.id}.csv').exists() else 'missing'}")
        else:
            draw(listing.rows(self.id, study(self.id, self.out, self.updates)))
        return 0

    @property
    def choices(self) -> Choices:
        """What is asked for."""
        return Choices(
            presets=self.preset,
            seeds=None if self.seeds is None else parse_count(self.seeds),
            only=self.only,
            critic=self.critic,
            updates=self.updates,
            episodes=self.episodes,
        )


def say(message: str) -> None:
    """Print a message about the work."""
    print(message, file=sys.stderr, flush=True)


def draw(table: Table) -> None:
    """Print a table to standard output; where that is no terminal, wide enough for any row."""
    Console(width=None if sys.stdout.isatty() else WIDE, highlight=False).print(table)


def show(chosen: Experiment, planned: list[Run], known: Ledger) -> None:
    """Print the results beside the published numbers, and the verdicts, to standard output."""
    results = [
        Result(
            members[0].experiment,
            members[0].cell,
            members[0].preset,
            tuple(record for run in members for record in run.records(known)),
        )
        for members in listing.by_cell(planned)
    ]
    draw(comparison.table([result for result in results if result.records]))
    judged = comparison.judgements(results, chosen.orderings, chosen.along)
    if judged:
        draw(comparison.verdicts(judged))
