"""Tables of results: one row per method and dataset, for the terminal, for Markdown and for the page."""

import html as escaping
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import rich.console
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.records.record import BEHAVIOUR
from omarl.report import names, statistics
from omarl.report.groups import Cell, Group, cells
from omarl.report.runs import DatasetCard
from omarl.report.statistics import Interval
from omarl.report.svg import colour

HEADER = ("method", "seeds", "return", "IQM [95 %]", "score", "paper score")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of results. `seeds` is None for the behaviour policy, which was recorded and not trained.

    `return_std` and the scores' second entry are spreads over seeds (NaN where there is one seed); scores are
    None where the references are not known.
    """

    cell: Cell
    label: str
    seeds: int | None
    return_mean: float
    return_std: float
    return_iqm: float
    return_interval: Interval
    score: tuple[float, float] | None
    score_paper: tuple[float, float] | None

    def texts(self) -> tuple[str, ...]:
        """The row as it is printed, below `HEADER`."""
        return (
            self.label,
            "data" if self.seeds is None else str(self.seeds),
            names.spread(self.return_mean, self.return_std),
            _interval(self.return_iqm, self.return_interval),
            names.spread(*self.score) if self.score else "–",
            names.spread(*self.score_paper) if self.score_paper else "–",
        )


def _interval(middle: float, around: Interval) -> str:
    """`middle [low, high]`, or a dash where nothing is known."""
    if not around.known:
        return names.number(middle)
    return f"{names.rounded(middle)} [{names.rounded(around.low)}, {names.rounded(around.high)}]"


def rows(groups: Iterable[Group], datasets: Mapping[Cell, DatasetCard] | None = None) -> list[Row]:
    """A row per group, and one per dataset whose behaviour policy is known, best mean return first."""
    found: list[Row] = []
    for cell, members in cells(groups).items():
        lines = [_row(each) for each in members]
        if datasets and cell in datasets:
            lines.append(_behaviour(cell, datasets[cell]))
        found += sorted(lines, key=lambda row: -row.return_mean)
    return found


def _row(group: Group) -> Row:
    scores = [
        None if score is None else (float(score.mean()), statistics.std(score))
        for score in (group.scores, group.paper_scores)
    ]
    return Row(
        cell=group.cell,
        label=group.label,
        seeds=len(group.returns),
        return_mean=float(group.returns.mean()),
        return_std=statistics.std(group.returns),
        return_iqm=float(statistics.interquartile_mean(group.returns)),
        return_interval=statistics.interval([group.returns]),
        score=scores[0],
        score_paper=scores[1],
    )


def _behaviour(cell: Cell, card: DatasetCard) -> Row:
    scores = [None if score is None else (score, math.nan) for score in (card.score, card.score_paper)]
    return Row(
        cell=cell,
        label=BEHAVIOUR,
        seeds=None,
        return_mean=card.return_mean,
        return_std=math.nan,
        return_iqm=math.nan,
        return_interval=statistics.UNKNOWN,
        score=scores[0],
        score_paper=scores[1],
    )


def _by_cell(table: Sequence[Row]) -> dict[Cell, list[Row]]:
    return {cell: [row for row in table if row.cell == cell] for cell in dict.fromkeys(r.cell for r in table)}


def terminal(table: Sequence[Row]) -> rich.console.Group:
    """The results for a terminal 80 columns wide: a table per dataset."""
    return rich.console.Group(*(_printed(cell, members) for cell, members in _by_cell(table).items()))


def _printed(cell: Cell, members: Sequence[Row]) -> Table:
    printed = Table(
        *HEADER, box=SIMPLE_HEAD, pad_edge=False, title=Text(str(cell), style="bold"), title_justify="left"
    )
    for column in printed.columns[1:]:
        column.justify = "right"
    for row in members:
        printed.add_row(*map(Text, row.texts()))
    return printed


def markdown(table: Sequence[Row]) -> str:
    """The table in Markdown, with characters that would break it escaped."""
    return markdown_table(("dataset", *HEADER), ((str(row.cell), *row.texts()) for row in table), left=2)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int | None = None) -> str:
    """A table in Markdown; the first `left` columns (default: all) are text, the others numbers."""
    texts = len(head) if left is None else left
    rule = "|" + "---|" * texts + "---:|" * (len(head) - texts)
    return "\n".join([_markdown_line(head), rule, *map(_markdown_line, rows)]) + "\n"


def _markdown_line(texts: Iterable[str]) -> str:
    safe = [escaping.escape(text, quote=False).replace("\\", "\\\\").replace("|", "\\|") for text in texts]
    return "| " + " | ".join(safe) + " |"


def html(table: Sequence[Row], labels: Sequence[str]) -> str:
    """The table in HTML: a row group per dataset, everything escaped.

    The place of a row's label in `labels` gives its swatch the colour that it has in the figures.
    """
    bodies = (_html_body(cell, members, labels) for cell, members in _by_cell(table).items())
    return plain_table(HEADER, "</tbody><tbody>".join(bodies))


def _html_body(cell: Cell, members: Sequence[Row], labels: Sequence[str]) -> str:
    title = escaping.escape(f"{cell.experiment} · {cell}")
    group = f'<tr class="group"><th colspan="{len(HEADER)}" scope="rowgroup">{title}</th></tr>'
    return group + "".join(_html_row(row, labels) for row in members)


def _html_row(row: Row, labels: Sequence[str]) -> str:
    label, *texts = map(escaping.escape, row.texts())
    kind = ' class="behaviour"' if row.seeds is None else ""
    mark = f'<i class="swatch" style="background:{colour(row.label, labels)}"></i>'
    return f'<tr{kind}><th scope="row">{mark}{label}</th>{"".join(f"<td>{text}</td>" for text in texts)}</tr>'


def plain_table(head: Iterable[str], rows: str, kind: str = "") -> str:
    """A table that scrolls by itself where the window is narrow; `rows` is HTML already."""
    cells = "".join(f'<th scope="col">{escaping.escape(name)}</th>' for name in head)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
