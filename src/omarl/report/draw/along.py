"""Figures of results along an option or a parameter of the task."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from omarl.report import names
from omarl.report.draw.channels import HEIGHT, LEVEL, WIDTH, channels
from omarl.report.draw.svg import render, require

CurvePoint = tuple[str, float, Float[np.ndarray, "run"]]
"""A method, a value of what is varied, and the results of its runs at that value."""


def lines_along(
    points: Sequence[CurvePoint],
    option: str,
    *,
    title: str,
    prefix: str,
    measure: str = "score",
    levels: Mapping[str, float] = MappingProxyType({}),
) -> str:
    """Results over the values of an option as SVG: a line per method through the means, a tick for each run.

    `levels` are the means of methods that do not have the option, drawn as dotted lines.
    """
    alt = require("altair")
    order = list(dict.fromkeys(method for method, _, _ in points))
    colour, dash, shape = channels(alt, order, [*order, *levels], "colour shape")
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
        layers.insert(0, alt.Chart(flat).mark_rule(**LEVEL).encode(y=y, color=colour))
    return render(
        alt.layer(*layers).properties(width=WIDTH, height=HEIGHT),
        title=title,
        description=_said(points),
        prefix=prefix,
    )


def _means(points: Sequence[CurvePoint]) -> list[dict[str, Any]]:
    return [{"label": method, "x": x, "y": float(scores.mean())} for method, x, scores in points]


def _runs(points: Sequence[CurvePoint]) -> list[dict[str, Any]]:
    return [{"label": method, "x": x, "y": y} for method, x, scores in points for y in scores.tolist()]


def _said(points: Sequence[CurvePoint]) -> str:
    """The means in words."""
    return "; ".join(f"{m['label']} {names.number(m['y'])} at {m['x']:g}" for m in _means(points)) + "."


def two_sided(points: Sequence[CurvePoint], option: str, *, title: str, prefix: str, measure: str) -> str:
    """Two methods side by side as SVG, with bars that point away from a shared axis of values.

    The method of the first point is on the left. The dotted line below the first value (one agent) makes the
    four quadrants of the paper's Fig. 8.
    """
    alt = require("altair")
    order = list(dict.fromkeys(method for method, _, _ in points))
    colour, _, shape = channels(alt, order, order)
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
        below = first.mark_rule(**LEVEL).encode(y=alt.Y("x:O", bandPosition=1))
        panels.append(alt.layer(bars, ticks, marks, below).properties(width=WIDTH // 2, height=HEIGHT))
    chart = alt.hconcat(*panels, spacing=4)
    return render(chart, title=title, description=_said(points), prefix=prefix)
