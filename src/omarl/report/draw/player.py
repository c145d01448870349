"""The player: recorded episodes side by side in the page."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from omarl.report.draw.svg import colour
from omarl.report.draw.trajectory import Trajectory


def player(shown: Mapping[str, Trajectory], labels: Sequence[str], n: int) -> str:
    """The HTML of a player with one panel per policy, the `n`th of the page; empty if there are no episodes.

    `labels` are the methods of the page, in the order of their colours; other policies come first.
    """
    if not shown:
        return ""
    order = sorted(shown, key=lambda label: labels.index(label) if label in labels else -1)
    data = [shown[label].json() | {"label": label, "colour": colour(label, labels)} for label in order]
    rings = " Rings are opponents." if any(len(set(each.kinds)) > 1 for each in shown.values()) else ""
    return (
        "<h3>One episode</h3>"
        f'<p class="note">{_start(list(shown.values()))} The bar is the return so far; dots mark '
        f"landmarks.{rings}</p>"
        f'<div class="player" data-episode="episode{n}"><div class="panels"></div>{CONTROLS}</div>'
        f'<script type="application/json" id="episode{n}">{embed(data)}</script>'
        "<noscript><p>The animation needs JavaScript; everything else does not.</p></noscript>"
    )


def _start(shown: Sequence[Trajectory]) -> str:
    """A sentence on whether the episodes begin alike and may be compared with each other."""
    first, *others = [np.concatenate([each.agents[0], each.landmarks]) for each in shown]
    if all(first.shape == other.shape and np.allclose(first, other, atol=1e-4) for other in others):
        return "Every policy (of the first seed) plays from the same start."
    return "Each policy (of the first seed) plays from a start of its own."


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
