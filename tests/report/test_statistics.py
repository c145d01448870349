import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omarl.report.judge import bootstrap, statistics
from omarl.report.judge.statistics import ConfidenceInterval

runs = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9).map(np.array)


@pytest.mark.parametrize(
    ("scores", "by_hand"),
    [
        ([4.0], 4.0),
        ([1.0, 2.0, 6.0], 3.0),  # a quarter of three is none
        ([0.0, 1.0, 3.0, 100.0], 2.0),
        ([50.0, 1.0, 2.0, 3.0, -50.0], 2.0),
        ([9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -7.0], 3.5),
    ],
)
def test_interquartile_mean_by_hand(scores: list[float], by_hand: float) -> None:
    assert statistics.interquartile_mean(np.array(scores)) == pytest.approx(by_hand)


@given(runs)
def test_interquartile_mean_lies_between_the_extremes_and_ignores_order(scores: np.ndarray) -> None:
    middle = statistics.interquartile_mean(scores)
    assert scores.min() - 1e-9 <= middle <= scores.max() + 1e-9
    assert statistics.interquartile_mean(scores[::-1]) == pytest.approx(middle)


def test_spread_over_runs_by_hand() -> None:
    assert statistics.std(np.array([1.0, 3.0])) == pytest.approx(math.sqrt(2))
    assert math.isnan(statistics.std(np.array([1.0])))


def test_two_runs_have_a_bootstrap_interval_that_is_known_exactly() -> None:
    # Means of two draws from {0, 1}: 0, 1/2, 1 with probability 1/4, 1/2, 1/4.
    two = [np.array([0.0, 1.0])]
    assert bootstrap.bootstrap_interval(two, statistics.mean) == (0.0, 1.0)
    assert bootstrap.bootstrap_interval(two, statistics.mean, confidence=0.4) == (0.5, 0.5)


def test_the_interval_of_a_mean_approaches_the_normal_one() -> None:
    scores = np.random.default_rng(3).normal(size=400)
    low, high = bootstrap.bootstrap_interval([scores], statistics.mean)
    half = 1.96 * scores.std() / math.sqrt(len(scores))
    assert low == pytest.approx(scores.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(scores.mean() + half, abs=0.1 * half)


def test_resampling_keeps_to_the_strata() -> None:
    # Each task's runs agree, so that drawing within a task changes nothing; pooled draws would spread.
    strata = [np.full(3, 0.0), np.full(3, 100.0)]
    assert bootstrap.bootstrap_interval(strata, statistics.mean) == (50.0, 50.0)


@given(runs, st.floats(-10, 10))
def test_an_interval_moves_with_the_scores_and_holds_the_statistic(scores: np.ndarray, shift: float) -> None:
    here, there = bootstrap.bootstrap_interval([scores]), bootstrap.bootstrap_interval([scores + shift])
    assert there == pytest.approx((here.low + shift, here.high + shift), abs=1e-6)
    assert here.low - 1e-9 <= statistics.interquartile_mean(scores) <= here.high + 1e-9


def test_a_single_run_has_no_interval() -> None:
    lonely = [np.array([1.0, 2.0]), np.array([3.0])]
    assert not bootstrap.bootstrap_interval(lonely).known
    assert not bootstrap.difference_interval(lonely, lonely).known
    assert not bootstrap.paired_interval(lonely).known


def test_probability_of_improvement_by_hand() -> None:
    better, worse = [np.array([1.0, 2.0, 3.0])], [np.array([0.0, 2.0])]
    assert statistics.probability_of_improvement(better, worse) == pytest.approx((1 + 1.5 + 2) / 6)
    two_tasks = statistics.probability_of_improvement(
        [np.array([5.0]), np.array([0.0, 0.0])], [np.array([1.0, 2.0]), np.array([1.0])]
    )
    assert two_tasks == pytest.approx(0.5)


@given(runs, runs)
def test_either_side_improves_with_probability_one_together(one: np.ndarray, other: np.ndarray) -> None:
    forth = statistics.probability_of_improvement([one], [other])
    back = statistics.probability_of_improvement([other], [one])
    assert forth + back == pytest.approx(1)


def test_performance_profile_by_hand_weighs_tasks_alike() -> None:
    strata = [np.array([10.0, 50.0]), np.array([20.0, 60.0, 60.0, 80.0])]
    shares = statistics.performance_profile(strata, np.array([0.0, 10.0, 55.0, 100.0]))
    np.testing.assert_allclose(shares, [1.0, 0.75, 0.375, 0.0])


def test_percentiles_of_five_runs_are_widened_as_hesterberg_does() -> None:
    # The root of 5 / 4 times Student's t is 1.1180 * 2.7764 = 3.1042; beyond it the normal has 0.000954.
    five = np.arange(5.0)
    assert bootstrap.widened([five]) == pytest.approx(1 - 2 * 0.000954, abs=2e-5)
    # Two sides have twice the freedom: 1.1180 * 2.3060 = 2.5782, and 0.00497 beyond.
    assert bootstrap.widened([five, five]) == pytest.approx(1 - 2 * 0.00497, abs=5e-5)
    assert bootstrap.widened([np.arange(1000.0)]) == pytest.approx(0.95, abs=1e-3)
    assert bootstrap.paired_interval([five]) == (0.0, 4.0)


@pytest.mark.parametrize(
    ("low", "high", "by_hand"),
    [
        (0.1, 2.0, "reproduced"),
        (-2.0, -0.1, "not reproduced"),
        (-1.0, 1.0, "undecided"),
        (*statistics.UNKNOWN, "undecided"),
    ],
)
def test_an_interval_decides_if_there_are_runs_enough(low: float, high: float, by_hand: str) -> None:
    assert statistics.decide(ConfidenceInterval(low, high), enough=True) == by_hand
    assert statistics.decide(ConfidenceInterval(low, high), enough=False) == "undecided"
