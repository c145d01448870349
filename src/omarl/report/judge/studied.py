"""The verdicts that the tables of studies give on their claims."""

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from omarl.report.judge.bootstrap import paired_interval
from omarl.report.judge.statistics import FEWEST_PAIRS, Verdict, decide, interquartile_mean

StudyTable = Sequence[Mapping[str, str]]
PAPERS_OVERHEAD = 0.047


class StudyVerdict(NamedTuple):
    """A claim, the verdict on it, and what was measured in words."""

    statement: str
    verdict: Verdict
    measured: str


def read_study(name: str, directory: Path) -> StudyTable:
    """The rows of a study's table."""
    with (directory / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def study_verdicts(name: str, rows: StudyTable) -> list[StudyVerdict]:
    """The verdicts on a study's claims."""
    return JUDGES[name](rows)


def theorem(rows: StudyTable) -> list[StudyVerdict]:
    """For each reading of Theorem 1, whether its bound holds; one problem where it does not refutes it."""
    shares: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if float(row["solved"]) > 0:
            shares[row["reading"]].append(float(row["holds"]))
    return [
        StudyVerdict(
            f"the bound holds, {reading}",
            "reproduced" if min(held) == 1 else "not reproduced",
            f"in at least {100 * min(held):.3g} % of the problems that are solved, by alpha",
        )
        for reading, held in shares.items()
    ]


def overhead(rows: StudyTable) -> list[StudyVerdict]:
    """Whether OMAR takes at most the paper's 4.7 % more time; undecided if the range over turns holds it."""
    (omar,) = (row for row in rows if row["algorithm"] == "omar")
    least, most = float(omar["over_cql_least"]), float(omar["over_cql_most"])
    verdict: Verdict = "undecided"
    if most <= PAPERS_OVERHEAD:
        verdict = "reproduced"
    elif least > PAPERS_OVERHEAD:
        verdict = "not reproduced"
    measured = (
        f"{100 * float(omar['over_cql']):.0f} % ({100 * least:.0f} to {100 * most:.0f} % over the turns)"
    )
    return [StudyVerdict("OMAR's update takes at most 4.7 % more time", verdict, measured)]


def escape(rows: StudyTable) -> list[StudyVerdict]:
    """Whether OMAR's steps lead the actor to actions of a higher value than MA-CQL's, critic by critic."""
    values = {(row["kind"], row["seed"]): float(row["value"]) for row in rows}
    seeds = sorted({seed for kind, seed in values if kind == "mean best"})
    ahead = np.array([values["mean omar", seed] - values["mean cql", seed] for seed in seeds])
    short = np.array([values["mean best", seed] - values["mean before", seed] for seed in seeds])
    around = paired_interval([ahead])
    verdict = decide(around, enough=len(seeds) >= FEWEST_PAIRS)
    measured = (
        f"{interquartile_mean(ahead):.3f} [{around.low:.3f}, {around.high:.3f}] more in value; "
        f"the best action is worth {short.mean():.3f} more than the actor's was"
    )
    return [StudyVerdict("OMAR's steps find a better action than MA-CQL's", verdict, measured)]


JUDGES: Mapping[str, Callable[[StudyTable], list[StudyVerdict]]] = {
    "fig1d": escape,
    "theorem1": theorem,
    "runtime": overhead,
}
