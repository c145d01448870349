"""Rankings over several datasets, on shared seeds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from omarl.paper.catalogue import TABLE3
from omarl.records.record import Record, read_records
from omarl.report.judge.across import Contestant, over_datasets
from omarl.report.judge.evidence import evidence_of
from omarl.report.judge.groups import group_records, method_labels
from omarl.report.judge.statistics import Strata
from omarl.report.page.sections import across_section
from omarl.report.paper_page.reproduction import ranking_table

RESULTS = Path(__file__).parents[2] / "results"
Make = Callable[..., list[Record]]


def lengths(*contestants: Contestant) -> dict[str, dict[str, list[int]]]:
    return {name: runs_of(scores) for name, scores in over_datasets(contestants).items()}


def runs_of(scores: Mapping[str, Strata]) -> dict[str, list[int]]:
    return {name: [len(runs) for runs in strata] for name, strata in scores.items()}


def test_both_pages_rank_the_committed_records_alike() -> None:
    evidence = evidence_of(TABLE3, RESULTS)
    assert evidence is not None
    markdown = "".join(ranking_table(*each) for each in evidence.across.items())
    groups = group_records(read_records([RESULTS / "table3.csv"]))
    html = across_section(groups, method_labels(groups))
    row = r"<tr><th scope=\"row\">.*?</i>(.*?), (?:official|tuned)</th><td>(.*?)</td><td>(.*?)</td></tr>"
    ranked = re.findall(r"^\| (.*?) \| ([\d.]+ .*?) \| (.*?) \|$", markdown, re.M)
    assert len(ranked) == 10 and re.findall(row, html) == ranked


def test_a_seed_counts_where_all_methods_have_it_and_the_order_of_records_does_not(records: Make) -> None:
    omar, bc = (
        [each for quality in ("expert", "random") for each in records(name, quality)]
        for name in ("omar", "bc")
    )
    more = [replace(each, seed=100 + each.seed, score=1e6) for each in records("omar", "expert")]
    fewer = [each for each in bc if (each.quality, each.seed) != ("random", 0)]
    found = over_datasets([Contestant("a", "OMAR", [*omar, *more]), Contestant("a", "BC", fewer)])["a"]
    assert runs_of(found) == {"OMAR": [4, 5], "BC": [4, 5]}
    assert max(runs.max() for runs in found["OMAR"]) < 1e6
    turned = over_datasets([Contestant("a", "OMAR", omar[::-1]), Contestant("a", "BC", fewer[::-1])])["a"]
    assert [runs.tolist() for runs in turned["OMAR"]] == [runs.tolist() for runs in found["OMAR"]]


def test_a_method_without_a_score_on_every_dataset_takes_no_part(records: Make) -> None:
    full = [
        Contestant("a", name, [*records(name, "expert"), *records(name, "random")]) for name in ("omar", "bc")
    ]
    unscored = [replace(each, score=None) for each in records("cql", "random")]
    part = Contestant("a", "cql", [*records("cql", "expert", seeds=1), *unscored])
    assert lengths(*full, part) == {"a": {"omar": [5, 5], "bc": [5, 5]}}
    assert lengths(full[0], part) == {} and lengths(full[0], full[1]._replace(ranking="b")) == {}
