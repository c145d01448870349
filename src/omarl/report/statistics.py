"""Statistics of few runs, as Agarwal et al. define them ("The edge of the statistical precipice", 2021).

Scores come as *strata*: one array per task (or dataset) with one number per run. Resampling keeps to the
strata, so that a task never stands in for another. An interval is unknown (NaN) where a stratum has a single
run: one run says nothing about the spread. Intervals of differences, from which verdicts come, are `widened`.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, stdtrit

Strata = Sequence[Float[np.ndarray, "_"]]
Statistic = Callable[[np.ndarray], np.ndarray]
Verdict = Literal["reproduced", "not reproduced", "undecided"]

RESAMPLES = 5000
FEWEST_RUNS = 4
"""Runs a side below which samples part by chance too often: 3 against 3 one time in ten, 4 one in 35."""
FEWEST_PAIRS = 5
"""Differences below which all have one sign by chance too often: 4 one time in eight, 5 one in 16."""


class Interval(NamedTuple):
    """A range that holds the true value with the stated confidence; NaN where it is unknown."""

    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there were enough runs to tell."""
        return not math.isnan(self.low)


UNKNOWN = Interval(math.nan, math.nan)


def mean(scores: Float[np.ndarray, "... run"]) -> Float[np.ndarray, "..."]:
    """The mean over runs."""
    return np.asarray(scores.mean(-1))


def std(scores: Float[np.ndarray, "run"]) -> float:
    """The standard deviation over runs (dividing by runs - 1); NaN of a single run."""
    return float(scores.std(ddof=1)) if len(scores) > 1 else math.nan


def interquartile_mean(scores: Float[np.ndarray, "... run"]) -> Float[np.ndarray, "..."]:
    """The mean of the middle half: a quarter of the runs, rounded down, is left out at either end."""
    cut = scores.shape[-1] // 4
    return mean(np.sort(scores, axis=-1)[..., cut : scores.shape[-1] - cut])


def _resample(strata: Strata, rng: np.random.Generator) -> list[np.ndarray]:
    """Runs drawn with replacement within each stratum, `[resamples, runs]` for each."""
    return [scores[rng.integers(len(scores), size=(RESAMPLES, len(scores)))] for scores in strata]


def _percentiles(draws: Float[np.ndarray, "draw"], confidence: float) -> Interval:
    """The middle of the bootstrap distribution that holds `confidence` of it."""
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def _enough(*sides: Strata) -> bool:
    """Whether every stratum of every side has at least two runs."""
    return all(side and min(map(len, side)) > 1 for side in sides)


def interval(
    strata: Strata, statistic: Statistic = interquartile_mean, *, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """The stratified percentile bootstrap interval of a statistic of the pooled runs."""
    if not _enough(strata):
        return UNKNOWN
    draws = np.concatenate(_resample(strata, np.random.default_rng(seed)), axis=1)
    return _percentiles(statistic(draws), confidence)


def widened(strata: Strata, confidence: float = 0.95) -> float:
    """The confidence to ask of the percentile interval of few runs so that it holds with `confidence`.

    That interval is too narrow twice: the spread of n runs that are drawn anew is that of the runs times
    `sqrt((n - 1) / n)`, and its percentiles take the normal distribution's place for Student's. This is the
    expanded percentile interval (Hesterberg, "What teachers should know about the bootstrap", 2015).
    """
    fewest, freedom = min(map(len, strata)), sum(len(scores) - 1 for scores in strata)
    beyond = math.sqrt(fewest / (fewest - 1)) * stdtrit(freedom, (1 + confidence) / 2)
    return float(1 - 2 * ndtr(-beyond))


def paired_interval(
    differences: Strata,
    statistic: Statistic = interquartile_mean,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The widened interval of a statistic of the differences of runs that belong together."""
    if not _enough(differences):
        return UNKNOWN
    return interval(differences, statistic, confidence=widened(differences, confidence), seed=seed)


def difference_interval(
    better: Strata,
    worse: Strata,
    statistic: Statistic = interquartile_mean,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The widened interval of `statistic(better) - statistic(worse)`, either side resampled by itself."""
    if not _enough(better, worse):
        return UNKNOWN
    rng = np.random.default_rng(seed)
    sides = [statistic(np.concatenate(_resample(side, rng), axis=1)) for side in (better, worse)]
    return _percentiles(sides[0] - sides[1], widened([*better, *worse], confidence))


def _wins(
    better: Float[np.ndarray, "... run"], worse: Float[np.ndarray, "... other"]
) -> Float[np.ndarray, "..."]:
    """The share of pairs that the first side wins; a tie is half a win (the Mann-Whitney statistic)."""
    ahead = better[..., :, None] - worse[..., None, :]
    return np.asarray(((np.sign(ahead) + 1) / 2).mean((-2, -1)))


def probability_of_improvement(better: Strata, worse: Strata) -> float:
    """How probably a run of `better` beats one of `worse` on the same task; the mean over tasks."""
    return float(np.mean([_wins(one, other) for one, other in zip(better, worse, strict=True)]))


def improvement_interval(
    better: Strata, worse: Strata, *, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """The stratified bootstrap interval of `probability_of_improvement`."""
    if not _enough(better, worse):
        return UNKNOWN
    rng = np.random.default_rng(seed)
    pairs = zip(_resample(better, rng), _resample(worse, rng), strict=True)
    return _percentiles(np.mean([_wins(one, other) for one, other in pairs], axis=0), confidence)


def performance_profile(
    strata: Strata, thresholds: Float[np.ndarray, "threshold"]
) -> Float[np.ndarray, "threshold"]:
    """The share of runs whose score exceeds each threshold; every task weighs the same."""
    shares = [(scores[:, None] > thresholds).mean(0) for scores in strata]
    return np.mean(shares, axis=0)


def contrast(strata: Strata, weights: Float[np.ndarray, "stratum"]) -> float:
    """The weighted sum of the strata's interquartile means."""
    return float(weights @ [interquartile_mean(scores) for scores in strata])


def contrast_interval(
    strata: Strata, weights: Float[np.ndarray, "stratum"], *, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """The widened stratified bootstrap interval of `contrast`."""
    if not _enough(strata):
        return UNKNOWN
    draws = [interquartile_mean(scores) for scores in _resample(strata, np.random.default_rng(seed))]
    return _percentiles(weights @ draws, widened(strata, confidence))


def slope(values: Sequence[float]) -> Float[np.ndarray, "value"]:
    """The weights that make of the means at these values the slope of the least-squares line through them."""
    centred = np.asarray(values, dtype=float) - np.mean(values)
    return centred / (centred @ centred)


def decide(difference: Interval, *, enough: bool) -> Verdict:
    """What an interval says of the claim that a difference is positive.

    The claim is reproduced where the interval lies above zero, not reproduced where it lies below, and
    undecided where it holds zero, is unknown, or rests on too few runs: not `enough`.
    """
    if not difference.known or not enough:
        return "undecided"
    if difference.low > 0:
        return "reproduced"
    return "not reproduced" if difference.high < 0 else "undecided"
