"""An experiment's results beside the paper's numbers, and the verdict on each ordering that it claims."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.campaign.plan import critic_of
from omarl.envs.registry import complete
from omarl.paper.experiment import Cell, Experiment, Ordering, matches
from omarl.paper.published import Published, published
from omarl.records.record import DATA, Record, last
from omarl.report import names, tables
from omarl.report.claims import Claim, Judgement, judge
from omarl.report.groups import group


class Result(NamedTuple):
    """What was recorded of one cell with one preset, all seeds together."""

    experiment: str
    cell: Cell
    preset: str
    records: tuple[Record, ...]

    @property
    def published(self) -> Published | None:
        """The paper's number for this cell, if it prints one."""
        return published().get(self.cell.place(self.experiment))

    @property
    def dataset(self) -> str:
        """Its task and quality, as they are asked for."""
        data = self.cell.data(None)
        return f"{data.task_name}/{data.label}"

    @property
    def returns(self) -> Mapping[int, float]:
        """The return of each seed's last policy."""
        return {record.seed: record.return_mean for record in last(self.records)}

    @property
    def scores(self) -> Float[np.ndarray, "run"] | None:
        """The score of each run's last policy by our own references; None unless every run has one."""
        known = [record.score for record in last(self.records)]
        return None if None in known else np.array(known)

    @property
    def method(self) -> str:
        """How the method is written: the variant that differs, and a critic that is not the usual one."""
        return names.method(self.cell.name, self.cell.critic)

    @property
    def title(self) -> str:
        """The method, with its options where no name of its own says them."""
        options = ", ".join(f"{name}={value}" for name, value in self.cell.overrides)
        return f"{self.method} ({options})" if options and not self.cell.method else self.method


def recorded(experiment: Experiment, records: Iterable[Record]) -> list[Result]:
    """What was recorded of the cells of an experiment with each preset, as far as there is something.

    The behaviour policies of their data come last.
    """
    known: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    presets = dict.fromkeys(experiment.presets)
    for record in records:
        if record.experiment == experiment.id:
            known[record.task, record.quality, record.algorithm, record.critic, record.preset].append(record)
            presets[record.preset.split()[0]] = None
    presets.pop(DATA, None)
    pairs = [(cell, preset) for preset in presets for cell in experiment.cells]
    pairs += [(cell, DATA) for cell in dict.fromkeys(cell.behaviour for cell in experiment.cells)]
    results = [
        Result(experiment.id, cell, preset, tuple(known[_place(cell, preset)])) for cell, preset in pairs
    ]
    return [result for result in results if result.records]


def of_data(result: Result) -> bool:
    """Whether this is what the data returned, and not a learner."""
    return result.preset == DATA


def _place(cell: Cell, preset: str) -> tuple[str, ...]:
    """By which of their fields a cell's records are found."""
    where = str(complete(cell.task_id)), cell.data(None).label
    critic = cell.critic if preset == DATA else critic_of(cell) or "none"
    return *where, cell.algorithm, critic, cell.label(preset)


HEADER = ("dataset", "method", "preset", "seeds", "return", "IQM [95 %]", "paper score", "published")


def table(results: Sequence[Result]) -> Table:
    """A line for each result, the published score beside ours by the same references."""
    drawn = _table(HEADER, right=5)
    for result in results:
        for row in tables.rows(group(result.records)):
            _, seeds, mean, middle, _, score = row.texts()
            paper = "–" if result.published is None else names.spread(*result.published)
            preset = result.cell.label(result.preset)
            drawn.add_row(
                *map(Text, (result.dataset, result.method, preset, seeds, mean, middle, score, paper))
            )
    return drawn


MARKDOWN_HEADER = (
    "dataset",
    "method",
    "preset",
    "seeds",
    "return",
    "IQM [95 %]",
    "score",
    "paper score",
    "published",
    "seconds",
)


def markdown(results: Sequence[Result]) -> str:
    """The table in Markdown, with scores by either reference and the seconds of learning in a run."""
    lines = []
    for result in results:
        paper = "–" if result.published is None else names.spread(*result.published)
        seconds = [record.seconds for record in last(result.records)]
        for row in tables.rows(group(result.records)):
            _, *numbers = row.texts()
            preset = result.cell.label(result.preset)
            mean = f"{sum(seconds) / len(seconds):.0f}"
            lines.append((result.dataset, result.method, preset, *numbers, paper, mean))
    return tables.markdown_table(MARKDOWN_HEADER, lines, left=3)


Rivals = tuple[Result, Result]


def judgements(
    results: Sequence[Result], orderings: Iterable[Ordering], along: Sequence[str] = ()
) -> list[Judgement]:
    """The verdict on every ordering, for each dataset and preset on which both sides have records.

    Where there are several datasets and every run has a score, there is one over all of them too, and over
    those of each task where there are several tasks, apart for each value of what is varied `along` a figure.
    """
    found = [
        [(better, worse) for better in results for worse in results if _rivals(better, worse, ordering)]
        for ordering in orderings
    ]
    alone = [[pair] for rivals in found for pair in rivals]
    several = [members for rivals in found for members in _together(rivals, along)]
    return [judge(_claim(members), _records(members)) for members in (*several, *alone)]


def _together(rivals: Iterable[Rivals], along: Sequence[str]) -> list[list[Rivals]]:
    """The same two methods on several datasets, those of all tasks and of each, if every run has a score."""
    everywhere: dict[Hashable, list[Rivals]] = defaultdict(list)
    by_task: dict[tuple[Hashable, str], list[Rivals]] = defaultdict(list)
    for better, worse in rivals:
        if better.scores is not None and worse.scores is not None:
            varied = tuple(better.cell.value(name) for name in along)
            same = better.preset, better.title, worse.title, varied
            everywhere[same].append((better, worse))
            by_task[same, better.cell.data(None).task_name].append((better, worse))
    parts = [pairs for (same, _), pairs in by_task.items() if len(pairs) < len(everywhere[same])]
    return [pairs for pairs in (*everywhere.values(), *parts) if len(pairs) > 1]


def _records(rivals: Iterable[Rivals]) -> list[Record]:
    return [record for pair in rivals for result in pair for record in result.records]


def _rivals(better: Result, worse: Result, ordering: Ordering) -> bool:
    """Whether the ordering is about these two, on one dataset and with one preset."""
    fit = matches(better.cell, ordering.better) and matches(worse.cell, ordering.worse)
    return fit and comparable(better, worse) and bool(better.records) and bool(worse.records)


def comparable(one: Result, other: Result) -> bool:
    """Whether both are on the same dataset and with the same preset, the behaviour policy going with any."""
    same = one.cell.data(None) == other.cell.data(None)
    return same and (one.preset == other.preset or of_data(other))


def _claim(rivals: Sequence[Rivals]) -> Claim:
    """The claim about two methods on one dataset or several, the published difference averaged over them."""
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
    """The fields by which the records of one side are found."""
    first = result.records[0]
    wanted = ("experiment", "algorithm", "critic", "preset")
    return {name: getattr(first, name) for name in wanted}


VERDICT_HEADER = ("dataset", "preset", "claim", "verdict", "difference [95 %]", "unit", "P", "published")


def verdicts(found: Iterable[Judgement]) -> Table:
    """A line for each judgement: the difference, and the one that the paper prints."""
    drawn = _table(VERDICT_HEADER, right=1)
    for each in found:
        drawn.add_row(*map(Text, verdict_row(each)))
    return drawn


def verdict_row(each: Judgement) -> tuple[str, ...]:
    """A line of the table of verdicts, below `VERDICT_HEADER`; P is the probability of improvement."""
    claim, outcome = each.claim, each.outcome
    paper = names.number(math.nan if claim.published is None else claim.published)
    difference = names.interval(outcome.difference, *outcome.interval)
    said = claim.place, claim.preset, claim.statement, outcome.verdict, difference, each.unit
    return *said, f"{outcome.probability:.2f}", paper


def _table(header: Sequence[str], right: int) -> Table:
    """An empty table whose last `right` columns are numbers."""
    drawn = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
    for column in drawn.columns[-right:]:
        column.justify, column.no_wrap = "right", True
    return drawn
