"""Tables of an experiment's results beside the paper's numbers, and of the verdicts on its claims."""

import math
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.records.record import last
from omarl.report import names
from omarl.report.draw.markup import markdown_table
from omarl.report.draw.rows import WIN_RATE, arranged, result_rows
from omarl.report.judge.bootstrap import bootstrap_interval
from omarl.report.judge.claims import Judgement
from omarl.report.judge.gains import GainPoint, GainVerdict
from omarl.report.judge.groups import group_records
from omarl.report.judge.results import Result
from omarl.report.judge.statistics import pooled_middle

COMPARISON_HEADER = (
    "dataset",
    "method",
    "preset",
    "seeds",
    "return",
    "IQM [95 %]",
    WIN_RATE,
    "paper score",
    "published",
)
VERDICT_HEADER = ("dataset", "preset", "claim", "verdict", "difference [95 %]", "unit", "P", "published")


def comparison_table(results: Iterable[Result]) -> Table:
    """A row for each result: our score by the paper's references, and the score that the paper prints."""
    columns, rows = arranged(COMPARISON_HEADER, [*_rows(results)])
    drawn = _table(columns, right=len(columns) - 3)
    for row in rows:
        drawn.add_row(*map(Text, row))
    return drawn


def comparison_markdown(results: Iterable[Result]) -> str:
    """The table in Markdown, with scores by either reference and the mean seconds of a run."""
    header = (*COMPARISON_HEADER[:-2], "score", *COMPARISON_HEADER[-2:], "seconds")
    return markdown_table(*arranged(header, [*_rows(results)]), left=3)


def _rows(results: Iterable[Result]) -> Iterable[dict[str, str]]:
    for result in results:
        paper = "–" if result.published is None else names.with_spread(*result.published)
        seconds = [record.seconds for record in last(result.records)]
        for row in result_rows(group_records(result.records)):
            yield row.cells() | {
                "dataset": result.dataset,
                "method": result.method,
                "preset": result.cell.label(result.preset),
                "published": paper,
                "seconds": f"{sum(seconds) / len(seconds):.0f}",
            }


def verdicts_table(found: Iterable[Judgement]) -> Table:
    """A row for each judgement."""
    drawn = _table(VERDICT_HEADER, right=1)
    for each in found:
        drawn.add_row(*map(Text, claim_row(each)))
    return drawn


def claim_row(each: Judgement) -> tuple[str, ...]:
    """A row of the table of verdicts, below `VERDICT_HEADER`; P is the probability of improvement."""
    claim, outcome = each.claim, each.outcome
    paper = names.number(math.nan if claim.published is None else claim.published)
    difference = names.with_interval(outcome.difference, *outcome.interval)
    said = claim.place, claim.preset, claim.statement, outcome.verdict, difference, each.unit
    return *said, f"{outcome.probability:.2f}", paper


def gain_row(each: GainVerdict) -> tuple[str, ...]:
    """A row of the table of verdicts, below `VERDICT_HEADER`; the paper prints no gains as numbers."""
    difference = names.with_interval(each.difference, *each.interval)
    return each.place, "", each.statement, each.verdict, difference, each.unit, "–", "–"


def gains_markdown(points: Iterable[GainPoint]) -> str:
    """The gains in Markdown, a row for each value of what is varied."""
    rows = [
        (each.label, f"{each.along}={each.value:g}", str(len(each.percents)), _middle(each))
        for each in points
    ]
    return markdown_table(("gain", "at", "seeds", "%, IQM [95 %]"), rows, left=2)


def _middle(each: GainPoint) -> str:
    strata = [each.percents]
    return names.with_interval(pooled_middle(strata), *bootstrap_interval(strata))


def _table(header: Sequence[str], right: int) -> Table:
    """An empty table whose last `right` columns are numbers."""
    drawn = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
    for column in drawn.columns[-right:]:
        column.justify, column.no_wrap = "right", True
    return drawn
