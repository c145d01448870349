"""Methods ranked over several datasets at once, every dataset with the same weight (Agarwal et al. 2021)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from omarl.paper.cells import PAPER_QUALITIES
from omarl.records.record import Record, last
from omarl.report import names
from omarl.report.judge.bootstrap import bootstrap_interval
from omarl.report.judge.groups import DatasetKey, dataset_key
from omarl.report.judge.statistics import Strata, pooled_middle, probability_of_improvement

Scores = dict[DatasetKey, dict[int, float]]
"""The final scores of a method on each dataset, by seed."""


class Contestant(NamedTuple):
    """The records of a method, and the name of the ranking in which it takes part."""

    ranking: str
    method: str
    records: Iterable[Record]


class Standing(NamedTuple):
    """A method's scores over all datasets, and the probability that the first of the ranking beats it."""

    label: str
    score: str
    beaten: str


def over_datasets(contestants: Iterable[Contestant]) -> dict[str, dict[str, Strata]]:
    """For each ranking the scores of the methods that have some on every dataset, on shared seeds.

    A seed counts on a dataset if all these methods have it there. The scores do not depend on the order of
    the records. Rankings with a single method or dataset, or without shared seeds, are left out.
    """
    known: dict[str, dict[str, Scores]] = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for ranking, method, records in contestants:
        for record in last(records):
            scores = known[ranking][method][dataset_key(record)]
            if record.score is not None:
                scores[record.seed] = record.score
    found = {ranking: _on_shared_seeds(methods) for ranking, methods in known.items()}
    return {ranking: scores for ranking, scores in found.items() if scores}


def _on_shared_seeds(methods: Mapping[str, Scores]) -> dict[str, Strata]:
    datasets = sorted({dataset for scores in methods.values() for dataset in scores}, key=_place)
    complete = {name: known for name, known in methods.items() if all(map(known.get, datasets))}
    if len(datasets) < 2 or len(complete) < 2:
        return {}
    seeds = {
        each: sorted(set.intersection(*(set(known[each]) for known in complete.values())))
        for each in datasets
    }
    if not all(seeds.values()):
        return {}
    return {
        name: [np.array([known[each][seed] for seed in seeds[each]]) for each in datasets]
        for name, known in complete.items()
    }


def _place(dataset: DatasetKey) -> tuple[str, int, str]:
    """The place of a dataset in the order of tasks, and from random data to expert data."""
    worse = (
        PAPER_QUALITIES.index(dataset.quality) if dataset.quality in PAPER_QUALITIES else len(PAPER_QUALITIES)
    )
    return dataset.task, worse, dataset.quality


def standings(scores: Mapping[str, Strata]) -> list[Standing]:
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
