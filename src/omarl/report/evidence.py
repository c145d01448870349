"""What a directory of records holds of one of the paper's experiments, and what it says of its claims."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from omarl.paper.catalogue import EXPERIMENTS
from omarl.paper.experiment import Experiment
from omarl.records.record import Record, last, read_records
from omarl.report import across, gains
from omarl.report.claims import Judgement
from omarl.report.comparison import Result, judgements, of_data, recorded
from omarl.report.statistics import Strata


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One experiment: what was recorded of it, the verdicts on its claims, and a text on what was found.

    `results` are the learners', `data` what the data returned.
    """

    experiment: Experiment
    results: tuple[Result, ...]
    data: tuple[Result, ...]
    judged: tuple[Judgement, ...]
    gained: tuple[gains.Point, ...]
    found: tuple[gains.Finding, ...]
    note: str

    @property
    def everything(self) -> tuple[Result, ...]:
        """The learners' results, and what their data returned."""
        return *self.results, *self.data

    @property
    def final(self) -> list[Record]:
        """The last evaluation of every run."""
        return last(record for result in self.results for record in result.records)

    @property
    def hours(self) -> float:
        """The time that its runs spent on learning, added up."""
        return sum(record.seconds for record in self.final) / 3600

    @property
    def across(self) -> dict[str, dict[str, Strata]]:
        """For each preset the scores, on shared seeds, of the methods that were run on all datasets."""
        if self.experiment.along:
            return {}
        known: dict[str, across.Scores] = {}
        for result in _on_shared_seeds(self.results):
            known.setdefault(result.preset, {}).setdefault(result.method, {})[result.dataset] = result.scores
        found = {preset: across.complete(scores) for preset, scores in known.items()}
        return {preset: scores for preset, scores in found.items() if scores}


def _on_shared_seeds(results: Sequence[Result]) -> Iterator[Result]:
    """Each result with those of its seeds that all methods on its dataset have with its preset, if any."""
    shared: dict[tuple[str, str], set[int]] = {}
    for result in results:
        place, seeds = (result.dataset, result.preset), set(result.returns)
        shared[place] = shared.get(place, seeds) & seeds
    for result in results:
        seeds = shared[result.dataset, result.preset]
        if seeds:
            kept = tuple(record for record in result.records if record.seed in seeds)
            yield result._replace(records=kept)


def gather(experiment: Experiment, directory: Path) -> Evidence | None:
    """What `directory` holds of an experiment; None if that is nothing."""
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
        gained=tuple(gains.followed(experiment, needed)),
        found=tuple(gains.findings(experiment, needed)),
        note=note.read_text(encoding="utf-8") if note.exists() else "",
    )


def _beside(experiment: Experiment, directory: Path) -> list[Result]:
    """Results of the other experiments that the claims of this one need, as far as they are there."""
    tables = {name: directory / f"{name}.csv" for name in experiment.beside}
    return [
        result
        for name, table in tables.items()
        if table.exists()
        for result in _first(EXPERIMENTS[name], recorded(EXPERIMENTS[name], read_records([table])))
    ]


def _first(experiment: Experiment, results: Iterable[Result]) -> list[Result]:
    """The learners with the first preset that an experiment is run with, and their data."""
    return [result for result in results if result.preset == experiment.presets[0] or of_data(result)]
