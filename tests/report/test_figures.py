import re
import sys
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from omarl.errors import RequestError
from omarl.records.record import Record
from omarl.report.draw.curves import final_returns, learning_curves
from omarl.report.draw.profiles import profiles
from omarl.report.judge.groups import MethodRuns, group_records, method_labels

Make = Callable[..., list[Record]]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def groups(records: Make) -> list[MethodRuns]:
    return group_records([*records("bc"), *records("cql"), *records("omar")])


def test_curves_are_one_readable_image_with_a_line_and_a_band_each(groups: list[MethodRuns]) -> None:
    text = learning_curves(groups, method_labels(groups), prefix="a", behaviour=203.7)
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img" and "width" not in root.attrib and "viewBox" in root.attrib
    assert root.find(f"{SVG}title").text == "Learning curves on spread/medium-replay"
    assert "OMAR ends at" in root.find(f"{SVG}desc").text
    assert len(re.findall('class="mark-line role-mark', text)) == 3
    assert len(re.findall('class="mark-area role-mark', text)) == 3
    assert "behaviour policy 203.7" in text


def test_curves_show_win_rates_where_all_runs_have_them(groups: list[MethodRuns]) -> None:
    won = [replace(each, records=tuple(replace(r, win_rate=0.25) for r in each.records)) for each in groups]
    text = learning_curves(won, method_labels(won), prefix="a", behaviour=203.7)
    assert "win rate, %" in text and "OMAR ends at 25.0" in text and "203.7" not in text
    mixed = learning_curves([*won[:2], groups[2]], method_labels(won), prefix="a", behaviour=203.7)
    assert "win rate" not in mixed and "203.7" in mixed


def test_methods_keep_their_colours_and_differ_in_dash_and_shape(groups: list[MethodRuns]) -> None:
    order = method_labels(groups)
    alone = learning_curves(groups[2:], order, prefix="a")
    assert "var(--s2," in alone and "var(--s0," not in alone
    assert 'stroke-dasharray="2,2"' in alone


def test_ids_of_two_figures_in_a_page_never_meet(groups: list[MethodRuns]) -> None:
    drawn = [final_returns(groups, method_labels(groups), prefix=prefix, behaviour=203.7) for prefix in "ab"]
    ids = [set(re.findall(r'\bid="([^"]*)"', text)) for text in drawn]
    assert ids[0] and not ids[0] & ids[1]


def test_the_comparison_shows_every_seed(groups: list[MethodRuns]) -> None:
    text = final_returns(groups, method_labels(groups), prefix="a")
    ticks = re.search(r'class="mark-rect role-mark[^>]*>(.*?)</g>', text)
    assert ticks is not None and ticks[1].count("<path") == 15


def test_a_profile_falls_from_one_to_nothing(groups: list[MethodRuns]) -> None:
    scores = {each.label: [each.scores] for each in groups}
    text = profiles(scores, method_labels(groups), prefix="a")
    assert text.count("mark-line") == 3 and "100%" in text


def test_names_in_a_figure_are_text(records: Make) -> None:
    hostile = group_records([replace(record, algorithm="<script>&'\"") for record in records("bc")])
    text = learning_curves(hostile, method_labels(hostile), prefix="a")
    assert "<script" not in text
    assert "<script>&'\" ends at" in ElementTree.fromstring(text).find(f"{SVG}desc").text


def test_a_missing_drawing_library_is_named_with_the_remedy(
    groups: list[MethodRuns], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(RequestError, match=r"altair.*pip install 'omarl\[report\]'"):
        learning_curves(groups, method_labels(groups), prefix="a")
