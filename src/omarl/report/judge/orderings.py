"""The verdict on each ordering that an experiment claims, on every dataset and over several together."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from omarl.paper.experiment import Ordering, matches
from omarl.records.record import Record
from omarl.report.judge.claims import Claim, Judgement, judge_claim
from omarl.report.judge.measure import measure_of
from omarl.report.judge.results import Result, comparable

Rivals = tuple[Result, Result]


def judgements(
    results: Sequence[Result], orderings: Iterable[Ordering], along: Sequence[str] = ()
) -> list[Judgement]:
    """The verdict on every ordering, for each dataset and preset on which both sides have records.

    If every run has a win rate or a score, verdicts over several datasets come first: over all of them, and
    over those of each task if there are several tasks. Each value of the options named by `along` has its own
    verdicts.
    """
    found = [
        [(better, worse) for better in results for worse in results if _rivals(better, worse, ordering)]
        for ordering in orderings
    ]
    alone = [[pair] for rivals in found for pair in rivals]
    several = [members for rivals in found for members in _together(rivals, along)]
    return [judge_claim(_claim(members), _records(members)) for members in (*several, *alone)]


def _together(rivals: Iterable[Rivals], along: Sequence[str]) -> list[list[Rivals]]:
    """The pairs to judge together: the same two methods on the datasets of all tasks, and of each task."""
    everywhere: dict[Hashable, list[Rivals]] = defaultdict(list)
    by_task: dict[tuple[Hashable, str], list[Rivals]] = defaultdict(list)
    for better, worse in rivals:
        if measure_of([*better.records, *worse.records]).across_tasks:
            varied = tuple(better.cell.value(name) for name in along)
            same = better.preset, better.title, worse.title, varied
            everywhere[same].append((better, worse))
            by_task[same, better.cell.data(None).task_name].append((better, worse))
    parts = [pairs for (same, _), pairs in by_task.items() if len(pairs) < len(everywhere[same])]
    return [pairs for pairs in (*everywhere.values(), *parts) if len(pairs) > 1]


def _records(rivals: Iterable[Rivals]) -> list[Record]:
    return [record for pair in rivals for result in pair for record in result.records]


def _rivals(better: Result, worse: Result, ordering: Ordering) -> bool:
    """Whether the ordering is about these two results and both have records."""
    fit = matches(better.cell, ordering.better) and matches(worse.cell, ordering.worse)
    return fit and comparable(better, worse) and bool(better.records) and bool(worse.records)


def _claim(rivals: Sequence[Rivals]) -> Claim:
    """The claim about two methods over one or several datasets; published differences are averaged."""
    better, worse = rivals[0]
    tasks = {one.cell.data(None).task_name for one, _ in rivals}
    of_task = f" of {tasks.pop()}" if len(tasks) == 1 else ""
    place = better.dataset if len(rivals) == 1 else f"over {len(rivals)} datasets{of_task}"
    printed = [
        one.published.mean - other.published.mean
        for one, other in rivals
        if one.published and other.published
    ]
    return Claim(
        id=f"{better.experiment}: {better.method} above {worse.method}, {place} ({better.preset})",
        statement=f"{better.title} above {worse.title}",
        better=_side(better),
        worse=_side(worse),
        published=sum(printed) / len(printed) if len(printed) == len(rivals) else None,
        place=place,
        preset=better.preset,
    )


def _side(result: Result) -> Mapping[str, Any]:
    """The values of the fields that the records of one side have."""
    first = result.records[0]
    wanted = ("experiment", "algorithm", "critic", "preset")
    return {name: getattr(first, name) for name in wanted}
