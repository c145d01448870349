"""Carrying out an experiment: first its datasets, then its runs, then its table of records.

Datasets are made on the CPU whatever the backend, so that they are the same everywhere.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from omarl.campaign import datasets
from omarl.campaign.backends.backend import Backend, TellOutcome, accelerated
from omarl.campaign.backends.processes import run_on_cpu
from omarl.campaign.data_records import behaviour_records
from omarl.campaign.ledger import Ledger, read_ledger, update_table
from omarl.campaign.plan import PlannedRun
from omarl.campaign.request import Workspace
from omarl.campaign.status import finished_records, status
from omarl.nets.kernels.blocks import usable_cores
from omarl.records.record import Record

Say = Callable[[str], None]


def known(workspace: Workspace) -> Ledger:
    """All runs of which there are records, those of other experiments too."""
    return read_ledger([workspace.runs, workspace.out])


def carry_out_runs(
    planned: Sequence[PlannedRun], workspace: Workspace, size: int, backend: Backend, width: int, say: Say
) -> int:
    """Make the datasets that are missing, `size` transitions each, and do the runs that are not finished.

    At most `width` runs go side by side. `say` is told what becomes of each. Returns how many failed; blocked
    runs do not count.
    """
    before = known(workspace)
    found = [status(run, before) for run in planned]
    for reason, count in Counter(each.reason for each in found if each.state == "blocked").items():
        say(f"{count} runs are blocked: {reason}")
    waiting = unfinished(planned, before)
    say(f"{len(waiting)} of {len(planned)} runs to do")
    if absent := datasets.orders([run.data for run in waiting if run.cell.steps is None], workspace.data):
        make = partial(datasets.fulfil, workspace.data, size)
        workers = usable_cores() if accelerated() else min(width, usable_cores())
        count_failures(partial(run_on_cpu, make, absent, workers), len(absent), say)
        waiting = unfinished(waiting, before)  # what they are can only be told with their data at hand
        say(f"{len(waiting)} runs to do with these data")
    unique = list({run.key: run for run in waiting if run.key is not None}.values())
    lacking = [run for run in waiting if run.key is None]
    for run in lacking:
        say(f"{run}: its dataset could not be made")
    return len(lacking) + count_failures(partial(backend.carry_out, unique, width), len(unique), say)


def unfinished(planned: Sequence[PlannedRun], before: Ledger) -> list[PlannedRun]:
    """The runs that are neither done nor blocked."""
    return [run for run in planned if status(run, before).state not in ("done", "blocked")]


def count_failures(work: Callable[[TellOutcome], None], pieces: int, say: Say) -> int:
    """Do work of so many pieces, saying what becomes of each; how many failed."""
    failures: list[str | None] = []

    def tell(item: Any, failure: str | None) -> None:
        failures.append(failure)
        say(f"[{len(failures)}/{pieces}] {item}: {failure or 'done'}")

    work(tell)
    return len(failures) - failures.count(None)


def gather_records(planned: Sequence[PlannedRun], workspace: Workspace) -> None:
    """Gather what is recorded of the finished runs, and of their data, in the experiment's table."""
    finished = known(workspace)
    done = [(run, found) for run in planned if (found := finished_records(run, finished))]
    tables: dict[str, list[Record]] = {}
    for run, found in done:
        tables.setdefault(run.experiment, []).extend(found)
    for made in behaviour_records(run for run, _ in done):
        tables[made.experiment].append(made)
    for name, fresh in tables.items():
        update_table(workspace.out / f"{name}.csv", fresh)
