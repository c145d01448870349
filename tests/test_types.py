import pytest
from hypothesis import given
from hypothesis import strategies as st

from omarl.types import TaskId, literal

LINE = TaskId("line-spread", {"independent": True, "agents": 2})
WORDS = st.from_regex(r"[a-z]+(_[a-z]+)*", fullmatch=True)
VALUES = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS


def test_a_task_has_one_spelling_for_each_purpose() -> None:
    assert str(LINE) == "line-spread agents=2 independent=True"
    assert LINE.folder == "line-spread-agents=2-independent=True"
    assert LINE.options == "--task.agents 2 --task.independent True"
    assert TaskId("tag", {"prey": "my prey"}).options == "--task.prey 'my prey'"
    assert TaskId("line-spread", (("agents", 2), ("independent", True))) == LINE
    assert {LINE: 1}[TaskId.parse(LINE.folder)] == 1


@given(st.from_regex(r"[a-z]+(-[a-z0-9]+)*", fullmatch=True), st.dictionaries(WORDS, VALUES))
def test_what_is_written_is_parsed(name: str, parameters: dict) -> None:
    task = TaskId(name, {key: literal(str(value)) for key, value in parameters.items()})
    assert TaskId.parse(str(task)) == task
    assert TaskId.parse(task.folder).name == name


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("pettingzoo:mpe2.simple_spread_v3", "mpe2.simple_spread_v3"),
        ("pettingzoo:a.b:make env", "a.b.make.env"),
        ("../..", "own"),
        ("", "own"),
    ],
)
def test_any_name_becomes_one_part_of_a_path(name: str, folder: str) -> None:
    assert TaskId(name).folder == folder


def test_a_value_becomes_part_of_a_path_too() -> None:
    assert TaskId("tag", {"prey": "../a b/c.d"}).folder == "tag-prey=a.b.c.d"
    assert len(TaskId("tag", {"prey": "long/" * 100}).folder) < 100


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("-1", -1), ("0.5", 0.5), ("true", True), ("False", False), ("nan", "nan"), ("a b", "a b")],
)
def test_a_literal_is_what_its_text_spells(text: str, value: object) -> None:
    assert literal(text) == value and type(literal(text)) is type(value)
