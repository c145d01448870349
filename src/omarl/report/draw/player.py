"""The player: recorded episodes side by side in the page."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from omarl.report.draw.svg import colour, opposing
from omarl.report.draw.trajectory import Trajectory
from omarl.report.draw.window import Pane, window


def player(shown: Mapping[str, Trajectory], labels: Sequence[str], n: int) -> str:
    """The HTML of a player with one panel per policy, the `n`th of the page; empty if there are no episodes.

    `labels` are the methods of the page, in the order of their colours; other policies come first.
    """
    if not shown:
        return ""
    order = sorted(shown, key=lambda label: labels.index(label) if label in labels else -1)
    frame = window(list(shown.values()))
    data = [_panel(shown[label], label, colour(label, labels), frame) for label in order]
    kind = "player wide" if frame.width > 1.5 * frame.height else "player"
    return (
        "<h3>One episode</h3>"
        f'<p class="note">{" ".join(_notes(list(shown.values())))}</p>'
        f'<div class="{kind}" data-episode="episode{n}"><div class="panels"></div>{CONTROLS}</div>'
        f'<script type="application/json" id="episode{n}">{embed(data)}</script>'
        "<noscript><p>The animation needs JavaScript; everything else does not.</p></noscript>"
    )


def _panel(episode: Trajectory, label: str, own: str, frame: Pane) -> dict[str, Any]:
    """What the player reads of an episode."""
    sides = {"colour": own} | ({"opposing": opposing(own)} if episode.types else {})
    return episode.json() | {"label": label, **sides, "window": frame.json()}


def _notes(shown: Sequence[Trajectory]) -> Iterator[str]:
    """Sentences on what is seen, as far as there is something to explain."""
    yield _start(shown)
    marks = any(each.landmarks.size for each in shown)
    yield f"The bar is the return so far{'; dots mark landmarks or goals' if marks else ''}."
    types = {name: corners for each in shown for name, corners in zip(each.types, each.corners, strict=True)}
    if types:
        names = ", ".join(f"{name} ({FORMS.get(corners, 'polygon')})" for name, corners in types.items())
        yield f"Filled shapes are learners, hollow ones opponents: {names}; faint ones are dead."
        yield "The inner arc is the life that is left, the outer one the shield; lines are shots."
    elif any(len(set(each.kinds)) > 1 for each in shown):
        yield "Rings are opponents."
    if any(len(set(each.body_agent) - {None}) > 1 for each in shown):
        yield "Each shade is moved by an agent of its own; what is grey is moved by none."
    if any(each.width is not None for each in shown):
        yield "The picture moves along; marks on the ground are 1&nbsp;m apart."
    if rhythms := sorted({each.every for each in shown} - {1}):
        yield f"Of the steps, one in {' or '.join(map(str, rhythms))} is drawn."


def _start(shown: Sequence[Trajectory]) -> str:
    """A sentence on whether the episodes begin alike and may be compared with each other."""
    first, *others = [np.concatenate([part.ravel() for part in each.at(0.0)]) for each in shown]
    if all(first.shape == other.shape and np.allclose(first, other, atol=1e-4) for other in others):
        return "Every policy (of the first seed) plays from the same start."
    return "Each policy (of the first seed) plays from a start of its own."


FORMS = {0: "disc", 3: "triangle", 4: "square", 6: "hexagon"}
"""Shapes by their number of corners."""
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
