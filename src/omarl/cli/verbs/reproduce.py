"""`omarl reproduce ID`: one of the paper's experiments, from nothing to the table."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from omarl.campaign.request import Choices, Workspace
from omarl.cli.draw.experiments import experiments_table, study_table
from omarl.errors import choose
from omarl.paper.catalogue import experiment
from omarl.paper.studies import STUDIES

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

    backend: str | None = None
    """How runs are carried out: here (one after the other in this process), processes (side by side, each
    with one thread) or one-program (as members of one compiled program). By default one-program on an
    accelerator, elsewhere processes, or here with --jobs 1."""

    jobs: int | None = None
    """Runs side by side: processes of one thread, one for each core by default; in one program 64 by
    default."""

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
            print_table(experiments_table())
            return 0
        return self.carry_out_study() if self.id in STUDIES else self.carry_out_experiment()

    def carry_out_study(self) -> int:
        """Compute the study and print its rows, or say whether its table is there; the exit code."""
        if self.listed:
            print(f"{self.id}: {'done' if (self.out / f'{self.id}.csv').exists() else 'missing'}")
            return 0
        from omarl.studies.studies import study

        print_table(study_table(self.id, study(self.id, self.out, self.updates)))
        return 0

    def carry_out_experiment(self) -> int:
        """List the runs of the experiment, or carry out those that are missing; the exit code."""
        chosen, workspace = experiment(self.id), Workspace(data=self.data, runs=self.runs, out=self.out)
        from omarl.campaign import carry_out as campaign
        from omarl.campaign.backends import BACKENDS, usual_backend
        from omarl.campaign.plan import plan
        from omarl.cli.draw.listing import runs_table

        planned = plan(chosen, self.choices, workspace)
        if self.listed:
            print_table(runs_table(planned, campaign.known(workspace)))
            return 0
        backend = choose("backend", self.backend or usual_backend(self.jobs), BACKENDS)
        width = self.jobs or backend.width()
        say(
            backend.describe(width)
            + ("" if self.jobs else ", chosen for this machine; --jobs N changes that")
        )
        failures = campaign.carry_out_runs(planned, workspace, self.size, backend, width, say)
        campaign.gather_records(planned, workspace)
        from omarl.cli.draw.outcome import outcome_tables

        for table in outcome_tables(chosen, planned, campaign.known(workspace)):
            print_table(table)
        return 1 if failures else 0

    @property
    def choices(self) -> Choices:
        """What is asked for."""
        from omarl.runs.spec import parse_count

        return Choices(
            presets=self.preset,
            seeds=None if self.seeds is None else parse_count(self.seeds),
            only=self.only,
            critic=self.critic,
            updates=self.updates,
            episodes=self.episodes,
        )


def say(message: str) -> None:
    """Print a message about the work to standard error."""
    print(message, file=sys.stderr, flush=True)


def print_table(table: Table) -> None:
    """Print a table to standard output; where that is no terminal, wide enough for any row."""
    Console(width=None if sys.stdout.isatty() else WIDE, highlight=False).print(table)
