"""Bootstrap confidence intervals of few runs (Agarwal et al. 2021).

Runs are drawn anew within each stratum, so that one task never replaces another. An interval is unknown (NaN)
where a stratum has a single run, because one run says nothing about the spread. Intervals of differences,
which decide verdicts, are `widened`.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, stdtrit

from omarl.report.judge.statistics import UNKNOWN, ConfidenceInterval, Strata, interquartile_mean

Statistic = Callable[[np.ndarray], np.ndarray]

RESAMPLES, SEED = 5000, 0


def _resample(strata: Strata, rng: np.random.Generator) -> list[np.ndarray]:
    """Runs drawn with replacement within each stratum, `[resamples, runs]` for each."""
    return [scores[rng.integers(len(scores), size=(RESAMPLES, len(scores)))] for scores in strata]


def _percentiles(draws: Float[np.ndarray, "draw"], confidence: float) -> ConfidenceInterval:
    """The central range that holds the share `confidence` of the bootstrap distribution."""
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return ConfidenceInterval(float(low), float(high))


def _enough(*sides: Strata) -> bool:
    """Whether every stratum of every side has at least two runs."""
    return all(side and min(map(len, side)) > 1 for side in sides)


def bootstrap_interval(
    strata: Strata, statistic: Statistic = interquartile_mean, *, confidence: float = 0.95
) -> ConfidenceInterval:
    """The stratified percentile bootstrap interval of a statistic of the pooled runs."""
    if not _enough(strata):
        return UNKNOWN
    draws = np.concatenate(_resample(strata, np.random.default_rng(SEED)), axis=1)
    return _percentiles(statistic(draws), confidence)


def widened(strata: Strata, confidence: float = 0.95) -> float:
    """The confidence to ask of the percentile interval of few runs so that it holds with `confidence`.

    The percentile interval is too narrow for two reasons: the spread of n runs that are drawn anew is that of
    the runs times `sqrt((n - 1) / n)`, and its percentiles are those of the normal distribution, not of
    Student's. This is the expanded percentile interval (Hesterberg, "What teachers should know about the
    bootstrap", 2015).
    """
    fewest, freedom = min(map(len, strata)), sum(len(scores) - 1 for scores in strata)
    beyond = math.sqrt(fewest / (fewest - 1)) * stdtrit(freedom, (1 + confidence) / 2)
    return float(1 - 2 * ndtr(-beyond))


def paired_interval(differences: Strata) -> ConfidenceInterval:
    """The widened 95 % interval of the interquartile mean of the differences between paired runs."""
    if not _enough(differences):
        return UNKNOWN
    return bootstrap_interval(differences, confidence=widened(differences))


def difference_interval(better: Strata, worse: Strata) -> ConfidenceInterval:
    """The widened 95 % interval of the difference of interquartile means; each side is resampled alone."""
    if not _enough(better, worse):
        return UNKNOWN
    rng = np.random.default_rng(SEED)
    sides = [interquartile_mean(np.concatenate(_resample(side, rng), axis=1)) for side in (better, worse)]
    return _percentiles(sides[0] - sides[1], widened([*better, *worse]))


def contrast_interval(strata: Strata, weights: Float[np.ndarray, "stratum"]) -> ConfidenceInterval:
    """The widened 95 % interval of `contrast`."""
    if not _enough(strata):
        return UNKNOWN
    draws = [interquartile_mean(scores) for scores in _resample(strata, np.random.default_rng(SEED))]
    return _percentiles(weights @ draws, widened(strata))
