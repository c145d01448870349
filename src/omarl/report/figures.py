"""Figures as SVG: learning curves, final results with intervals, performance profiles."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from omarl.records.record import BEHAVIOUR
from omarl.report import names, statistics
from omarl.report.groups import Group
from omarl.report.statistics import Strata
from omarl.report.svg import COLOURS, DASHES, INK, LEVEL_SHAPE, MUTED, SHAPES, render, require

WIDTH, HEIGHT = 400, 250
LETTERS = 56
"""Of a legend that fit a figure's width."""
MARKS = 8
"""Markers on a curve at most; they tell curves apart, every evaluation would bury them."""
_LEVEL: dict[str, Any] = {"strokeWidth": 1.5, "strokeDash": [1, 3], "strokeCap": "round", "color": MUTED}


def curves(
    groups: Sequence[Group], labels: Sequence[str], *, prefix: str, behaviour: float | None = None
) -> str:
    """Mean return over updates, one line per group, the band one standard deviation over seeds either side.

    `behaviour`, the mean return of the dataset, is drawn as a horizontal line.
    """
    alt = require("altair")
    data = alt.Data(values=[point for each in groups for point in _curve(each)])
    x = alt.X("updates:Q", title="updates", axis=alt.Axis(grid=False, tickCount=5))
    base = alt.Chart(data).encode(x=x)
    level = [] if behaviour is None else [f"{BEHAVIOUR} policy {names.number(behaviour)}"]
    y = alt.Y("mean:Q", title="mean return", scale=alt.Scale(zero=False))
    colour, dash, shape = _styles(alt, labels, [*(each.label for each in groups), *level], "colour shape")
    band = base.mark_area(opacity=0.16).encode(
        y=alt.Y("low:Q", title="mean return", scale=alt.Scale(zero=False)), y2="high:Q", color=colour
    )
    line = base.mark_line(strokeWidth=2).encode(y=y, color=colour, strokeDash=dash)
    marks = base.transform_filter("datum.mark").mark_point(filled=True, size=45, opacity=1)
    layers = [band, line, marks.encode(y=y, color=colour, shape=shape)]
    if behaviour is not None:
        line = alt.Chart(alt.Data(values=[{"label": level[0], "level": behaviour}]))
        layers.insert(0, line.mark_rule(**_LEVEL).encode(y="level:Q", color=colour, strokeDash=dash))
    return render(
        alt.layer(*layers).properties(width=WIDTH, height=HEIGHT),
        title=f"Learning curves on {groups[0].cell}",
        description=_describe(groups, behaviour),
        prefix=prefix,
    )


def _curve(group: Group) -> list[dict[str, Any]]:
    """The points of a learning curve: mean and spread over the seeds evaluated after those updates."""
    updates = sorted({record.updates for record in group.records})
    every = -(-len(updates) // MARKS)
    points = []
    for place, step in enumerate(updates):
        returns = np.array([record.return_mean for record in group.records if record.updates == step])
        mean, spread = float(returns.mean()), float(np.nan_to_num(statistics.std(returns)))
        points.append(
            {
                "label": group.label,
                "updates": step,
                "mean": mean,
                "low": mean - spread,
                "high": mean + spread,
                "mark": (len(updates) - 1 - place) % every == 0,
            }
        )
    return points


def _styles(alt: Any, labels: Sequence[str], shown: Sequence[str], keyed: str = "") -> tuple[Any, Any, Any]:
    """Colour, dash and shape of the labels that are shown, those not in `labels` as a muted dotted line.

    `keyed` names the channels that the legend explains.
    """
    outline = 0 if "shape" in keyed else 2
    columns = min(max(LETTERS // max(map(len, shown)), 1), 4)
    key = alt.Legend(
        orient="top", columns=columns, gridAlign="none", symbolStrokeWidth=outline, labelLimit=WIDTH
    )
    channels = (
        (alt.Color, "colour", COLOURS, MUTED),
        (alt.StrokeDash, "dash", DASHES, [1, 3]),
        (alt.Shape, "shape", SHAPES, LEVEL_SHAPE),
    )
    colour, dash, shape = (
        channel(
            "label:N",
            scale=alt.Scale(
                domain=list(shown), range=[_choice(each, labels, choices, other) for each in shown]
            ),
            legend=key if name in keyed.split() else None,
        )
        for channel, name, choices, other in channels
    )
    return colour, dash, shape


def _choice(label: str, labels: Sequence[str], choices: Sequence[Any], other: Any) -> Any:
    return choices[labels.index(label) % len(choices)] if label in labels else other


def _describe(groups: Sequence[Group], behaviour: float | None) -> str:
    """What a figure of `groups` shows, in words."""
    ends = [f"{each.label} ends at {names.number(float(each.returns.mean()))}" for each in groups]
    if behaviour is not None:
        ends.append(f"the {BEHAVIOUR} policy returned {names.number(behaviour)}")
    return "; ".join(ends) + "."


def comparison(
    groups: Sequence[Group], labels: Sequence[str], *, prefix: str, behaviour: float | None = None
) -> str:
    """Final returns: the interquartile mean, its 95 % interval where there is one, and every seed."""
    alt = require("altair")
    order = [each.label for each in sorted(groups, key=lambda each: -_middle(each))]
    colour, _, shape = _styles(alt, labels, order)
    axis = alt.Axis(grid=False, ticks=False, domain=False, labelColor=INK)
    y = alt.Y("label:N", sort=order, title=None, axis=axis)
    title = "final mean return"
    if behaviour is not None:
        title += f" (dotted: {BEHAVIOUR} policy {names.number(behaviour)})"
    x = alt.X("value:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    seeds = [{"label": each.label, "value": value} for each in groups for value in each.returns.tolist()]
    seen = alt.Chart(alt.Data(values=seeds)).encode(x=x, y=y, color=colour)
    middle = alt.Chart(alt.Data(values=[_final(each) for each in groups])).encode(y=y, color=colour)
    layers = [
        middle.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", scale=alt.Scale(zero=False)), x2="high:Q"),
        seen.mark_tick(thickness=1.5, size=14, opacity=0.55),
        middle.mark_point(filled=True, size=110, opacity=1).encode(x=x, shape=shape),
    ]
    if behaviour is not None:
        level = alt.Chart(alt.Data(values=[{"value": behaviour}])).encode(x="value:Q")
        layers.insert(0, level.mark_rule(**_LEVEL))
    return render(
        alt.layer(*layers).properties(width=WIDTH, height=max(HEIGHT, 32 * len(groups))),
        title=f"Final returns on {groups[0].cell}",
        description=_describe(groups, behaviour),
        prefix=prefix,
    )


def _middle(group: Group) -> float:
    return float(statistics.interquartile_mean(group.returns))


def _final(group: Group) -> dict[str, Any]:
    """The interquartile mean of a group with its interval; a point where the interval is unknown."""
    around = statistics.interval([group.returns])
    middle = _middle(group)
    low, high = around if around.known else (middle, middle)
    return {"label": group.label, "value": middle, "low": low, "high": high}


Point = tuple[str, float, Float[np.ndarray, "run"]]
"""A method, a value of what is varied, and what its runs came to there."""


def along(
    points: Sequence[Point],
    option: str,
    *,
    title: str,
    prefix: str,
    measure: str = "score",
    levels: Mapping[str, float] = MappingProxyType({}),
) -> str:
    """Runs against the values of an option: a line per method through the means, a tick for each run.

    `levels` are the means of methods that do not have the option, drawn as dotted lines.
    """
    alt = require("altair")
    order = list(dict.fromkeys(method for method, _, _ in points))
    colour, dash, shape = _styles(alt, order, [*order, *levels], "colour shape")
    values = sorted({x for _, x, _ in points})
    x = alt.X("x:O", title=option, sort=values, axis=alt.Axis(labelAngle=0))
    y = alt.Y("y:Q", title=measure, scale=alt.Scale(zero=False))
    base = alt.Chart(alt.Data(values=_means(points))).encode(x=x, y=y, color=colour)
    seen = alt.Chart(alt.Data(values=_runs(points))).encode(x=x, y=y, color=colour)
    layers = [
        base.mark_line(strokeWidth=2).encode(strokeDash=dash),
        seen.mark_tick(thickness=1.5, size=10, opacity=0.55, orient="horizontal"),
        base.mark_point(filled=True, size=60, opacity=1).encode(shape=shape),
    ]
    if levels:
        flat = alt.Data(values=[{"label": method, "y": value} for method, value in levels.items()])
        layers.insert(0, alt.Chart(flat).mark_rule(**_LEVEL).encode(y=y, color=colour))
    return render(
        alt.layer(*layers).properties(width=WIDTH, height=HEIGHT),
        title=title,
        description=_said(points),
        prefix=prefix,
    )


def _means(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [{"label": method, "x": x, "y": float(scores.mean())} for method, x, scores in points]


def _runs(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [{"label": method, "x": x, "y": y} for method, x, scores in points for y in scores.tolist()]


def _said(points: Sequence[Point]) -> str:
    """The means in words."""
    return "; ".join(f"{m['label']} {names.number(m['y'])} at {m['x']:g}" for m in _means(points)) + "."


def opposed(points: Sequence[Point], option: str, *, title: str, prefix: str, measure: str) -> str:
    """Two methods side by side over one axis of values, what is better lying further out on either side.

    The first of `points` is on the left. With the line below the first value, one agent, these are the four
    quadrants of the paper's Fig. 8.
    """
    alt = require("altair")
    order = list(dict.fromkeys(method for method, _, _ in points))
    colour, _, shape = _styles(alt, order, order)
    found = [point["y"] for point in (*_runs(points), {"y": 0.0})]
    span = [min(found), max(found)]
    panels = []
    for place, method in enumerate(order):
        mine = [point for point in points if point[0] == method]
        scale = alt.Scale(domain=span, nice=True, reverse=place == 0)
        across = alt.X("y:Q", title=measure, scale=scale, axis=alt.Axis(tickCount=4, labelOverlap=True))
        down = alt.Y(
            "x:O", title=option if place == 0 else None, axis=alt.Axis(labels=place == 0, ticks=False)
        )
        mean = alt.Chart(alt.Data(values=_means(mine)), title=method).encode(y=down, color=colour)
        runs = alt.Chart(alt.Data(values=_runs(mine))).encode(y=down, color=colour)
        bars = mean.mark_bar(opacity=0.3, size=18).encode(x=across, x2=alt.datum(0))
        ticks = runs.mark_tick(thickness=1.5, size=18, opacity=0.7).encode(x=across)
        marks = mean.mark_point(filled=True, size=60, opacity=1).encode(x=across, shape=shape)
        first = alt.Chart(alt.Data(values=[{"x": min(x for _, x, _ in mine)}]))
        below = first.mark_rule(**_LEVEL).encode(y=alt.Y("x:O", bandPosition=1))
        panels.append(alt.layer(bars, ticks, marks, below).properties(width=WIDTH // 2, height=HEIGHT))
    chart = alt.hconcat(*panels, spacing=4)
    return render(chart, title=title, description=_said(points), prefix=prefix)


def landscape(rows: Sequence[Mapping[str, str]], *, title: str, prefix: str) -> str:
    """A critic's values over an agent's action as a line, and single actions on it as marks.

    A row has a `kind`, an `action` and its `value`; the kind `landscape` is the line, and kinds that begin
    with `mean` are left out.
    """
    alt = require("altair")
    points = [
        {
            "label": names.algorithm(row["kind"]),
            "action": float(row["action"]),
            "value": float(row["value"]),
        }
        for row in rows
        if not row["kind"].startswith("mean")
    ]
    line = [point for point in points if point["label"] == "landscape"]
    marked = [point for point in points if point not in line]
    order = [str(point["label"]) for point in marked]
    colour, _, shape = _styles(alt, order, order, "colour shape")
    x = alt.X("action:Q", title="action", axis=alt.Axis(grid=False))
    y = alt.Y("value:Q", title="value by the critic", scale=alt.Scale(zero=False))
    curve = alt.Chart(alt.Data(values=line)).mark_line(strokeWidth=1.5, color=MUTED).encode(x=x, y=y)
    marks = alt.Chart(alt.Data(values=marked)).mark_point(filled=True, size=140, opacity=1)
    said = "; ".join(f"{point['label']} at {point['action']:.2f}" for point in marked)
    chart = alt.layer(curve, marks.encode(x=x, y=y, color=colour, shape=shape))
    sized = chart.properties(width=WIDTH, height=HEIGHT)
    return render(sized, title=title, description=f"{said}.", prefix=prefix)


def profile(scores: Mapping[str, Strata], labels: Sequence[str], *, prefix: str) -> str:
    """Performance profiles: the share of runs whose score exceeds each threshold, one line per label."""
    alt = require("altair")
    every = np.concatenate([task for strata in scores.values() for task in strata])
    thresholds = np.linspace(min(0.0, float(every.min())), float(every.max()) * 1.02, 61)
    points = [
        {"label": label, "threshold": float(x), "share": float(share)}
        for label, strata in scores.items()
        for x, share in zip(thresholds, statistics.performance_profile(strata, thresholds), strict=True)
    ]
    colour, dash, _ = _styles(alt, labels, list(scores), "colour dash")
    chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(
            x=alt.X("threshold:Q", title="score above", axis=alt.Axis(grid=False)),
            y=alt.Y("share:Q", title="share of runs", axis=alt.Axis(format="%", tickCount=5)),
            color=colour,
            strokeDash=dash,
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    title = "Performance profiles"
    description = f"Share of runs above each score for {', '.join(scores)}; higher is better."
    return render(chart, title=title, description=description, prefix=prefix)
