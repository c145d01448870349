"""The sections of the page as HTML. Whatever comes from a file is escaped here."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from omarl.report import figures, names, statistics
from omarl.report.episodes import Trajectory
from omarl.report.groups import Cell, Group
from omarl.report.headline import place
from omarl.report.runs import DatasetCard, Run
from omarl.report.svg import colour

READING = (
    "Returns are undiscounted and per episode, given as mean ± standard deviation over seeds. IQM is the "
    "interquartile mean with its 95 % interval from a stratified bootstrap; bands in the curves are one "
    "standard deviation over seeds. Scores put random play at 0 and the expert data at 100, first by our "
    "own reference returns, then by the paper's."
)


def cell(
    cell: Cell, members: Sequence[Group], labels: Sequence[str], card: DatasetCard | None, n: int
) -> str:
    """Learning curves and final returns on one dataset, the `n`th of the page."""
    level = card.return_mean if card else None
    drawn = figures.curves(members, labels, prefix=f"curves{n}", behaviour=level)
    final = figures.comparison(members, labels, prefix=f"final{n}", behaviour=level)
    return (
        f"<h2>{escape(place(cell))}</h2>"
        f'<p class="note">{escape(cell.experiment)} · {escape(str(cell))}</p>'
        f'<div class="figures"><figure>{drawn}<figcaption>Learning curves.</figcaption></figure>'
        f"<figure>{final}<figcaption>Final policies: every seed (ticks), the interquartile mean and its "
        "95 % interval.</figcaption></figure></div>"
    )


def episodes(runs: Iterable[Run], labels: Sequence[str], n: int) -> str:
    """The player for the episodes that `runs` recorded; nothing if they recorded none."""
    shown: dict[str, Trajectory] = {}
    for trajectory in (each for run in runs for each in run.episode):
        shown.setdefault(names.algorithm(trajectory.label), trajectory)
    if not shown:
        return ""
    order = sorted(shown, key=lambda label: labels.index(label) if label in labels else -1)
    data = [shown[label].json() | {"label": label, "colour": colour(label, labels)} for label in order]
    rings = " Rings are opponents." if any(len(set(each.kinds)) > 1 for each in shown.values()) else ""
    return (
        "<h3>One episode</h3>"
        '<p class="note">What every policy does from the start that it was recorded from. The bar is the '
        f"return so far; grey discs are landmarks.{rings}</p>"
        f'<div class="player" data-episode="episode{n}"><div class="panels"></div>{CONTROLS}</div>'
        f'<script type="application/json" id="episode{n}">{embed(data)}</script>'
        "<noscript><p>The animation needs JavaScript; everything else does not.</p></noscript>"
    )


CONTROLS = (
    '<div class="controls"><button class="play" type="button">Play</button>'
    '<input class="scrubber" type="range" min="0" max="1" step="any" value="0" aria-label="step">'
    '<output class="clock"></output><label>speed <select class="speed"><option value="0.25">¼×</option>'
    '<option value="0.5">½×</option><option value="1" selected>1×</option><option value="2">2×</option>'
    '<option value="4">4×</option></select></label></div>'
)


def embed(value: Any) -> str:
    """JSON that may stand inside a script element: no character in it can end the element."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def across(by_cell: Mapping[Cell, Sequence[Group]], labels: Sequence[str]) -> str:
    """The methods that were run and scored on every dataset, compared over all of them."""
    scores: dict[str, list[Any]] = {}
    for label in labels:
        found = [each.scores for members in by_cell.values() for each in members if each.label == label]
        if len(found) == len(by_cell) and all(values is not None for values in found):
            scores[label] = found
    if len(by_cell) < 2 or len(scores) < 2:
        return ""
    order = sorted(scores, key=lambda label: -_middle(scores[label]))
    rows = "".join(_across_row(label, scores, order[0], labels) for label in order)
    head = ("method", "score, IQM [95 %]", f"P(beaten by {order[0]})")
    drawn = figures.profile(scores, labels, prefix="profile")
    return (
        f'<h2>Across {len(by_cell)} datasets</h2><div class="figures">{_table(head, rows)}'
        f"<figure>{drawn}<figcaption>Performance profiles: the share of runs above each score, every dataset "
        "weighing the same.</figcaption></figure></div>"
    )


def _table(head: Iterable[str], rows: str, kind: str = "") -> str:
    """A table that scrolls by itself where the window is narrow; `rows` is HTML already."""
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _middle(strata: statistics.Strata) -> float:
    return float(statistics.interquartile_mean(np.concatenate(strata)))


def _across_row(label: str, scores: Mapping[str, Any], best: str, labels: Sequence[str]) -> str:
    around = statistics.interval(scores[label])
    span = f" [{names.number(around.low)}, {names.number(around.high)}]" if around.known else ""
    beaten = (
        "–" if label == best else f"{statistics.probability_of_improvement(scores[best], scores[label]):.2f}"
    )
    mark = f'<i class="swatch" style="background:{colour(label, labels)}"></i>'
    return (
        f'<tr><th scope="row">{mark}{escape(label)}</th>'
        f"<td>{names.number(_middle(scores[label]))}{span}</td><td>{beaten}</td></tr>"
    )


def provenance(groups: Sequence[Group], runs: Sequence[Run]) -> str:
    """Where the numbers come from: datasets, runs and their configurations."""
    cards = {run.dataset.hash: run.dataset for run in runs if run.dataset}
    return (
        "<h2>Where this comes from</h2>"
        + "".join(map(_card, cards.values()))
        + "<h3>Runs</h3>"
        + _run_table(groups)
        + "".join(map(_configuration, runs))
    )


def _card(card: DatasetCard) -> str:
    facts = {
        "size": f"{names.count(card.rows)} joint transitions in {names.count(card.episodes)} episodes",
        "mean return": f"{names.spread(card.return_mean, card.return_std)} (spread over episodes)",
        "made by": _plain(card.made_by),
        "checksum": card.hash,
    }
    items = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f"<h3>Dataset {escape(card.id)}</h3><dl>{items}</dl>"


def _plain(value: Any) -> str:
    """JSON in words: `name value, name value`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _run_table(groups: Sequence[Group]) -> str:
    head = ("dataset", "method", "seeds", "updates", "time per run", "device", "config", "versions")
    return _table(head, "".join(map(_run_row, groups)), "words")


def _run_row(group: Group) -> str:
    final = group.final
    texts = (
        str(group.cell),
        group.label,
        ", ".join(str(record.seed) for record in final),
        _several(names.count(record.updates) for record in final),
        names.duration(max(record.seconds for record in final)),
        _several(record.device for record in final),
        _several(record.config_hash[:12] for record in final),
        _several(record.versions for record in final),
    )
    return f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in texts)}</tr>"


def _several(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


def _configuration(run: Run) -> str:
    text = json.dumps(run.config, indent=2, ensure_ascii=False)
    return (
        f"<details><summary>Configuration of {escape(run.name)}</summary><pre>{escape(text)}</pre></details>"
    )
