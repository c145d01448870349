"""The sections of the page that compare methods, as HTML. All text from files is escaped here."""

from collections.abc import Mapping, Sequence
from html import escape

from omarl.report.draw.curves import final_returns, learning_curves
from omarl.report.draw.markup import html_table
from omarl.report.draw.profiles import profiles
from omarl.report.draw.svg import colour
from omarl.report.judge import across as standings
from omarl.report.judge.cards import DatasetCard
from omarl.report.judge.groups import DatasetKey, MethodRuns

READING = (
    "Returns are undiscounted and per episode, given as mean ± standard deviation over seeds. IQM is the "
    "interquartile mean with its 95 % interval from a stratified bootstrap; bands in the curves are one "
    "standard deviation over seeds. Scores put random play at 0 and the expert data at 100, first by our "
    "own reference returns, then by the paper's."
)


def dataset_section(
    key: DatasetKey, members: Sequence[MethodRuns], labels: Sequence[str], card: DatasetCard | None, n: int
) -> str:
    """Learning curves and final returns on one dataset, the `n`th of the page."""
    level = card.return_mean if card else None
    drawn = learning_curves(members, labels, prefix=f"curves{n}", behaviour=level)
    final = final_returns(members, labels, prefix=f"final{n}", behaviour=level)
    return (
        f"<h2>{escape(key.title)}</h2>"
        f'<p class="note">{escape(key.experiment)} · {escape(str(key))}</p>'
        f'<div class="figures"><figure>{drawn}<figcaption>Learning curves: mean and one standard '
        "deviation over seeds.</figcaption></figure>"
        f"<figure>{final}<figcaption>Final policies: every seed (ticks), the interquartile mean and its "
        "95&nbsp;% interval.</figcaption></figure></div>"
    )


def across_section(by_cell: Mapping[DatasetKey, Sequence[MethodRuns]], labels: Sequence[str]) -> str:
    """The methods that were run and scored on every dataset, compared over all of them."""
    known = {
        label: {
            str(cell): each.scores
            for cell, members in by_cell.items()
            for each in members
            if each.label == label
        }
        for label in labels
    }
    scores = standings.complete(known)
    if not scores:
        return ""
    ranked = standings.ranking(scores)
    head = ("method", "score, IQM [95 %]", f"P(beaten by {ranked[0].label})")
    rows = "".join(_across_row(each, labels) for each in ranked)
    drawn = profiles(scores, labels, prefix="profile")
    return (
        f'<h2>Across {len(by_cell)} datasets</h2><div class="figures">{html_table(head, rows)}'
        f"<figure>{drawn}<figcaption>Performance profiles: the share of runs above each score, every dataset "
        "weighing the same.</figcaption></figure></div>"
    )


def _across_row(each: standings.Standing, labels: Sequence[str]) -> str:
    mark = f'<i class="swatch" style="background:{colour(each.label, labels)}"></i>'
    return (
        f'<tr><th scope="row">{mark}{escape(each.label)}</th><td>{each.score}</td><td>{each.beaten}</td></tr>'
    )
