import io
from dataclasses import replace

import pytest
from rich.console import Console

from omarl.paper.experiment import Cell, Ordering
from omarl.records.record import Record
from omarl.report.draw.comparison import comparison_markdown, comparison_table, verdicts_table
from omarl.report.judge.orderings import judgements
from omarl.report.judge.results import Result


def result(algorithm: str, returns: list[float], **cell) -> Result:
    made = Cell(task="spread", quality="expert", algorithm=algorithm, **cell)
    records = tuple(
        Record(
            experiment="table3",
            task="spread agents=3",
            quality="expert",
            algorithm=algorithm,
            critic="decentralised",
            preset=made.label("official"),
            seed=seed,
            updates=2000,
            return_mean=value,
            return_std=1.0,
            score=value / 10,
            score_paper=value / 5,
            episodes=500,
            seconds=1.0,
            device="cpu",
            versions="omarl 0.1.0",
            config_hash=algorithm + str(cell),
            dataset_hash=f"d{seed}",
        )
        for seed, value in enumerate(returns)
    )
    return Result("table3", made, "official", records)


def drawn(table) -> str:
    console = Console(width=160, file=io.StringIO())
    with console.capture() as capture:
        console.print(table)
    return capture.get()


OMAR, CQL = result("omar", [500.0, 510.0, 520.0, 530.0]), result("cql", [400.0, 410.0, 420.0, 430.0])


def test_the_published_score_stands_beside_ours() -> None:
    (line,) = [text for text in drawn(comparison_table([OMAR])).splitlines() if "OMAR" in text]
    assert "spread/expert" in line and "103.0" in line and line.rstrip().endswith("114.9 ± 2.6")


def test_a_win_rate_stands_in_both_tables_where_it_is_known() -> None:
    won = OMAR._replace(records=tuple(replace(record, win_rate=0.5) for record in OMAR.records))
    texts = [drawn(comparison_table([won, CQL])), comparison_markdown([won, CQL])]
    assert all("win rate" in text and text.count("0.50 ± 0.00") == 1 for text in texts)
    assert "win rate" not in drawn(comparison_table([OMAR])) + comparison_markdown([OMAR])
    head, rule, omar, _ = comparison_markdown([won, CQL]).splitlines()
    assert head.count("|") == rule.count("|") == omar.count("|") and omar.endswith("114.9 ± 2.6 | 1 |")


def test_an_ordering_is_judged_on_each_dataset_and_preset() -> None:
    found = judgements([OMAR, CQL], [Ordering({"method": "omar"}, {"method": "cql"})])
    (one,) = found
    assert (one.outcome.verdict, one.outcome.difference, one.unit) == ("reproduced", 10.0, "score")
    assert one.claim.published is not None and round(one.claim.published, 1) == 16.7
    assert "OMAR above MA-CQL" in drawn(verdicts_table(found))
    (other,) = judgements([OMAR, CQL], [Ordering({"method": "cql"}, {"method": "omar"})])
    assert other.outcome.verdict == "not reproduced"


def test_over_several_datasets_there_is_a_verdict_too_apart_for_what_is_varied() -> None:
    def on(quality: str, algorithm: str, start: float, **cell) -> Result:
        made = result(algorithm, [start + 10 * seed for seed in range(4)], **cell)
        records = tuple(
            replace(r, quality=quality, dataset_hash=quality + r.dataset_hash) for r in made.records
        )
        return made._replace(cell=replace(made.cell, quality=quality), records=records)

    results = [
        on(quality, algorithm, start, **cell)
        for quality, ahead in (("medium", 100.0), ("expert", 20.0))
        for algorithm, start, cell in (
            ("cql", 400.0, {}),
            ("omar", 400 + ahead, {"overrides": (("tau", 0.5),)}),
            ("omar", 400 - ahead, {"overrides": (("tau", 0.0),)}),
        )
    ]
    ordering = [Ordering({"method": "omar"}, {"method": "cql"})]
    found = judgements(results, ordering, along=("tau",))
    assert [(each.claim.place, each.outcome.difference) for each in found] == [
        ("over 2 datasets of spread", 6.0),
        ("over 2 datasets of spread", -6.0),
        ("spread/medium", 10.0),
        ("spread/medium", -10.0),
        ("spread/expert", 2.0),
        ("spread/expert", -2.0),
    ]
    assert found[0].claim.published == pytest.approx((13.8 + 16.7) / 2) and found[0].outcome.runs == (8, 8)
    unscored = [
        each._replace(records=tuple(replace(r, score=None) for r in each.records)) for each in results
    ]
    assert len(judgements(unscored, ordering, along=("tau",))) == 4


def test_over_several_tasks_there_is_a_verdict_for_each_that_has_several_datasets() -> None:
    def on(task: str, quality: str, made: Result) -> Result:
        records = tuple(
            replace(r, task=task, quality=quality, dataset_hash=task + quality + r.dataset_hash)
            for r in made.records
        )
        return made._replace(cell=replace(made.cell, task=task, quality=quality), records=records)

    data = [("spread", "medium"), ("spread", "expert"), ("tag", "expert")]
    found = judgements(
        [on(*where, made) for where in data for made in (OMAR, CQL)],
        [Ordering({"method": "omar"}, {"method": "cql"})],
    )
    places = ["over 3 datasets", "over 2 datasets of spread", "spread/medium", "spread/expert", "tag/expert"]
    assert [each.claim.place for each in found] == places
    assert [each.outcome.runs for each in found] == [(12, 12), (8, 8), (4, 4), (4, 4), (4, 4)]


def test_a_variant_is_told_from_the_algorithm_and_never_compared_with_another_dataset() -> None:
    cem = result("omar", [1.0, 2.0, 3.0, 4.0], overrides=(("search", "cem"),), method="omar-cem")
    ordering = [Ordering({"method": "omar"}, {"method": "omar-cem"})]
    (one,) = judgements([OMAR, cem], ordering)
    assert one.outcome.runs == (4, 4) and one.outcome.verdict == "reproduced"
    part = result("omar", [1.0], fraction=0.5, method="omar-cem")
    assert judgements([OMAR, part], ordering) == []
    assert judgements([OMAR, CQL._replace(records=())], [Ordering({}, {"method": "cql"})]) == []
