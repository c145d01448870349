"""Tables of the runs that nobody evaluated: what they learnt from, and their last losses."""

from collections.abc import Sequence
from html import escape

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.records.unevaluated import UnevaluatedRun, mean_metrics
from omarl.report.draw.markup import html_table

NOT_EVALUATED = (
    "Not evaluated: no policy of these runs was played. A loss is the mean over agents and over the updates "
    "since the row before."
)
_HEAD = ("run", "data", "learner", "seed", "updates", "last losses")


def losses_terminal(runs: Sequence[UnevaluatedRun]) -> Table:
    """The runs for a terminal, one row per seed."""
    table = Table(*_HEAD, box=SIMPLE_HEAD, pad_edge=False, title=Text(NOT_EVALUATED), title_justify="left")
    for row in _loss_rows(runs):
        table.add_row(*map(Text, row))
    return table


def losses_section(runs: Sequence[UnevaluatedRun]) -> str:
    """The runs as a section of a page in HTML, empty if there are none; all text is escaped."""
    if not runs:
        return ""
    rows = (f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in _loss_rows(runs))
    table = html_table(_HEAD, "".join(rows), "words")
    return f'<h2>Runs without evaluation</h2>{table}<p class="note">{escape(NOT_EVALUATED)}</p>'


def _loss_rows(runs: Sequence[UnevaluatedRun]) -> list[tuple[str, ...]]:
    """Directory, data, learner, seed, updates and losses of every seed of every run."""
    rows = []
    for run in runs:
        for seed in run.seeds:
            updates, metrics = run.last(seed)
            rows.append(
                (run.path.name, run.data, run.learner, str(seed), f"{updates:,}", mean_metrics(metrics))
            )
    return rows
