"""Figures of one dataset: learning curves, and final returns with their intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from omarl.records.record import BEHAVIOUR
from omarl.report import names
from omarl.report.draw.channels import HEIGHT, LEVEL, WIDTH, channels
from omarl.report.draw.svg import INK, render, require
from omarl.report.judge.bootstrap import bootstrap_interval
from omarl.report.judge.groups import MethodRuns
from omarl.report.judge.measure import BY_RETURN, BY_WINS, Measure, measure_of
from omarl.report.judge.statistics import pooled_middle, std

MARKS = 8
"""The most markers on a curve. They tell curves apart; a marker at every evaluation would hide the curves."""


def learning_curves(
    groups: Sequence[MethodRuns], labels: Sequence[str], *, prefix: str, behaviour: float | None = None
) -> str:
    """Mean return or win rate over updates: a line per group, in a band of one standard deviation over seeds.

    `behaviour`, the mean return of the dataset, is drawn as a horizontal line where returns are shown.
    """
    measure = measure_of([record for each in groups for record in each.records], [BY_WINS])
    title = "mean return" if measure is BY_RETURN else measure.unit
    behaviour = behaviour if measure is BY_RETURN else None
    alt = require("altair")
    data = alt.Data(values=[point for each in groups for point in _curve(each, measure)])
    x = alt.X("updates:Q", title="updates", axis=alt.Axis(grid=False, tickCount=5))
    base = alt.Chart(data).encode(x=x)
    level = [] if behaviour is None else [f"{BEHAVIOUR} policy {names.number(behaviour)}"]
    y = alt.Y("mean:Q", title=title, scale=alt.Scale(zero=False))
    colour, dash, shape = channels(alt, labels, [*(each.label for each in groups), *level], "colour shape")
    band = base.mark_area(opacity=0.16).encode(
        y=alt.Y("low:Q", title=title, scale=alt.Scale(zero=False)), y2="high:Q", color=colour
    )
    line = base.mark_line(strokeWidth=2).encode(y=y, color=colour, strokeDash=dash)
    marks = base.transform_filter("datum.mark").mark_point(filled=True, size=45, opacity=1)
    layers = [band, line, marks.encode(y=y, color=colour, shape=shape)]
    if behaviour is not None:
        line = alt.Chart(alt.Data(values=[{"label": level[0], "level": behaviour}]))
        layers.insert(0, line.mark_rule(**LEVEL).encode(y="level:Q", color=colour, strokeDash=dash))
    return render(
        alt.layer(*layers).properties(width=WIDTH, height=HEIGHT),
        title=f"Learning curves on {groups[0].dataset}",
        description=_describe(groups, behaviour, measure),
        prefix=prefix,
    )


def _curve(group: MethodRuns, measure: Measure) -> list[dict[str, Any]]:
    """The points of a learning curve: mean and spread over the seeds after each number of updates."""
    updates = sorted({record.updates for record in group.records})
    every = -(-len(updates) // MARKS)
    points = []
    for place, step in enumerate(updates):
        values = np.array([measure.value(record) for record in group.records if record.updates == step])
        mean, spread = float(values.mean()), float(np.nan_to_num(std(values)))
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


def _describe(groups: Sequence[MethodRuns], behaviour: float | None, measure: Measure = BY_RETURN) -> str:
    """What a figure of `groups` shows, in words."""
    ends = [f"{each.label} ends at {names.number(_last_mean(each, measure))}" for each in groups]
    if behaviour is not None:
        ends.append(f"the {BEHAVIOUR} policy returned {names.number(behaviour)}")
    return "; ".join(ends) + "."


def _last_mean(group: MethodRuns, measure: Measure) -> float:
    return float(np.mean([measure.value(record) for record in group.final]))


def final_returns(
    groups: Sequence[MethodRuns], labels: Sequence[str], *, prefix: str, behaviour: float | None = None
) -> str:
    """Final returns as SVG: every seed, the interquartile mean, and its 95 % interval where it is known."""
    alt = require("altair")
    order = [each.label for each in sorted(groups, key=lambda each: -pooled_middle([each.returns]))]
    colour, _, shape = channels(alt, labels, order)
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
        layers.insert(0, level.mark_rule(**LEVEL))
    return render(
        alt.layer(*layers).properties(width=WIDTH, height=max(HEIGHT, 32 * len(groups))),
        title=f"Final returns on {groups[0].dataset}",
        description=_describe(groups, behaviour),
        prefix=prefix,
    )


def _final(group: MethodRuns) -> dict[str, Any]:
    """The interquartile mean of a group and its interval, which shrinks to a point where it is unknown."""
    middle, around = pooled_middle([group.returns]), bootstrap_interval([group.returns])
    low, high = around if around.known else (middle, middle)
    return {"label": group.label, "value": middle, "low": low, "high": high}
