"""What all figures share: their size, and the colour, dash and shape of each method."""

from collections.abc import Sequence
from typing import Any

from omarl.report.draw.svg import COLOURS, DASHES, LEVEL_SHAPE, MUTED, SHAPES

WIDTH, HEIGHT = 400, 250
LETTERS = 56
"""Legend characters per figure width."""
LEVEL: dict[str, Any] = {"strokeWidth": 1.5, "strokeDash": [1, 3], "strokeCap": "round", "color": MUTED}
"""The style of a dotted line at a constant level."""


def channels(alt: Any, labels: Sequence[str], shown: Sequence[str], keyed: str = "") -> tuple[Any, Any, Any]:
    """Colour, dash and shape of the labels that are shown; those not in `labels` are a muted dotted line.

    `alt` is the altair module, `keyed` names the channels that the legend explains.
    """
    outline = 0 if "shape" in keyed else 2
    columns = min(max(LETTERS // max(map(len, shown)), 1), 4)
    key = alt.Legend(
        orient="top", columns=columns, gridAlign="none", symbolStrokeWidth=outline, labelLimit=WIDTH
    )
    kinds = (
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
        for channel, name, choices, other in kinds
    )
    return colour, dash, shape


def _choice(label: str, labels: Sequence[str], choices: Sequence[Any], other: Any) -> Any:
    return choices[labels.index(label) % len(choices)] if label in labels else other
