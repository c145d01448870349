"""Statistics of few runs, as Agarwal et al. define them ("The edge of the statistical precipice", 2021).

Scores come as *strata*: for each task or dataset one array with one number per run.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

Strata = Sequence[Float[np.ndarray, "_"]]
Verdict = Literal["reproduced", "not reproduced", "undecided"]

FEWEST_RUNS = 4
"""A comparison of two samples needs so many runs on each side. By chance alone all runs of one side lie above
those of the other one time in 10 with 3 runs a side, and one time in 35 with 4."""
FEWEST_PAIRS = 5
"""A comparison of pairs needs so many differences. By chance alone all have the same sign one time in 8 with
4 differences, and one time in 16 with 5."""


class ConfidenceInterval(NamedTuple):
    """A range that holds the true value with the stated confidence; NaN where it is unknown."""

    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there were enough runs to compute it."""
        return not math.isnan(self.low)


UNKNOWN = ConfidenceInterval(math.nan, math.nan)


def mean(scores: Float[np.ndarray, "... run"]) -> Float[np.ndarray, "..."]:
    """The mean over runs."""
    return np.asarray(scores.mean(-1))


def std(scores: Float[np.ndarray, "run"]) -> float:
    """The standard deviation over runs (dividing by runs - 1); NaN for a single run."""
    return float(scores.std(ddof=1)) if len(scores) > 1 else math.nan


def interquartile_mean(scores: Float[np.ndarray, "... run"]) -> Float[np.ndarray, "..."]:
    """The mean of the middle half: a quarter of the runs, rounded down, is left out at each end."""
    cut = scores.shape[-1] // 4
    return mean(np.sort(scores, axis=-1)[..., cut : scores.shape[-1] - cut])


def pooled_middle(strata: Strata) -> float:
    """The interquartile mean of the runs of all strata together."""
    return float(interquartile_mean(np.concatenate(strata)))


def _wins(
    better: Float[np.ndarray, "... run"], worse: Float[np.ndarray, "... other"]
) -> Float[np.ndarray, "..."]:
    """The share of pairs of runs that the first side wins; a tie is half a win (Mann-Whitney statistic)."""
    ahead = better[..., :, None] - worse[..., None, :]
    return np.asarray(((np.sign(ahead) + 1) / 2).mean((-2, -1)))


def probability_of_improvement(better: Strata, worse: Strata) -> float:
    """The probability that a run of `better` beats one of `worse` on the same task, averaged over tasks."""
    return float(np.mean([_wins(one, other) for one, other in zip(better, worse, strict=True)]))


def performance_profile(
    strata: Strata, thresholds: Float[np.ndarray, "threshold"]
) -> Float[np.ndarray, "threshold"]:
    """The share of runs whose score exceeds each threshold; every task has the same weight."""
    shares = [(scores[:, None] > thresholds).mean(0) for scores in strata]
    return np.mean(shares, axis=0)


def contrast(strata: Strata, weights: Float[np.ndarray, "stratum"]) -> float:
    """The weighted sum of the strata's interquartile means."""
    return float(weights @ [interquartile_mean(scores) for scores in strata])


def slope(values: Sequence[float]) -> Float[np.ndarray, "value"]:
    """The weights by which the means at these values add up to the slope of their least-squares line."""
    centred = np.asarray(values, dtype=float) - np.mean(values)
    return centred / (centred @ centred)


def decide(difference: ConfidenceInterval, *, enough: bool) -> Verdict:
    """What an interval says about the claim that a difference is positive.

    The claim is reproduced where the interval lies above zero and not reproduced where it lies below. It is
    undecided where the interval holds zero, is unknown, or comes from too few runs (`enough` is false).
    """
    if not difference.known or not enough:
        return "undecided"
    if difference.low > 0:
        return "reproduced"
    return "not reproduced" if difference.high < 0 else "undecided"
