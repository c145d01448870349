"""Tables of results for the terminal and for the HTML page."""

import html
from collections.abc import Sequence

import rich.console
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.report.draw.markup import html_table
from omarl.report.draw.rows import RESULTS_HEADER, ResultRow
from omarl.report.draw.svg import colour
from omarl.report.judge.groups import DatasetKey


def _parted(table: Sequence[ResultRow]) -> dict[DatasetKey, list[ResultRow]]:
    return {
        dataset: [row for row in table if row.dataset == dataset]
        for dataset in dict.fromkeys(r.dataset for r in table)
    }


def results_terminal(table: Sequence[ResultRow]) -> rich.console.Group:
    """The results for a terminal 80 columns wide: a table per dataset."""
    return rich.console.Group(*(_printed(dataset, members) for dataset, members in _parted(table).items()))


def _printed(dataset: DatasetKey, members: Sequence[ResultRow]) -> Table:
    printed = Table(
        *RESULTS_HEADER,
        box=SIMPLE_HEAD,
        pad_edge=False,
        title=Text(str(dataset), style="bold"),
        title_justify="left",
    )
    for column in printed.columns[1:]:
        column.justify = "right"
    for row in members:
        printed.add_row(*map(Text, row.texts()))
    return printed


def results_html(table: Sequence[ResultRow], labels: Sequence[str]) -> str:
    """The results in HTML, a row group per dataset; all text is escaped.

    The position of a row's label in `labels` gives it the colour that it has in the figures.
    """
    bodies = (_html_body(dataset, members, labels) for dataset, members in _parted(table).items())
    return html_table(RESULTS_HEADER, "</tbody><tbody>".join(bodies))


def _html_body(dataset: DatasetKey, members: Sequence[ResultRow], labels: Sequence[str]) -> str:
    title = html.escape(f"{dataset.experiment} · {dataset}")
    group = f'<tr class="group"><th colspan="{len(RESULTS_HEADER)}" scope="rowgroup">{title}</th></tr>'
    return group + "".join(_html_row(row, labels) for row in members)


def _html_row(row: ResultRow, labels: Sequence[str]) -> str:
    label, *texts = map(html.escape, row.texts())
    kind = ' class="behaviour"' if row.seeds is None else ""
    mark = f'<i class="swatch" style="background:{colour(row.label, labels)}"></i>'
    return f'<tr{kind}><th scope="row">{mark}{label}</th>{"".join(f"<td>{text}</td>" for text in texts)}</tr>'
