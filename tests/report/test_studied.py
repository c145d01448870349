"""Verdicts on the claims that no table of runs decides."""

import pytest

from omarl.paper.studies import STUDIES
from omarl.report.judge.studied import JUDGES, study_verdicts


def means(seed: int, cql: float, omar: float) -> list[dict[str, str]]:
    values = {"mean before": 1.0, "mean cql": cql, "mean omar": omar, "mean best": 2.0, "landscape": 0.0}
    return [{"kind": kind, "seed": str(seed), "action": "0", "value": str(v)} for kind, v in values.items()]


def test_every_study_is_judged() -> None:
    assert set(JUDGES) == set(STUDIES)


def test_one_problem_refutes_a_bound_and_unsolved_ones_say_nothing() -> None:
    rows = [
        {"reading": reading, "holds": holds, "solved": solved}
        for reading, holds, solved in [
            ("a", "1.0", "1.0"),
            ("a", "nan", "0.0"),
            ("b", "1.0", "1.0"),
            ("b", "0.999", "0.5"),
        ]
    ]
    assert [each.verdict for each in study_verdicts("theorem1", rows)] == ["reproduced", "not reproduced"]


@pytest.mark.parametrize(
    ("least", "most", "verdict"),
    [("0.01", "0.04", "reproduced"), ("0.01", "0.06", "undecided"), ("0.3", "0.5", "not reproduced")],
)
def test_the_overhead_is_judged_by_its_range(least: str, most: str, verdict: str) -> None:
    row = {"algorithm": "omar", "over_cql": "0.04", "over_cql_least": least, "over_cql_most": most}
    (found,) = study_verdicts("runtime", [{"algorithm": "cql"}, row])
    assert found.verdict == verdict and found.measured.startswith("4 % (")


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0.1, "reproduced"), (-0.1, "not reproduced"), (0.0, "undecided")]
)
def test_an_escape_is_judged_critic_by_critic(ahead: float, verdict: str) -> None:
    rows = [row for seed in range(5) for row in means(seed, 1.0 + seed, 1.0 + seed + ahead * (1 + seed))]
    (found,) = study_verdicts("fig1d", rows)
    assert found.verdict == verdict and "worth 1.000 more" in found.measured
    assert study_verdicts("fig1d", rows[:10])[0].verdict == "undecided"
