"""Carrying out an experiment: its datasets first, then its runs, then its table of records.

On a CPU runs go side by side in processes of a single thread, on an accelerator as members of one program.
Datasets are made on the CPU either way, so that they are the same everywhere, and so are runs that make
their own experience.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax

from omarl.campaign import data_records as behaviour
from omarl.campaign import datasets, ledger
from omarl.campaign import processes as pool
from omarl.campaign.ledger import Ledger
from omarl.campaign.plan import Places, Run, status
from omarl.campaign.work import carry_out as carry_out_run
from omarl.campaign.work import carry_out_group, groups
from omarl.nets.kernels.blocks import usable_cores
from omarl.records.record import Record
from omarl.runs.members import WIDEST

Say = Callable[[str], None]


def known(places: Places) -> Ledger:
    """All runs of which there are records, those of other experiments among them."""
    return ledger.index([places.runs, places.out])


def accelerated() -> bool:
    """Whether there is an accelerator to compute on."""
    return jax.default_backend() != "cpu"


def at_once() -> int:
    """How many runs go on side by side here: one on each core, or many in one program on an accelerator."""
    return WIDEST if accelerated() else usable_cores()


def layout(runs: int) -> str:
    """How so many runs go on side by side here, in words."""
    if accelerated():
        return f"up to {runs} runs in one program on {jax.devices()[0].device_kind}"
    return f"{runs} at a time, each in a process of one thread" if runs > 1 else "1 at a time"


def carry_out(planned: Sequence[Run], places: Places, size: int, at_once: int, say: Say) -> int:
    """Make the datasets that are missing, `size` transitions each, and do the runs that are not finished.

    `say` is told what becomes of each. Returns how many failed; what is blocked does not count.
    """
    before = known(places)
    found = [status(run, before) for run in planned]
    for reason, count in Counter(each.reason for each in found if each.state == "blocked").items():
        say(f"{count} runs are blocked: {reason}")
    waiting = unfinished(planned, before)
    say(f"{len(waiting)} of {len(planned)} runs to do")
    processes = usable_cores() if accelerated() else at_once
    make = partial(datasets.fulfil, places.data, size)
    recorded = [run.data for run in waiting if run.cell.steps is None]
    if absent := datasets.orders(recorded, places.data):
        do(make, absent, processes, say)
        waiting = unfinished(waiting, before)  # what they are can only be told with their data at hand
        say(f"{len(waiting)} runs to do with these data")
    unique = list({run.key: run for run in waiting if run.key is not None}.values())
    lacking = [run for run in waiting if run.key is None]
    for run in lacking:
        say(f"{run}: its dataset could not be made")
    if not accelerated():
        return len(lacking) + do(carry_out_run, unique, processes, say)
    online = [run for run in unique if run.cell.steps is not None]
    return len(lacking) + do(carry_out_run, online, processes, say) + do_together(unique, at_once, say)


def unfinished(planned: Sequence[Run], before: Ledger) -> list[Run]:
    """The runs that are neither done nor blocked."""
    return [run for run in planned if status(run, before).state not in ("done", "blocked")]


def do(work: pool.Work, items: Sequence[Any], workers: int, say: Say) -> int:
    """Do the work on every item, on the CPU, saying what becomes of each; how many failed."""
    failures: list[str | None] = []

    def tell(item: Any, failure: str | None) -> None:
        failures.append(failure)
        say(f"[{len(failures)}/{len(items)}] {item}: {failure or 'done'}")

    pool.run_all(work, items, workers, tell, here=not accelerated())
    return len(failures) - failures.count(None)


def do_together(runs: Sequence[Run], widest: int, say: Say) -> int:
    """Do the runs on datasets, at most `widest` in one program, saying what becomes of each.

    Returns how many failed.
    """
    failed = 0
    for place, group in enumerate(parted := groups(runs, widest), 1):
        stopped = carry_out_group(group)
        failed += len(stopped)
        for run in group.runs:
            say(f"[{place}/{len(parted)}] {run}: {stopped.get(run, 'done')}")
    return failed


def publish(planned: Sequence[Run], places: Places) -> None:
    """Gather what is recorded of the finished runs, and of their data, in the experiment's table."""
    finished = known(places)
    done = [(run, found) for run in planned if (found := run.records(finished))]
    tables: dict[str, list[Record]] = {}
    for run, found in done:
        tables.setdefault(run.experiment, []).extend(found)
    for made in behaviour.records(run for run, _ in done):
        tables[made.experiment].append(made)
    for name, fresh in tables.items():
        ledger.publish(places.out / f"{name}.csv", fresh)
