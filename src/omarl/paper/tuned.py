"""The rule that chooses the preset `tuned` from the records of its search (see `paper.tuning`)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from omarl.paper.cells import grid
from omarl.paper.experiment import Experiment, Pairs
from omarl.paper.tuning import (
    MARGIN,
    NETWORKS,
    STRENGTHS,
    TUNING_NETWORKS,
    TUNING_STRENGTH,
    Strength,
    overrides,
)
from omarl.records.record import BEHAVIOUR, Record
from omarl.types import TaskId

Found = Mapping[tuple[str, str, str, str], Record]
"""The last record of each run by task, learner, kind of data and label of the preset."""


def last_of_each(records: Iterable[Record]) -> Found:
    """The last record of each run of a search."""
    return {
        (TaskId.parse(r.task).name, r.algorithm, r.quality, r.preset): r
        for r in sorted(records, key=lambda record: record.updates)
        if r.algorithm != BEHAVIOUR
    }


def best_network(found: Found, task: str, algorithm: str, quality: str) -> tuple[str, float]:
    """The normalisation and learning rate with the best score, each with the strength that suits it.

    The first of `NETWORKS` is kept unless another is better by more than `MARGIN` points.
    """
    scores = {network: best_score(found, task, algorithm, quality, network) for network in NETWORKS}
    first, best = NETWORKS[0], max(NETWORKS, key=lambda network: scores[network])
    return best if scores[best] > scores[first] + MARGIN else first


def best_score(found: Found, task: str, algorithm: str, quality: str, network: tuple[str, float]) -> float:
    """The best score with this network over all strengths that were tried."""
    return best_record(found, task, algorithm, quality, network).score or 0.0


def best_record(found: Found, task: str, algorithm: str, quality: str, network: tuple[str, float]) -> Record:
    """The record with that score, among the network alone and with every strength that was tried."""
    strengths = [tried for tried in STRENGTHS if tried.algorithm == algorithm]
    cells = grid([task], [quality], [algorithm], overrides=overrides(network))
    cells += tuple(cell for each in strengths for cell in each.cells([task], [quality], overrides(network)))
    (preset,) = TUNING_NETWORKS.presets
    tried = [found.get((task, algorithm, quality, cell.label(preset))) for cell in cells]
    return max((record for record in tried if record is not None), key=lambda record: record.score or 0.0)


def best_value(found: Found, tried: Strength, task: str, quality: str) -> float:
    """The value of the option that returned most on this kind of data, with the network chosen before."""
    return max(tried.values, key=lambda value: return_with(found, tried, task, quality, value))


def return_with(found: Found, tried: Strength, task: str, quality: str, value: float) -> float:
    """The return with this value of the option."""
    (preset,) = TUNING_STRENGTH.presets
    (cell,) = tried._replace(values=(value,)).cells([task], [quality])
    return found[task, tried.algorithm, quality, cell.label(preset)].return_mean


def best_in_battles(search: Experiment, records: Iterable[Record], algorithm: str) -> Pairs:
    """The first options of a learner with which it returned most in the second half of its run.

    A policy without noise wins nearly all battles or nearly none, and changes from the one to the other
    between evaluations. So the last evaluation alone says little, and those of the second half are averaged.
    """
    (preset,) = search.presets
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.algorithm == algorithm:
            found[record.preset].append(record)
    cells = [cell for cell in search.cells if cell.algorithm == algorithm]
    return max(cells, key=lambda cell: later_return(found[cell.label(preset)])).overrides


def later_return(records: Sequence[Record]) -> float:
    """The mean return of a run over the evaluations after half of its updates or more."""
    end = max(record.updates for record in records)
    return fmean(record.return_mean for record in records if 2 * record.updates >= end)
