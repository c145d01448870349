"""The player: episodes that were recorded, side by side in the page."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from omarl.records.record import BEHAVIOUR
from omarl.report.episodes import Trajectory
from omarl.report.groups import Group
from omarl.report.runs import Run
from omarl.report.svg import colour


def episodes(runs: Iterable[Run], groups: Sequence[Group], labels: Sequence[str], n: int) -> str:
    """The player for the episodes that `runs` recorded, one panel per policy; nothing if there are none."""
    shown: dict[str, Trajectory] = {}
    for run in runs:
        for label, trajectory in _policies(run, groups).items():
            shown.setdefault(label, trajectory)
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


def _policies(run: Run, groups: Sequence[Group]) -> dict[str, Trajectory]:
    """The data's own episode in a run, and that of the policy of its first seed, under the page's labels."""
    data = [each for each in run.episode if each.label.startswith(BEHAVIOUR)]
    own = [each for each in run.episode if each not in data]
    found = {f"{BEHAVIOUR} policy": data[0]} if data else {}
    if own:
        label = next((each.label for each in groups if run.records[0] in each.records), own[0].label)
        found[label] = own[0]
    return found


def _start(shown: Sequence[Trajectory]) -> str:
    """Whether the episodes may be compared with each other, in words."""
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
