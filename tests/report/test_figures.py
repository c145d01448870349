import re
import sys
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from omarl.errors import RequestError
from omarl.records.record import Record
from omarl.report import figures
from omarl.report.groups import Group, group, labels

Make = Callable[..., list[Record]]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def groups(records: Make) -> list[Group]:
    return group([*records("bc"), *records("ma-cql"), *records("omar")])


def test_curves_are_one_readable_image_with_a_line_and_a_band_each(groups: list[Group]) -> None:
    text = figures.curves(groups, labels(groups), prefix="a", behaviour=203.7)
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img" and "width" not in root.attrib and "viewBox" in root.attrib
    assert root.find(f"{SVG}title").text == "Learning curves on spread/medium-replay"
    assert "OMAR ends at" in root.find(f"{SVG}desc").text
    assert len(re.findall('class="mark-line role-mark', text)) == 3
    assert len(re.findall('class="mark-area role-mark', text)) == 3
    assert "behaviour policy 203.7" in text


def test_methods_keep_their_colours_and_differ_in_dash_and_shape(groups: list[Group]) -> None:
    order = labels(groups)
    alone = figures.curves(groups[2:], order, prefix="a")
    assert "var(--s2," in alone and "var(--s0," not in alone
    assert 'stroke-dasharray="2,2"' in alone


def test_ids_of_two_figures_in_a_page_never_meet(groups: list[Group]) -> None:
    drawn = [figures.comparison(groups, labels(groups), prefix=prefix, behaviour=203.7) for prefix in "ab"]
    ids = [set(re.findall(r'\bid="([^"]*)"', text)) for text in drawn]
    assert ids[0] and not ids[0] & ids[1]


def test_the_comparison_shows_every_seed(groups: list[Group]) -> None:
    text = figures.comparison(groups, labels(groups), prefix="a")
    ticks = re.search(r'class="mark-rect role-mark[^>]*>(.*?)</g>', text)
    assert ticks is not None and ticks[1].count("<path") == 15


def test_a_profile_falls_from_one_to_nothing(groups: list[Group]) -> None:
    scores = {each.label: [each.scores] for each in groups}
    text = figures.profile(scores, labels(groups), prefix="a")
    assert text.count("mark-line") == 3 and "100%" in text


def test_names_in_a_figure_are_text(records: Make) -> None:
    hostile = group([replace(record, algorithm="<script>&'\"") for record in records("bc")])
    text = figures.curves(hostile, labels(hostile), prefix="a")
    assert "<script" not in text
    assert "<script>&'\" ends at" in ElementTree.fromstring(text).find(f"{SVG}desc").text


def test_a_missing_drawing_library_is_named_with_the_remedy(
    groups: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(RequestError, match=r"altair.*pip install 'omarl\[report\]'"):
        figures.curves(groups, labels(groups), prefix="a")
