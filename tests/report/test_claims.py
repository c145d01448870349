from collections.abc import Callable
from dataclasses import replace

import pytest

from omarl.errors import RequestError
from omarl.records.record import Record
from omarl.report.judge.claims import Claim, judge_claim

Make = Callable[..., list[Record]]

CLAIM = Claim(id="table3", statement="OMAR beats BC", better={"algorithm": "omar"}, worse={"algorithm": "bc"})


def test_a_claim_is_judged_by_the_difference_of_last_scores(records: Make) -> None:
    found = judge_claim(CLAIM, [*records("omar"), *records("bc")])
    outcome = found.outcome
    assert (outcome.verdict, found.unit, outcome.runs) == ("reproduced", "score", (5, 5))
    assert outcome.interval.low < outcome.difference < outcome.interval.high
    assert outcome.probability == 1.0
    turned = judge_claim(
        replace(CLAIM, better=CLAIM.worse, worse=CLAIM.better), [*records("omar"), *records("bc")]
    )
    assert turned.outcome.verdict == "not reproduced"
    assert turned.outcome.difference == pytest.approx(-outcome.difference)


def test_without_scores_returns_are_compared_but_never_pooled_over_tasks(records: Make) -> None:
    made = [replace(record, score=None) for record in [*records("omar"), *records("bc")]]
    assert judge_claim(CLAIM, made).unit == "return"
    with pytest.raises(RequestError, match="needs a win rate or a score in every record"):
        judge_claim(CLAIM, made + [replace(record, task="tag") for record in made])


def test_only_datasets_with_both_sides_count(records: Make) -> None:
    found = judge_claim(CLAIM, [*records("omar"), *records("bc"), *records("omar", "expert")])
    assert found.outcome.runs == (5, 5)
    with pytest.raises(RequestError, match="no dataset has runs of"):
        judge_claim(replace(CLAIM, where={"quality": "expert"}), [*records("omar", "expert"), *records("bc")])


def test_where_every_run_knows_its_wins_claims_are_about_those(records: Make) -> None:
    """Win rates here are the other way around than scores, and can be pooled over tasks without them."""
    better = [replace(record, win_rate=0.2, score=None) for record in records("omar")]
    worse = [replace(record, win_rate=0.7, score=None) for record in records("bc")]
    both = [*better, *worse]
    found = judge_claim(CLAIM, [*both, *(replace(record, task="tag") for record in both)])
    assert (found.unit, found.outcome.verdict) == ("win rate, %", "not reproduced")
    assert found.outcome.difference == pytest.approx(-50.0)
    mixed = judge_claim(CLAIM, [*records("omar"), *worse])
    assert mixed.unit == "return"
