"""Claims that one method ends above another, and what the records say about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from omarl.errors import RequestError
from omarl.records.record import Record, last
from omarl.report.contest import Outcome, compare


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The ordering `better > worse` on the datasets that `where` selects; all three pick records by field.

    For instance `where={"task": "spread"}, better={"algorithm": "omar"}, worse={"algorithm": "ma-cql"}`.
    `published` is the difference that the paper prints, in its own normalised score; `place` and `preset` are
    how a table names the dataset and where the hyperparameters come from.
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
    """A claim beside what was measured, in raw return or in score.

    `unit` is `score` wherever every run has one (always needed to pool tasks), else `return`.
    """

    claim: Claim
    unit: str
    outcome: Outcome


def judge(claim: Claim, records: Iterable[Record]) -> Judgement:
    """The verdict on `claim` from the last evaluation of every run in `records`.

    Only datasets on which both sides were run count; `RequestError` if there is none.
    """
    chosen = [record for record in last(records) if _matches(record, claim.where)]
    pairs = _pairs(
        [record for record in chosen if _matches(record, claim.better)],
        [record for record in chosen if _matches(record, claim.worse)],
    )
    if not pairs:
        raise RequestError(f"claim {claim.id!r}: no dataset has runs of {claim.better} and of {claim.worse}")
    unit = _unit(claim, pairs)
    name = {"score": "score", "return": "return_mean"}[unit]
    return Judgement(claim=claim, unit=unit, outcome=compare(pairs, attrgetter(name)))


def _matches(record: Record, wanted: Mapping[str, str | int]) -> bool:
    return all(getattr(record, name) == value for name, value in wanted.items())


def _pairs(better: Sequence[Record], worse: Sequence[Record]) -> list[tuple[list[Record], list[Record]]]:
    """The runs of both sides, dataset by dataset, where both have some."""
    datasets = dict.fromkeys((record.task, record.quality) for record in better)
    found = [(_on(dataset, better), _on(dataset, worse)) for dataset in datasets]
    return [(ours, theirs) for ours, theirs in found if theirs]


def _on(dataset: tuple[str, str], records: Sequence[Record]) -> list[Record]:
    return [record for record in records if (record.task, record.quality) == dataset]


def _unit(claim: Claim, pairs: Sequence[tuple[list[Record], list[Record]]]) -> str:
    """`score` if every run has one, else `return`; returns of several tasks cannot be pooled."""
    runs = [record for pair in pairs for side in pair for record in side]
    if all(record.score is not None for record in runs):
        return "score"
    if len({record.task for record in runs}) > 1:
        raise RequestError(f"claim {claim.id!r} pools several tasks: that needs a score in every record")
    return "return"
