"""Charts as SVG inside a page: they scale, take the page's colours, and screen readers can describe them."""

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

from omarl.errors import RequestError

_SVG = "http://www.w3.org/2000/svg"
INK, MUTED, RULE = "var(--ink, #1d2430)", "var(--muted, #5b6472)", "var(--rule, #d9dde3)"
COLOURS = tuple(
    f"var(--s{place}, {colour})"
    for place, colour in enumerate(
        ("#0072b2", "#c8500a", "#00805e", "#a3417f", "#8a6100", "#2b7fa8", "#4a4e8c", "#5f6b1e")
    )
)
YELLOWISH = (COLOURS[1], COLOURS[4], COLOURS[7])
"""The colours between red and green, which many cannot tell from each other."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [10, 4], [1, 2], [6, 2, 1, 2])
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-left", "wedge")
LEVEL_SHAPE = "M-1,-.12H-.6V.12H-1Z M-.2,-.12H.2V.12H-.2Z M.6,-.12H1V.12H.6Z"


def colour(label: str, labels: Sequence[str]) -> str:
    """The colour of `label` in a report whose methods are `labels`; muted if it is not one of them."""
    return COLOURS[labels.index(label) % len(COLOURS)] if label in labels else MUTED


def opposing(own: str) -> str:
    """The colour of the opponents of a side, which those who see two primary colours tell from it."""
    return COLOURS[0] if own in YELLOWISH else COLOURS[1]


def require(module: str) -> Any:
    """The drawing library `module`; raises `RequestError` with the remedy if it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise RequestError(
            f"figures need {module}, which is not installed: pip install 'omarl[report]'"
        ) from error


def render(chart: Any, *, title: str, description: str, prefix: str) -> str:
    """The altair `chart` as an `<svg>` element without a fixed size.

    A screen reader says `title` and `description`. `prefix` must be a plain word; it keeps the ids of the
    element different from those of other figures in the page.
    """
    converter = require("vl_convert")
    spec = chart.configure(**_theme()).to_dict()
    root = ElementTree.fromstring(converter.vegalite_to_svg(spec))
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib.setdefault("viewBox", f"0 0 {width} {height}")
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title {prefix}-description")
    _silence(root)
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{_SVG}}}{tag}", id=f"{prefix}-{_IDS[tag]}")
        element.text = text
        root.insert(place, element)
    ElementTree.register_namespace("", _SVG)
    return _own_ids(ElementTree.tostring(root, encoding="unicode"), prefix)


def standalone(svg: str) -> str:
    """A figure for a file of its own: colours as numbers instead of variables, and a white background."""
    plain = re.sub(r"var\(--\w+, (#\w+)\)", r"\1", svg)
    return plain.replace("<svg ", '<svg style="background:#ffffff" ', 1)


_IDS = {"title": "title", "desc": "description"}


def _silence(root: ElementTree.Element) -> None:
    """Remove the roles and labels of single marks, so that the figure is one image with one description."""
    for element in root.iter():
        for name in [name for name in element.attrib if name.startswith("aria-role")]:
            del element.attrib[name]
        if element is not root:
            for name in ("role", "aria-label", "aria-roledescription", "aria-hidden"):
                element.attrib.pop(name, None)


def _own_ids(text: str, prefix: str) -> str:
    """The element with its clip paths renamed, because every figure calls them clip0, clip1, ..."""
    return re.sub(r'(id="|url\(#)(clip|gradient)', rf"\1{prefix}-\2", text)


def _theme() -> dict[str, Any]:
    """The look of every chart: thin rules, muted axes, the page's own colours."""
    font = "system-ui, -apple-system, 'Segoe UI', sans-serif"
    return {
        "background": "transparent",
        "font": font,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "titleColor": MUTED,
            "titleFontWeight": "normal",
            "labelFontSize": 12,
            "titleFontSize": 12,
            "gridColor": RULE,
            "domainColor": RULE,
            "tickColor": RULE,
        },
        "legend": {
            "labelColor": INK,
            "labelFontSize": 12,
            "title": None,
            "symbolSize": 120,
            "symbolOpacity": 1,
        },
    }
