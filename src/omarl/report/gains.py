"""How much more one method returns than another, in percent, and what becomes of that along a parameter.

The paper shows its motivating task this way (Figs. 1(c), 2, 8 and 10). A gain is worked out seed by seed, so
that the policy that learnt from dataset k is compared with dataset k and with what others learnt from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.paper.experiment import Comparison, Experiment, Gain, matches
from omarl.report import names, statistics, tables
from omarl.report.comparison import Result, comparable
from omarl.report.statistics import Interval, Verdict

Percents = Float[np.ndarray, "seed"]


class Point(NamedTuple):
    """A gain at one value of what is varied, one number for each seed that both of its sides have."""

    label: str
    along: str
    value: float
    percents: Percents


class Finding(NamedTuple):
    """A claim about gains beside what was measured, in `unit`."""

    place: str
    statement: str
    verdict: Verdict
    difference: float
    interval: Interval
    unit: str


def measured(gain: Gain, along: str, results: Sequence[Result]) -> list[Point]:
    """A gain at each value of a parameter at which both sides have runs of the same seed."""
    pairs = [
        (of, over)
        for of in results
        for over in results
        if matches(of.cell, gain.of) and matches(over.cell, gain.over) and comparable(of, over)
    ]
    found = {float(of.cell.value(along)): _percents(of.returns, over.returns) for of, over in pairs}
    return [Point(gain.label, along, value, found[value]) for value in sorted(found) if found[value].size]


def _percents(returns: Mapping[int, float], others: Mapping[int, float]) -> Percents:
    """By how many percent each seed's return exceeds the other's."""
    return np.array([100 * (returns[seed] / others[seed] - 1) for seed in sorted({*returns} & {*others})])


def followed(experiment: Experiment, results: Sequence[Result]) -> list[Point]:
    """Every gain that the experiment's claims are about, at each value."""
    gains = {
        gain.label: (gain, claim.along)
        for claim in experiment.comparisons
        for gain in (claim.more, claim.less)
        if gain is not None
    }
    return [point for gain, along in gains.values() for point in measured(gain, along, results)]


def findings(experiment: Experiment, results: Sequence[Result]) -> list[Finding]:
    """The verdicts on the experiment's claims about gains, as far as there are runs."""
    return [finding for claim in experiment.comparisons for finding in _judged(claim, results)]


def _judged(claim: Comparison, results: Sequence[Result]) -> list[Finding]:
    """One finding on the slope, or one on the level at each value."""
    signed = [(gain, sign) for gain, sign in ((claim.more, 1.0), (claim.less, -1.0)) if gain is not None]
    sides = [(measured(gain, claim.along, results), sign) for gain, sign in signed]
    if claim.by == "level":
        common = set.intersection(*({point.value for point in side} for side, _ in sides))
        weighted = [(point, sign) for side, sign in sides for point in side]
        return [
            _finding(
                claim, f"{claim.along}={value:g}", "%", [each for each in weighted if each[0].value == value]
            )
            for value in sorted(common)
        ]
    if min(len(side) for side, _ in sides) < 2:
        return []
    sloped = [
        (point, sign * weight)
        for side, sign in sides
        for point, weight in zip(side, statistics.slope([point.value for point in side]), strict=True)
    ]
    return [_finding(claim, f"along {claim.along}", f"% for {claim.along} + 1", sloped)]


def _finding(claim: Comparison, place: str, unit: str, weighted: Sequence[tuple[Point, float]]) -> Finding:
    """The verdict on a weighted sum being positive, if none of its means rests on too few runs."""
    strata = [point.percents for point, _ in weighted]
    weights = np.array([weight for _, weight in weighted])
    interval = statistics.contrast_interval(strata, weights)
    needed = statistics.FEWEST_PAIRS if len(strata) == 1 else statistics.FEWEST_RUNS
    verdict = statistics.decide(interval, enough=min(map(len, strata)) >= needed)
    difference = statistics.contrast(strata, weights)
    return Finding(place, claim.statement, verdict, difference, interval, unit)


def verdict_row(each: Finding) -> tuple[str, ...]:
    """A line of the table of verdicts, below `comparison.VERDICT_HEADER`; the paper prints no numbers."""
    difference = names.interval(each.difference, *each.interval)
    return each.place, "", each.statement, each.verdict, difference, each.unit, "–", "–"


def markdown(points: Iterable[Point]) -> str:
    """The gains in Markdown, a line for each value of what is varied."""
    rows = [
        (each.label, f"{each.along}={each.value:g}", str(len(each.percents)), _middle(each.percents))
        for each in points
    ]
    return tables.markdown_table(("gain", "at", "seeds", "%, IQM [95 %]"), rows, left=2)


def _middle(percents: Percents) -> str:
    middle = float(statistics.interquartile_mean(percents))
    return names.interval(middle, *statistics.interval([percents]))
