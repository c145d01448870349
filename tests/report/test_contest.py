"""As a script: how often a contest is decided, by the spread between datasets and by the true difference."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter

import numpy as np
import pytest

from omarl.records.record import Record
from omarl.report.judge.contest import Outcome, compare, differences, shared

RETURN = attrgetter("return_mean")


def runs(returns: Iterable[float], data: str = "own") -> list[Record]:
    """Final records with these returns, each on a dataset of its own or all on the one that is named."""
    return [
        Record(
            experiment="demo",
            task="spread",
            quality="expert",
            algorithm="omar",
            critic="decentralised",
            preset="paper",
            seed=seed,
            updates=2000,
            return_mean=float(value),
            return_std=90.0,
            score=None,
            score_paper=None,
            episodes=500,
            seconds=20.0,
            device="cpu",
            versions="omarl 0.1.0",
            config_hash="0f1e2d3c",
            dataset_hash=f"data-{seed}" if data == "own" else data,
        )
        for seed, value in enumerate(returns)
    ]


def test_runs_on_the_same_datasets_are_compared_dataset_by_dataset() -> None:
    of_data = np.array([200.0, 500.0, 210.0, 480.0, 300.0])
    better, worse = runs(of_data + np.array([9, 10, 11, 12, 80])), runs(of_data)
    found = compare([(better, worse[::-1])], RETURN)
    assert found.verdict == "reproduced" and found.runs == (5, 5)
    assert found.difference == 11.0 and found.interval == (9.0, 80.0)
    assert found.probability == pytest.approx(15 / 25)  # side against side most of it is the data
    turned = compare([(worse, better)], RETURN)
    assert turned.verdict == "not reproduced" and turned.difference == -11.0


def test_runs_on_data_that_the_other_side_does_not_have_count_for_nothing() -> None:
    five = runs([1.0, 2.0, 3.0, 4.0, 5.0])
    assert compare([(runs([2.0, 3.0, 4.0, 5.0, 6.0, 99.0]), five)], RETURN) == compare(
        [(runs([2.0, 3.0, 4.0, 5.0, 6.0]), five)], RETURN
    )


@pytest.mark.parametrize(
    ("better", "worse", "by_hand"),
    [
        ([5.0, 6.0, 7.0, 8.0], [1.0, 2.0, 3.0, 4.0], "reproduced"),
        ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], "not reproduced"),
        ([1.0, 4.0, 6.0, 8.0], [2.0, 3.0, 5.0, 7.0], "undecided"),
        ([5.0, 6.0, 7.0], [1.0, 2.0, 3.0], "undecided"),  # three runs part by chance one time in ten
        ([5.0], [1.0], "undecided"),
    ],
)
@pytest.mark.parametrize("data", ["one for all", "own"])  # four differences are too few to go by
def test_runs_on_one_dataset_are_compared_side_against_side(
    better: list[float], worse: list[float], by_hand: str, data: str
) -> None:
    found = compare([(runs(better, data), runs(worse, data))], RETURN)
    assert found.verdict == by_hand and found.runs == (len(better), len(worse))
    assert found.difference == pytest.approx(np.median(better) - np.median(worse))


def test_only_runs_that_share_a_dataset_are_pairs_and_none_where_it_is_not_clear_which() -> None:
    six, five = runs(range(6)), runs(range(5))
    assert [(one.seed, other.seed) for one, other in shared(six, five)] == [(seed, seed) for seed in range(5)]
    assert shared([*six, six[0]], five) == [] and shared(six, [*five, five[0]]) == []


def test_over_kinds_of_data_the_seeds_of_each_task_are_counted() -> None:
    kinds = [(runs(start + np.arange(5.0)), runs(np.arange(5.0))) for start in (3.0, 5.0)]
    assert compare(kinds, RETURN).difference == 4.0
    assert compare(kinds, RETURN).runs == (10, 10)
    pairs = [shared(*sides) for sides in kinds]
    assert [each.tolist() for each in differences(pairs, RETURN)] == [[4.0] * 5]
    pairs[1] = [(replace(one, task="tag"), other) for one, other in pairs[1]]
    assert [each.tolist() for each in differences(pairs, RETURN)] == [[3.0] * 5, [5.0] * 5]


def test_over_kinds_of_data_from_the_same_policies_verdicts_err_seldom() -> None:
    rng = np.random.default_rng(1)
    noise, of_policy = rng.normal(size=(300, 4, 5)), rng.normal(size=(300, 1, 5))
    found = [
        compare([(runs(one), runs(np.zeros(5))) for one in kinds], RETURN).verdict
        for kinds in noise + 2 * of_policy
    ]
    assert len(found) - found.count("undecided") < 0.12 * 300  # counting every dataset it is one in four


def drawn(data: float, ahead: float, times: int, contest: Callable[..., Outcome] = compare) -> list[str]:
    """Verdicts on five runs a side whose returns have a spread of 1, on datasets with a spread of `data`."""
    rng = np.random.default_rng(1)
    shifts = data * rng.normal(size=(times, 5))
    sides = rng.normal(size=(2, times, 5)) + shifts + ahead * np.array([1, 0])[:, None, None]
    return [contest([(runs(one), runs(other))], RETURN).verdict for one, other in zip(*sides, strict=True)]


@pytest.mark.parametrize("data", [0.0, 3.0])
def test_verdicts_err_seldom_and_see_what_is_there(data: float) -> None:
    by_chance = [verdict != "undecided" for verdict in drawn(data, ahead=0, times=300)]
    assert sum(by_chance) < 0.09 * 300  # with plain percentiles it is one in ten
    assert drawn(data, ahead=3, times=50).count("reproduced") > 40


def side_by_side(strata: list[tuple[list[Record], list[Record]]], value: Callable[..., float]) -> Outcome:
    """The contest of runs whose datasets are not known."""
    (sides,) = strata
    one, other = ([replace(run, dataset_hash="one") for run in side] for side in sides)
    return compare([(one, other)], value)


if __name__ == "__main__":
    for data in (0.0, 1.0, 3.0):
        shares = [
            f"{sum(verdict != 'undecided' for verdict in drawn(data, ahead, 2000, way)) / 20:.0f}"
            for ahead in (0.0, 1.0, 2.0)
            for way in (compare, side_by_side)
        ]
        print(f"| {data:g} | {' | '.join(shares)} |")
