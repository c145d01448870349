"""How much more one method returns than another, in percent, and how that changes along a parameter.

The paper shows its motivating task this way (Figs. 1(c), 2, 8 and 10). A gain is computed seed by seed: the
policy that learnt from dataset k is compared with dataset k and with the other policies that learnt from it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.paper.experiment import Comparison, Experiment, Gain, matches
from omarl.report.judge import statistics
from omarl.report.judge.bootstrap import contrast_interval
from omarl.report.judge.results import Result, comparable
from omarl.report.judge.statistics import ConfidenceInterval, Verdict

Percents = Float[np.ndarray, "seed"]


class GainPoint(NamedTuple):
    """A gain at one value of what is varied, in percent for each seed that both of its sides have."""

    label: str
    along: str
    value: float
    percents: Percents


class GainVerdict(NamedTuple):
    """The verdict on a claim about gains, and the difference that was measured, in `unit`."""

    place: str
    statement: str
    verdict: Verdict
    difference: float
    interval: ConfidenceInterval
    unit: str


def gain_points(gain: Gain, along: str, results: Sequence[Result]) -> list[GainPoint]:
    """A gain at each value of a parameter at which both sides have runs of the same seed."""
    pairs = [
        (of, over)
        for of in results
        for over in results
        if matches(of.cell, gain.of) and matches(over.cell, gain.over) and comparable(of, over)
    ]
    found = {float(of.cell.value(along)): _percents(of.returns, over.returns) for of, over in pairs}
    return [GainPoint(gain.label, along, value, found[value]) for value in sorted(found) if found[value].size]


def _percents(returns: Mapping[int, float], others: Mapping[int, float]) -> Percents:
    """By how many percent the return of each seed exceeds the other side's."""
    return np.array([100 * (returns[seed] / others[seed] - 1) for seed in sorted({*returns} & {*others})])


def claimed_gains(experiment: Experiment, results: Sequence[Result]) -> list[GainPoint]:
    """Every gain that the experiment makes claims about, at each value."""
    gains = {
        gain.label: (gain, claim.along)
        for claim in experiment.comparisons
        for gain in (claim.more, claim.less)
        if gain is not None
    }
    return [point for gain, along in gains.values() for point in gain_points(gain, along, results)]


def gain_verdicts(experiment: Experiment, results: Sequence[Result]) -> list[GainVerdict]:
    """The verdicts on the experiment's claims about gains that have runs."""
    return [verdict for claim in experiment.comparisons for verdict in _judged(claim, results)]


def _judged(claim: Comparison, results: Sequence[Result]) -> list[GainVerdict]:
    """One verdict on the slope, or one at each value on the level."""
    signed = [(gain, sign) for gain, sign in ((claim.more, 1.0), (claim.less, -1.0)) if gain is not None]
    sides = [(gain_points(gain, claim.along, results), sign) for gain, sign in signed]
    return _levels(claim, sides) if claim.by == "level" else _slope(claim, sides)


def _levels(claim: Comparison, sides: Sequence[tuple[list[GainPoint], float]]) -> list[GainVerdict]:
    common = set.intersection(*({point.value for point in side} for side, _ in sides))
    weighted = [(point, sign) for side, sign in sides for point in side]
    return [
        _verdict(
            claim, f"{claim.along}={value:g}", "%", [each for each in weighted if each[0].value == value]
        )
        for value in sorted(common)
    ]


def _slope(claim: Comparison, sides: Sequence[tuple[list[GainPoint], float]]) -> list[GainVerdict]:
    if min(len(side) for side, _ in sides) < 2:
        return []
    weighted = [
        (point, sign * weight)
        for side, sign in sides
        for point, weight in zip(side, statistics.slope([point.value for point in side]), strict=True)
    ]
    return [_verdict(claim, f"along {claim.along}", f"% for {claim.along} + 1", weighted)]


def _verdict(
    claim: Comparison, place: str, unit: str, weighted: Sequence[tuple[GainPoint, float]]
) -> GainVerdict:
    """The verdict on the claim that a weighted sum is positive; each of its means needs enough runs."""
    strata = [point.percents for point, _ in weighted]
    weights = np.array([weight for _, weight in weighted])
    interval = contrast_interval(strata, weights)
    needed = statistics.FEWEST_PAIRS if len(strata) == 1 else statistics.FEWEST_RUNS
    verdict = statistics.decide(interval, enough=min(map(len, strata)) >= needed)
    return GainVerdict(place, claim.statement, verdict, statistics.contrast(strata, weights), interval, unit)
