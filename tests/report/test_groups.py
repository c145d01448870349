from collections.abc import Callable
from dataclasses import replace

import pytest

from omarl.records.record import Record
from omarl.report.judge.groups import group_records, method_labels

Make = Callable[..., list[Record]]


def test_seeds_of_one_method_are_one_group_and_their_last_evaluations_count(records: Make) -> None:
    made = records("omar", seeds=3)
    (only,) = group_records(made)
    assert only.label == "OMAR"
    assert only.returns.tolist() == [record.return_mean for record in made if record.updates == 2000]


def test_cells_stay_apart_and_in_order(records: Make) -> None:
    mixed = [*records("omar", "expert"), *records("bc", "random"), *records("bc", "expert")]
    found = [(each.dataset.quality, each.label) for each in group_records(mixed)]
    assert found == [("expert", "OMAR"), ("expert", "BC"), ("random", "BC")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"preset": "official"}, ["OMAR, paper", "OMAR, official", "BC"]),
        ({"critic": "centralised"}, ["OMAR, decentralised", "OMAR, centralised", "BC"]),
        ({"config_hash": "0123456789"}, ["OMAR, #c40f1e2d", "OMAR, #01234567", "BC"]),
        ({"dataset_hash": "other"}, ["OMAR, #d-medium", "OMAR, #other", "BC"]),
    ],
)
def test_a_label_says_what_tells_rivals_apart(records: Make, change: dict, expected: list[str]) -> None:
    rivals = [*records("omar"), *records("omar", **change), *records("bc")]
    assert method_labels(group_records(rivals)) == expected


def test_what_differs_between_datasets_alone_needs_no_label(records: Make) -> None:
    found = group_records(
        [*records("omar", "expert", config_hash="a"), *records("omar", "random", config_hash="b")]
    )
    assert method_labels(found) == ["OMAR"]


def test_a_dataset_per_seed_is_one_sample(records: Make) -> None:
    made = [replace(record, dataset_hash=f"d{record.seed}") for record in records("omar")]
    assert len(group_records(made)) == 1


def test_scores_are_unknown_unless_every_run_has_one(records: Make) -> None:
    made = records("omar")
    scored = group_records(made)[0].scores
    assert scored is not None and len(scored) == 5
    assert group_records([replace(made[-1], score=None), *made[:-1]])[0].scores is None
