"""Gains in percent along the number of agents, worked out by hand."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from omarl.paper.experiment import Cell, Experiment
from omarl.paper.motivating import FIG1C, FIG2, FIG8
from omarl.records.record import Record, append
from omarl.report.judge.bootstrap import contrast_interval
from omarl.report.judge.gains import gain_points, gain_verdicts
from omarl.report.judge.results import Result
from omarl.report.judge.statistics import contrast, slope
from omarl.report.paper_page.reproduction import write_reproduction

NOISE = (-1.0, -0.5, 0.0, 0.5, 1.0)


def result(experiment: Experiment, cell: Cell, returns: dict[int, float], preset: str = "official") -> Result:
    agents = cell.value("agents")
    common = Record(
        experiment=experiment.id,
        task=f"line-spread agents={agents} independent={cell.value('independent') or False}",
        quality=cell.quality,
        algorithm=cell.algorithm,
        critic=cell.critic,
        preset=preset,
        seed=0,
        updates=0,
        return_mean=0.0,
        return_std=1.0,
        score=None,
        score_paper=None,
        episodes=500,
        seconds=1.0,
        device="cpu",
        versions="omarl 0.1.0",
        config_hash=cell.algorithm,
        dataset_hash=str(agents),
    )
    made = [replace(common, seed=seed, return_mean=value) for seed, value in returns.items()]
    return Result(experiment.id, cell, preset, tuple(made))


def cells(experiment: Experiment, algorithm: str) -> list[Cell]:
    return [cell for cell in experiment.cells if cell.algorithm == algorithm]


def learnt(experiment: Experiment, algorithm: str, level) -> list[Result]:
    """Five runs for each number of agents, `level(agents)` percent above a return of 100 but for noise."""
    preset = experiment.presets[0]
    return [
        result(
            experiment,
            cell,
            {seed: 100 + level(cell.value("agents")) + noise for seed, noise in enumerate(NOISE)},
            preset,
        )
        for cell in cells(experiment, algorithm)
    ]


def data(experiment: Experiment) -> list[Result]:
    """Datasets that returned 100."""
    pseudo = dict.fromkeys(cell.behaviour for cell in experiment.cells)
    return [result(experiment, cell, dict.fromkeys(range(5), 100.0), "data") for cell in pseudo]


def test_a_gain_is_worked_out_seed_by_seed() -> None:
    (first, *_), (own, *_) = cells(FIG1C, "cql"), data(FIG1C)
    mine = result(FIG1C, first, {0: 150.0, 1: 90.0, 7: 1.0})
    (gain,) = (claim.less for claim in FIG1C.comparisons)
    assert gain is not None
    (point,) = gain_points(gain, "agents", [mine, own])
    assert (point.label, point.value) == ("MA-CQL over behaviour", 1.0)
    np.testing.assert_allclose(point.percents, [50.0, -10.0])


@pytest.mark.parametrize(
    ("level", "verdict"),
    [
        (lambda n: 60 - 10 * n, "reproduced"),
        (lambda n: 10 * n, "not reproduced"),
        (lambda n: 30, "undecided"),
    ],
)
def test_a_fall_is_judged_by_the_slope(level, verdict: str) -> None:
    (found,) = gain_verdicts(FIG1C, [*learnt(FIG1C, "cql", level), *data(FIG1C)])
    assert found.verdict == verdict
    assert found.difference == pytest.approx(level(1) - level(2))
    assert found.interval.low <= found.difference <= found.interval.high


def test_gains_of_two_experiments_are_compared_at_each_value() -> None:
    offline = [*learnt(FIG2, "cql", lambda n: 0), *learnt(FIG2, "omar", lambda n: 20)]
    online = [*learnt(FIG8, "td3", lambda n: 0), *learnt(FIG8, "omar", lambda n: 40 if n == 3 else 5)]
    found = gain_verdicts(FIG8, [*online, *offline])
    assert [each.place for each in found] == [f"agents={n}" for n in (1, 2, 3, 4, 5)]
    assert [each.verdict for each in found] == [
        "not reproduced" if n == 3 else "reproduced" for n in (1, 2, 3, 4, 5)
    ]
    assert gain_verdicts(FIG8, online) == []


def test_a_single_value_has_no_slope_and_few_seeds_decide_nothing() -> None:
    learners, own = learnt(FIG1C, "cql", lambda n: 60 - 10 * n), data(FIG1C)
    assert gain_verdicts(FIG1C, [*learners[:1], *own]) == []
    fewer = [each._replace(records=each.records[:3]) for each in learners]
    (found,) = gain_verdicts(FIG1C, [*fewer, *own])
    assert found.verdict == "undecided" and found.difference > 0


def test_a_contrast_is_a_weighted_sum_of_interquartile_means() -> None:
    strata = [np.array([0.0, 9.0, 10.0, 11.0, 90.0]), np.array([4.0, 4.0])]
    assert contrast(strata, np.array([1.0, -2.0])) == 10.0 - 8.0
    low, high = contrast_interval(strata, np.array([0.0, 1.0]))
    assert low == high == 4.0
    assert not contrast_interval([np.array([1.0])], np.array([1.0])).known
    np.testing.assert_allclose(slope([1.0, 2.0, 3.0]) @ [5.0, 7.0, 9.0], 2.0)


def test_the_page_shows_gains_and_what_the_data_returned(tmp_path: Path) -> None:
    made = [*learnt(FIG1C, "cql", lambda n: 60 - 10 * n), *data(FIG1C)]
    append(tmp_path / "results" / "fig1c.csv", [record for each in made for record in each.records])
    text = write_reproduction(tmp_path / "results", tmp_path / "page.md").read_text()
    assert re.findall(r"!\[.*?\]\((.*?)\)", text) == ["page/fig1c-gain.svg"]
    assert "| MA-CQL over behaviour | agents=5 | 5 | 10.0 [9.2, 10.8] |" in text
    assert text.count("| behaviour | data | 5 | 100.0 ± 0.0 |") == 5
    assert "| [fig1c](#fig1c) |" in text and "| 6 reproduced | 25 |" in text


def test_scores_are_drawn_beside_the_gains(tmp_path: Path) -> None:
    made = [*learnt(FIG1C, "cql", lambda n: 60 - 10 * n), *data(FIG1C)]
    scored = [replace(record, score=record.return_mean) for each in made for record in each.records]
    append(tmp_path / "results" / "fig1c.csv", scored)
    text = write_reproduction(tmp_path / "results", tmp_path / "page.md").read_text()
    drawn = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert drawn == ["page/fig1c-gain.svg", "page/fig1c-agents-line-spread-medium-replay-official.svg"]
