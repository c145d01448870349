"""The figure of performance profiles."""

from collections.abc import Mapping, Sequence

import numpy as np

from omarl.report.draw.channels import HEIGHT, WIDTH, channels
from omarl.report.draw.svg import render, require
from omarl.report.judge.statistics import Strata, performance_profile


def profiles(scores: Mapping[str, Strata], labels: Sequence[str], *, prefix: str) -> str:
    """Performance profiles as SVG: a line per label, the share of runs whose score exceeds each threshold."""
    alt = require("altair")
    every = np.concatenate([task for strata in scores.values() for task in strata])
    thresholds = np.linspace(min(0.0, float(every.min())), float(every.max()) * 1.02, 61)
    points = [
        {"label": label, "threshold": float(x), "share": float(share)}
        for label, strata in scores.items()
        for x, share in zip(thresholds, performance_profile(strata, thresholds), strict=True)
    ]
    colour, dash, _ = channels(alt, labels, list(scores), "colour dash")
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
