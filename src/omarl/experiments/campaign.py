"""Carrying out an experiment: its datasets first, then its runs, then its table of records."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax

from omarl.experiments import datasets, ledger, pool
from omarl.experiments.ledger import Ledger
from omarl.experiments.plan import Places, Run, status
from omarl.experiments.work import carry_out as carry_out_run
from omarl.parallel import usable_cores

Say = Callable[[str], None]


def known(places: Places) -> Ledger:
    """All runs of which there are records, those of other experiments among them."""
    return ledger.index([places.runs, places.out])


def workers() -> int:
    """How many runs go on side by side here: one on each core, or one alone on an accelerator."""
    return usable_cores() if jax.default_backend() == "cpu" else 1


def carry_out(planned: Sequence[Run], places: Places, size: int, workers: int, say: Say) -> int:
    """Make the datasets that are missing, `size` transitions each, and do the runs that are not finished.

    `say` is told what becomes of each. Returns how many failed; what is blocked does not count.
    """
    before = known(places)
    states = {run: status(run, before) for run in planned}
    for reason, count in Counter(s.reason for s in states.values() if s.state == "blocked").items():
        say(f"{count} runs are blocked: {reason}")
    waiting = [run for run, found in states.items() if found.state not in ("done", "blocked")]
    say(f"{len(waiting)} of {len(planned)} runs to do")
    make = partial(datasets.fulfil, places.data, size)
    recorded = [run.data for run in waiting if run.cell.steps is None]
    do(make, datasets.orders(recorded, places.data), workers, say)
    unique = {run.key: run for run in waiting if run.key is not None}
    lacking = [run for run in waiting if run.key is None]
    for run in lacking:
        say(f"{run}: its dataset could not be made")
    return len(lacking) + do(carry_out_run, list(unique.values()), workers, say)


def do(work: pool.Work, items: Sequence[Any], workers: int, say: Say) -> int:
    """Do the work on every item, saying what becomes of each; how many failed."""
    failures: list[str | None] = []

    def tell(item: Any, failure: str | None) -> None:
        failures.append(failure)
        say(f"[{len(failures)}/{len(items)}] {item}: {failure or 'done'}")

    pool.run_all(work, items, workers, tell)
    return len(failures) - failures.count(None)


def publish(planned: Sequence[Run], places: Places) -> None:
    """Gather the records of the finished runs in the experiment's table."""
    finished = known(places)
    tables: dict[str, list[Any]] = {}
    for run in planned:
        tables.setdefault(run.experiment, []).extend(run.records(finished))
    for name, fresh in tables.items():
        ledger.publish(places.out / f"{name}.csv", fresh)
