"""The sections of the page that compare methods, as HTML. All text from files is escaped here."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from omarl.report.draw.curves import final_returns, learning_curves
from omarl.report.draw.markup import html_table
from omarl.report.draw.profiles import profiles
from omarl.report.draw.svg import colour
from omarl.report.judge.across import Contestant, Standing, over_datasets, standings
from omarl.report.judge.cards import DatasetCard
from omarl.report.judge.groups import DatasetKey, MethodRuns
from omarl.report.judge.statistics import Strata

READING = (
    "Returns are undiscounted and per episode, given as mean ± standard deviation over seeds. IQM is the "
    "interquartile mean with its 95 % interval from a stratified bootstrap; bands in the curves are one "
    "standard deviation over seeds. Scores put random play at 0 and the expert data at 100, first by our "
    "own reference returns, then by the paper's."
)


def dataset_section(
    key: DatasetKey, members: Sequence[MethodRuns], labels: Sequence[str], card: DatasetCard | None, n: int
) -> str:
    """The learning curves and final returns on one dataset, the `n`th of the page, as HTML."""
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


def across_section(groups: Iterable[MethodRuns], labels: Sequence[str]) -> str:
    """The rankings over all datasets as HTML, one for each experiment and preset; empty if there are none."""
    contestants = [
        Contestant(f"{each.dataset.experiment}, {each.preset}", each.label, each.records) for each in groups
    ]
    found = over_datasets(contestants).items()
    return "".join(_ranking(name, scores, labels, n) for n, (name, scores) in enumerate(found))


def _ranking(name: str, scores: Mapping[str, Strata], labels: Sequence[str], n: int) -> str:
    ranked = standings(scores)
    head = ("method", "score, IQM [95 %]", f"P(beaten by {ranked[0].label})")
    table = html_table(head, "".join(_ranking_row(each, labels) for each in ranked))
    drawn = profiles(scores, labels, prefix=f"profile{n}")
    return (
        f"<h2>Across {len(scores[ranked[0].label])} datasets: {escape(name)}</h2>"
        f'<div class="figures">{table}'
        f"<figure>{drawn}<figcaption>Performance profiles: the share of runs above each score, every dataset "
        "weighing the same.</figcaption></figure></div>"
        '<p class="note">On each dataset only the seeds count that all of these methods have there.</p>'
    )


def _ranking_row(each: Standing, labels: Sequence[str]) -> str:
    mark = f'<i class="swatch" style="background:{colour(each.label, labels)}"></i>'
    return (
        f'<tr><th scope="row">{mark}{escape(each.label)}</th><td>{each.score}</td><td>{each.beaten}</td></tr>'
    )
