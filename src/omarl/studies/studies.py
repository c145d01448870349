"""The paper's claims that no table of runs decides: what is computed instead, as rows of a table."""

import csv
import io
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from omarl.algos import ALGORITHMS
from omarl.data.device import blank, draw
from omarl.envs.registry import make
from omarl.errors import choose
from omarl.files.writing import write_text
from omarl.presets import settings
from omarl.studies.landscape import StudyRows, landscape
from omarl.theory import check_theorem
from omarl.training import offline
from omarl.types import TeamSpec

TIMED_UPDATES = 20
"""In one measured stretch."""


class Study(NamedTuple):
    """A claim, and the function of a number of cases that computes what bears on it.

    Rows whose first entry is `drawn` are for a figure alone.
    """

    claim: str
    cases: int
    compute: Callable[[int], StudyRows]
    drawn: str = ""


def theorem1(problems: int) -> StudyRows:
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
        for found in check_theorem(problems=problems)
    ]


def runtime(repeats: int) -> StudyRows:
    """Milliseconds of an update of MA-CQL and of OMAR, which take turns; by how much more, turn by turn.

    Batches are drawn from a dataset in the shape of cooperative navigation with the preset `official`.
    """
    team = make("spread").spec.team
    arrays = blank(team, 4000, 25)
    updates = {name: timed_updates(name, team) for name in ("cql", "omar")}
    taken = {name: [] for name in updates}
    for _ in range(repeats + 1):
        for name, (run, keys, states) in updates.items():
            begin = time.perf_counter()
            jax.block_until_ready(run(arrays, (), keys, jax.tree.map(jnp.copy, states)))
            taken[name].append((time.perf_counter() - begin) / TIMED_UPDATES * 1e3)
    compiled = {name: times[1:] for name, times in taken.items()}
    over = {
        name: [mine / theirs - 1 for mine, theirs in zip(times, compiled["cql"], strict=True)]
        for name, times in compiled.items()
    }
    return [
        {
            "algorithm": name,
            "milliseconds": statistics.median(times),
            "over_cql": statistics.median(over[name]),
            "over_cql_least": min(over[name]),
            "over_cql_most": max(over[name]),
            "repeats": repeats,
            "device": jax.devices()[0].device_kind,
        }
        for name, times in compiled.items()
    ]


def timed_updates(algorithm: str, team: TeamSpec) -> tuple[Callable, Array, Any]:
    """A stretch of updates as one compiled function, with its keys and first states."""
    config = settings("official", algorithm).config
    take = partial(draw, batch_size=config.batch_size, sampling=config.sampling)
    learner = offline.Learner(ALGORITHMS[algorithm][1](config, team), take)
    run = offline.chunk(lambda _: learner, TIMED_UPDATES)
    return run, offline.keys_of([0])[1], offline.start(lambda _: learner, (), [0])


STUDIES: Mapping[str, Study] = {
    "fig1d": Study("MA-CQL's actor stays at a poor action, OMAR's leaves it", 2000, landscape, "landscape"),
    "theorem1": Study("the return of OMAR's policy has the lower bound of Theorem 1", 1000, theorem1),
    "runtime": Study("OMAR takes 4.7 % more time for an update than MA-CQL", 9, runtime),
}


def study(name: str, out: Path, cases: int | None) -> StudyRows:
    """The rows of a study, which are also written to `out/NAME.csv`, whole or not at all.

    Fewer `cases` than the study has are a rehearsal with a table of its own, `NAME-rehearsal.csv`.
    """
    chosen = choose("study", name, STUDIES)
    rows = chosen.compute(cases or chosen.cases)
    table = out / f"{name}{'-rehearsal' if cases else ''}.csv"
    out.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    write_text(table, text.getvalue())
    return rows
