"""Claims that one method ends above another, and the verdicts that records give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from omarl.errors import RequestError
from omarl.records.record import Record, last
from omarl.report.judge.contest import Outcome, compare
from omarl.report.judge.measure import Measure, MeasureUnit, measure_of


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The ordering `better > worse` on the datasets that `where` selects; all three pick records by field.

    For instance `where={"task": "spread"}, better={"algorithm": "omar"}, worse={"algorithm": "cql"}`.
    `published` is the difference that the paper prints, in its own normalised score. `place` and `preset` are
    what a table prints for the dataset and for the source of the hyperparameters.
    """

    id: str
    statement: str
    better: Mapping[str, str | int]
    worse: Mapping[str, str | int]
    where: Mapping[str, str | int] = field(default_factory=dict)
    published: float | None = None
    place: str = ""
    preset: str = ""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A claim and what was measured, in the unit that all its runs have (see `measure`)."""

    claim: Claim
    unit: MeasureUnit
    outcome: Outcome


def judge_claim(claim: Claim, records: Iterable[Record]) -> Judgement:
    """The verdict on `claim` from the last evaluation of every run, over the datasets that both sides have.

    Raises `RequestError` if there is no such dataset, or if tasks are pooled and a run has neither a win rate
    nor a score.
    """
    chosen = [record for record in last(records) if _matches(record, claim.where)]
    pairs = _pairs(
        [record for record in chosen if _matches(record, claim.better)],
        [record for record in chosen if _matches(record, claim.worse)],
    )
    if not pairs:
        raise RequestError(f"claim {claim.id!r}: no dataset has runs of {claim.better} and of {claim.worse}")
    measure = _measure(claim, pairs)
    return Judgement(claim=claim, unit=measure.unit, outcome=compare(pairs, measure.value))


def _matches(record: Record, wanted: Mapping[str, str | int]) -> bool:
    return all(getattr(record, name) == value for name, value in wanted.items())


def _pairs(better: Sequence[Record], worse: Sequence[Record]) -> list[tuple[list[Record], list[Record]]]:
    """The runs of both sides for each dataset on which both have some."""
    datasets = dict.fromkeys((record.task, record.quality) for record in better)
    found = [(_on(dataset, better), _on(dataset, worse)) for dataset in datasets]
    return [(ours, theirs) for ours, theirs in found if theirs]


def _on(dataset: tuple[str, str], records: Sequence[Record]) -> list[Record]:
    return [record for record in records if (record.task, record.quality) == dataset]


def _measure(claim: Claim, pairs: Sequence[tuple[list[Record], list[Record]]]) -> Measure:
    """What all runs have; returns of several tasks cannot be pooled."""
    runs = [record for pair in pairs for side in pair for record in side]
    measure = measure_of(runs)
    if len({record.task for record in runs}) > 1 and not measure.across_tasks:
        raise RequestError(
            f"claim {claim.id!r} pools several tasks: that needs a win rate or a score in every record"
        )
    return measure
