"""One method against another: dataset by dataset where every run has one of its own, else side against side.

The paper gives each seed a dataset, and what a learner returns depends on the policy that recorded it. Runs
that learnt from the same data share that, and their differences are free of it. One online run records every
kind of data of a task and seed: over several kinds it is the runs that are counted, each with its mean.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from omarl.records.record import Record
from omarl.report import statistics
from omarl.report.statistics import Interval, Strata, Verdict

Value = Callable[[Record], float]
Sides = tuple[Sequence[Record], Sequence[Record]]
Pair = tuple[Record, Record]


class Outcome(NamedTuple):
    """By how much the first side ends above the second, and whether that is decided.

    `difference` is the interquartile mean of the differences, see `differences`, or the difference of the
    sides' interquartile means; `probability` is that a run of the first beats one of the second on data of
    the kind; `runs` counts the runs of either side. Where datasets decide, those on shared ones alone count.
    """

    difference: float
    interval: Interval
    verdict: Verdict
    probability: float
    runs: tuple[int, int]


def compare(data: Iterable[Sides], value: Value) -> Outcome:
    """The outcome over one or several kinds of data, with the final records of both sides for each."""
    kinds = list(data)
    pairs = [shared(*sides) for sides in kinds]
    strata = differences(pairs, value)
    paired = all(pairs) and sum(map(len, strata)) >= statistics.FEWEST_PAIRS
    if paired:
        kinds = [tuple(zip(*each, strict=True)) for each in pairs]
    better, worse = ([_values(side, value) for side in sides] for sides in zip(*kinds, strict=True))
    runs = sum(map(len, better)), sum(map(len, worse))
    if paired:
        middle, around, enough = _middle(strata), statistics.paired_interval(strata), True
    else:
        middle, around = _middle(better) - _middle(worse), statistics.difference_interval(better, worse)
        enough = min(runs) >= statistics.FEWEST_RUNS
    return Outcome(
        difference=middle,
        interval=around,
        verdict=statistics.decide(around, enough=enough),
        probability=statistics.probability_of_improvement(better, worse),
        runs=runs,
    )


def shared(one: Sequence[Record], other: Sequence[Record]) -> list[Pair]:
    """The runs of both sides that learnt from the same data, if no side has two runs on the same."""
    ours, theirs = ({record.dataset_hash: record for record in side} for side in (one, other))
    if len(ours) < len(one) or len(theirs) < len(other):
        return []
    return [(record, theirs[data]) for data, record in ours.items() if data in theirs]


def differences(kinds: Sequence[Sequence[Pair]], value: Value) -> Strata:
    """The difference on each dataset; on several kinds of data the mean of each seed's, task by task."""
    found: dict[str, dict[Hashable, list[float]]] = defaultdict(lambda: defaultdict(list))
    for pairs in kinds:
        for one, other in pairs:
            unit = one.seed if len(kinds) > 1 else one.dataset_hash
            found[one.task][unit].append(value(one) - value(other))
    return [np.array([np.mean(each) for each in units.values()]) for units in found.values()]


def _values(records: Iterable[Record], value: Value) -> np.ndarray:
    return np.array([value(record) for record in records])


def _middle(strata: Strata) -> float:
    return float(statistics.interquartile_mean(np.concatenate(strata)))
