"""Methods over several datasets at once, every dataset weighing the same (Agarwal et al. 2021)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.report import names
from omarl.report.judge.bootstrap import bootstrap_interval
from omarl.report.judge.statistics import Strata, pooled_middle, probability_of_improvement

Scores = dict[str, dict[str, Float[np.ndarray, "run"] | None]]
"""The final scores of each method's runs on each dataset; None where there are none."""


class Standing(NamedTuple):
    """A method's scores over all datasets, and how probably the first of the ranking beats it."""

    label: str
    score: str
    beaten: str


def complete(scores: Scores) -> dict[str, Strata]:
    """The methods that were scored on every dataset; nothing if that is a single dataset or method."""
    places = dict.fromkeys(place for known in scores.values() for place in known)
    found: dict[str, Strata] = {}
    for label, known in scores.items():
        strata = [values for place in places if (values := known.get(place)) is not None]
        if len(strata) == len(places):
            found[label] = strata
    return found if len(places) > 1 and len(found) > 1 else {}


def ranking(scores: Mapping[str, Strata]) -> list[Standing]:
    """The methods by their interquartile mean, best first."""
    middles = {label: pooled_middle(strata) for label, strata in scores.items()}
    order = sorted(scores, key=lambda label: -middles[label])
    return [
        Standing(
            label,
            names.with_interval(middles[label], *bootstrap_interval(scores[label])),
            "–"
            if label == order[0]
            else f"{probability_of_improvement(scores[order[0]], scores[label]):.2f}",
        )
        for label in order
    ]
