"""Tables of results for the terminal and for the HTML page."""

import html
from collections.abc import Iterator, Sequence

import rich.console
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.report.draw.markup import html_table
from omarl.report.draw.rows import RESULTS_HEADER, ResultRow, arranged
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
    columns, rows = arranged(RESULTS_HEADER, [row.cells() for row in members])
    printed = Table(
        *columns,
        box=SIMPLE_HEAD,
        pad_edge=False,
        title=Text(str(dataset), style="bold"),
        title_justify="left",
    )
    for column in printed.columns[1:]:
        column.justify = "right"
    for row in rows:
        printed.add_row(*map(Text, row))
    return printed


def results_html(table: Sequence[ResultRow], labels: Sequence[str]) -> str:
    """The results in HTML, a row group per dataset; all text is escaped.

    The position of a row's label in `labels` gives it the colour that it has in the figures.
    """
    columns, texts = arranged(RESULTS_HEADER, [row.cells() for row in table])
    rows = [_html_row(row, cells, labels) for row, cells in zip(table, texts, strict=True)]
    return html_table(columns, "</tbody><tbody>".join(_html_bodies(table, rows, len(columns))))


def _html_bodies(table: Sequence[ResultRow], rows: Sequence[str], columns: int) -> Iterator[str]:
    for dataset in _parted(table):
        title = html.escape(f"{dataset.experiment} · {dataset}")
        members = (row for known, row in zip(table, rows, strict=True) if known.dataset == dataset)
        yield f'<tr class="group"><th colspan="{columns}" scope="rowgroup">{title}</th></tr>' + "".join(
            members
        )


def _html_row(row: ResultRow, cells: Sequence[str], labels: Sequence[str]) -> str:
    label, *texts = map(html.escape, cells)
    kind = ' class="behaviour"' if row.seeds is None else ""
    mark = f'<i class="swatch" style="background:{colour(row.label, labels)}"></i>'
    return f'<tr{kind}><th scope="row">{mark}{label}</th>{"".join(f"<td>{text}</td>" for text in texts)}</tr>'
