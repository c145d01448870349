"""The evidence on one of the paper's experiments that a directory of records holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from omarl.paper.catalogue import EXPERIMENTS
from omarl.paper.experiment import Experiment
from omarl.records.record import Record, last, read_records
from omarl.report.judge.across import Contestant, over_datasets
from omarl.report.judge.claims import Judgement
from omarl.report.judge.gains import GainPoint, GainVerdict, claimed_gains, gain_verdicts
from omarl.report.judge.orderings import judgements
from omarl.report.judge.results import Result, of_data, recorded
from omarl.report.judge.statistics import Strata


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One experiment: its results, the verdicts on its claims, and a text on what was found.

    `results` are those of learners, `data` those of the behaviour policies.
    """

    experiment: Experiment
    results: tuple[Result, ...]
    data: tuple[Result, ...]
    judged: tuple[Judgement, ...]
    gained: tuple[GainPoint, ...]
    found: tuple[GainVerdict, ...]
    note: str

    @property
    def everything(self) -> tuple[Result, ...]:
        """The results of the learners, then those of the behaviour policies."""
        return *self.results, *self.data

    @property
    def final(self) -> list[Record]:
        """The last evaluation of every learner's run."""
        return last(record for result in self.results for record in result.records)

    @property
    def hours(self) -> float:
        """The hours of all runs together, as their records count them."""
        return sum(record.seconds for record in self.final) / 3600

    @property
    def across(self) -> dict[str, dict[str, Strata]]:
        """For each preset the scores to rank methods by over all datasets, see `over_datasets`."""
        ranked = () if self.experiment.along else self.results
        return over_datasets(Contestant(each.preset, each.method, each.records) for each in ranked)


def evidence_of(experiment: Experiment, directory: Path) -> Evidence | None:
    """The evidence on an experiment in `directory`; None if there is no table of it."""
    table, note = directory / f"{experiment.id}.csv", directory / f"{experiment.id}.md"
    if not table.exists():
        return None
    results = recorded(experiment, read_records([table]))
    needed = [*_first(experiment, results), *_beside(experiment, directory)]
    return Evidence(
        experiment=experiment,
        results=tuple(result for result in results if not of_data(result)),
        data=tuple(result for result in results if of_data(result)),
        judged=tuple(judgements(results, experiment.orderings, experiment.along)),
        gained=tuple(claimed_gains(experiment, needed)),
        found=tuple(gain_verdicts(experiment, needed)),
        note=note.read_text(encoding="utf-8") if note.exists() else "",
    )


def _beside(experiment: Experiment, directory: Path) -> list[Result]:
    """The results of the other experiments that the claims of this one need, if their tables are there."""
    tables = {name: directory / f"{name}.csv" for name in experiment.beside}
    return [
        result
        for name, table in tables.items()
        if table.exists()
        for result in _first(EXPERIMENTS[name], recorded(EXPERIMENTS[name], read_records([table])))
    ]


def _first(experiment: Experiment, results: Iterable[Result]) -> list[Result]:
    """The results with the experiment's first preset, and those of the behaviour policies."""
    return [result for result in results if result.preset == experiment.presets[0] or of_data(result)]
