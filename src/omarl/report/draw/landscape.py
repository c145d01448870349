"""The figure of a critic's values over one agent's action."""

from collections.abc import Mapping, Sequence

from omarl.report import names
from omarl.report.draw.channels import HEIGHT, WIDTH, channels
from omarl.report.draw.svg import MUTED, render, require


def critic_landscape(rows: Sequence[Mapping[str, str]], *, title: str, prefix: str) -> str:
    """A critic's values over an agent's action as SVG: a line, and marks at single actions.

    A row has a `kind`, an `action` and its `value`. The rows of kind `landscape` are the line; kinds that
    begin with `mean` are left out.
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
    colour, _, shape = channels(alt, order, order, "colour shape")
    x = alt.X("action:Q", title="action", axis=alt.Axis(grid=False))
    y = alt.Y("value:Q", title="value by the critic", scale=alt.Scale(zero=False))
    curve = alt.Chart(alt.Data(values=line)).mark_line(strokeWidth=1.5, color=MUTED).encode(x=x, y=y)
    marks = alt.Chart(alt.Data(values=marked)).mark_point(filled=True, size=140, opacity=1)
    said = "; ".join(f"{point['label']} at {point['action']:.2f}" for point in marked)
    chart = alt.layer(curve, marks.encode(x=x, y=y, color=colour, shape=shape))
    sized = chart.properties(width=WIDTH, height=HEIGHT)
    return render(sized, title=title, description=f"{said}.", prefix=prefix)
