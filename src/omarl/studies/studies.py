"""The paper's claims that no table of runs decides: what is computed instead, as rows of a table."""

import csv
import io
import statistics
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import jax

from omarl.algos import ALGORITHMS
from omarl.data.device import Arrays, blank, draw
from omarl.envs.registry import make
from omarl.errors import choose
from omarl.files.writing import write_text
from omarl.paper.studies import STUDIES
from omarl.presets import settings
from omarl.runs.experience.base import Progress
from omarl.runs.experience.recorded import Recorded
from omarl.studies.landscape import StudyRows, landscape
from omarl.theory import check_theorem
from omarl.training import offline
from omarl.types import TeamSpec

TIMED_UPDATES = 20
"""In one measured stretch."""


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
    arrays = blank(team, 100_000, 4_000)
    runs = {name: timed_updates(name, team, arrays) for name in ("cql", "omar")}
    taken = {name: [] for name in runs}
    for _ in range(repeats):
        for name, (run, progress) in runs.items():
            begin = run.seconds
            runs[name] = run, run.advance(progress, progress.position + TIMED_UPDATES)
            taken[name].append((run.seconds - begin) / TIMED_UPDATES * 1e3)
    over = {
        name: [mine / theirs - 1 for mine, theirs in zip(times, taken["cql"], strict=True)]
        for name, times in taken.items()
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
        for name, times in taken.items()
    ]


def timed_updates(algorithm: str, team: TeamSpec, arrays: Arrays) -> tuple[Recorded, Progress]:
    """A run of a learner on recordings, and where it stands when everything is compiled."""
    config = settings("official", algorithm).config
    take = partial(draw, batch_size=config.batch_size, sampling=config.sampling)
    learner = offline.Learner(ALGORITHMS[algorithm][1](config, team), take)
    endless = 2**30
    run = Recorded(lambda _: learner, lambda _: arrays, [0], endless, endless)
    return run, run.advance(run.start(), TIMED_UPDATES)


COMPUTE: Mapping[str, Callable[[int], StudyRows]] = {
    "fig1d": landscape,
    "theorem1": theorem1,
    "runtime": runtime,
}
"""For each of `paper.studies.STUDIES` the function that computes its rows from a number of cases."""


def study(name: str, out: Path, cases: int | None) -> StudyRows:
    """The rows of a study, which are also written to `out/NAME.csv`, whole or not at all.

    Fewer `cases` than the study has are a rehearsal with a table of its own, `NAME-rehearsal.csv`.
    """
    chosen = choose("study", name, STUDIES)
    rows = COMPUTE[name](cases or chosen.cases)
    table = out / f"{name}{'-rehearsal' if cases else ''}.csv"
    out.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    write_text(table, text.getvalue())
    return rows
