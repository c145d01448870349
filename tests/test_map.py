"""The map of the house tells the truth: the picture, the table of rooms and the line of the floors."""

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def script():
    """The module `.ci/map.py`."""
    spec = importlib.util.spec_from_file_location("map", ROOT / ".ci/map.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def house():
    """The floors as pyproject.toml has them."""
    return script().floors((ROOT / "pyproject.toml").read_text())


def test_the_committed_picture_is_what_the_script_draws():
    drawn = script()
    assert drawn.PICTURE.read_text() == drawn.house(), "remedy: python .ci/map.py"
    ET.fromstring(drawn.house())


def test_imports_are_found_wherever_they_stand(tmp_path):
    package = tmp_path / "pkg"
    (package / "high" / "attic").mkdir(parents=True)
    for name, text in {
        "__init__.py": "from pkg import high\n",
        "high/__init__.py": "import json\nfrom other.low import x\n",
        "high/attic/__init__.py": "from pkg.high import y\ndef late():\n    from pkg.low import z\n",
        "middle.py": "from pkg import low, base\n",
        "low.py": "import pkg.base\n",
        "base.py": "",
    }.items():
        (package / name).write_text(text)
    wanted = {("high", "low"), ("middle", "low"), ("middle", "base"), ("low", "base")}
    assert script().pairs(package) == wanted
    assert script().folders(package) == {"base": [], "high": ["attic"], "low": [], "middle": []}


def test_a_room_without_a_floor_is_not_drawn_over():
    with pytest.raises(ValueError, match="cellar"):
        script().draw([["hall"]], {"hall": [], "cellar": []}, set())


def test_the_pages_have_every_room_in_the_order_of_the_floors():
    table = re.findall(r"^\| `(\w+)(?:\.py|/)` \|", (ROOT / "docs/design.md").read_text(), re.MULTILINE)
    assert table == [room for floor in house() for room in floor]
    line = re.search(r"^`(cli >[^`]*)`", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert line and line[1].split() == " > ".join(" | ".join(floor) for floor in house()).split()


@pytest.mark.parametrize("page", ["docs/design.md", "CONTRIBUTING.md"])
def test_files_and_names_on_a_page_are_there(page):
    text = (ROOT / page).read_text()
    files = [file for folder in ("src", "tests", ".ci") for file in (ROOT / folder).rglob("*.py")]

    def called(path):
        return [file for file in files if f"/{file.relative_to(ROOT)}".endswith(f"/{path}")]

    paths = [path for path in re.findall(r"`([\w/.]+\.py)`", text) if "NAME" not in path]
    assert paths and [path for path in paths if not called(path)] == []
    for name, path in re.findall(r"`(\w+)`[\s\w]* \(`([\w/]+\.py)`\)", text):
        defined = rf"^ *(?:def |class )?{name}\b"
        assert any(re.search(defined, file.read_text(), re.MULTILINE) for file in called(path)), (name, path)
