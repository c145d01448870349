"""The paper's claims that no table of runs decides: what is computed instead, as rows of a table."""

import csv
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from omarl.errors import choose
from omarl.theory import check

Rows = list[dict[str, Any]]


class Study(NamedTuple):
    """A claim, and the function of a number of cases that computes what bears on it."""

    claim: str
    cases: int
    compute: Callable[[int], Rows]


def theorem1(problems: int) -> Rows:
    """How often Theorem 1 holds on random problems, for each reading of it and each alpha."""
    return [
        {
            "reading": found.reading,
            "alpha": found.weights.alpha,
            "tau": found.weights.tau,
            "problems": problems,
            "solved": found.solved,
            "holds": found.holds,
            "lowest_slack": found.slack[0],
            "median_slack": found.slack[1],
            "promises": found.promises,
            "improves": found.improves,
        }
        for found in check(problems=problems)
    ]


STUDIES: Mapping[str, Study] = {
    "theorem1": Study("the return of OMAR's policy has the lower bound of Theorem 1", 1000, theorem1),
}


def study(name: str, out: Path, cases: int | None) -> Rows:
    """The rows of a study, which are also written to `out/NAME.csv`, whole or not at all.

    Fewer `cases` than the study has are a rehearsal with a table of its own, `NAME-rehearsal.csv`.
    """
    chosen = choose("study", name, STUDIES)
    rows = chosen.compute(cases or chosen.cases)
    table = out / f"{name}{'-rehearsal' if cases else ''}.csv"
    out.mkdir(parents=True, exist_ok=True)
    unfinished = table.with_name(f".{table.name}.{os.getpid()}")
    with unfinished.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    os.replace(unfinished, table)
    return rows
