"""One method against another, dataset by dataset if every run has one of its own, else side against side.

The paper gives each seed a dataset, and what a learner returns depends on the policy that recorded it. The
difference between two runs that learnt from the same data is free of that. One online run records all kinds
of data of a task and seed, so over several kinds a seed counts once, with the mean of its differences.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from omarl.records.record import Record
from omarl.report.judge import statistics
from omarl.report.judge.bootstrap import difference_interval, paired_interval
from omarl.report.judge.statistics import ConfidenceInterval, Strata, Verdict

Value = Callable[[Record], float]
Opponents = tuple[Sequence[Record], Sequence[Record]]
"""The final records of both sides on one kind of data."""
Pair = tuple[Record, Record]


class Outcome(NamedTuple):
    """By how much the first side ends above the second, and whether that is decided.

    `difference` is the interquartile mean of the differences (see `differences`), or the difference of the
    sides' interquartile means. `probability` is that of a run of the first side beating one of the second on
    the same kind of data. `runs` counts the runs of each side; in a comparison dataset by dataset only runs
    on shared datasets count.
    """

    difference: float
    interval: ConfidenceInterval
    verdict: Verdict
    probability: float
    runs: tuple[int, int]


def compare(data: Iterable[Opponents], value: Value) -> Outcome:
    """The outcome over one or several kinds of data."""
    kinds = list(data)
    pairs = [shared(*sides) for sides in kinds]
    strata = differences(pairs, value)
    paired = all(pairs) and sum(map(len, strata)) >= statistics.FEWEST_PAIRS
    if paired:
        kinds = [tuple(zip(*each, strict=True)) for each in pairs]
    better, worse = ([_values(side, value) for side in sides] for sides in zip(*kinds, strict=True))
    runs = sum(map(len, better)), sum(map(len, worse))
    if paired:
        middle, around, enough = statistics.pooled_middle(strata), paired_interval(strata), True
    else:
        middle = statistics.pooled_middle(better) - statistics.pooled_middle(worse)
        around, enough = difference_interval(better, worse), min(runs) >= statistics.FEWEST_RUNS
    return Outcome(
        difference=middle,
        interval=around,
        verdict=statistics.decide(around, enough=enough),
        probability=statistics.probability_of_improvement(better, worse),
        runs=runs,
    )


def shared(one: Sequence[Record], other: Sequence[Record]) -> list[Pair]:
    """The runs of both sides on the same data, paired; none if a side has two runs on the same data."""
    ours, theirs = ({record.dataset_hash: record for record in side} for side in (one, other))
    if len(ours) < len(one) or len(theirs) < len(other):
        return []
    return [(record, theirs[data]) for data, record in ours.items() if data in theirs]


def differences(kinds: Sequence[Sequence[Pair]], value: Value) -> Strata:
    """The differences task by task: one for each dataset, or with several kinds of data one for each seed."""
    found: dict[str, dict[Hashable, list[float]]] = defaultdict(lambda: defaultdict(list))
    for pairs in kinds:
        for one, other in pairs:
            unit = one.seed if len(kinds) > 1 else one.dataset_hash
            found[one.task][unit].append(value(one) - value(other))
    return [np.array([np.mean(each) for each in units.values()]) for units in found.values()]


def _values(records: Iterable[Record], value: Value) -> np.ndarray:
    return np.array([value(record) for record in records])
