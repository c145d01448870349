"""One name, one meaning: no public top-level name of the package is defined in two files."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent


def script():
    """The module `.ci/names.py`."""
    spec = importlib.util.spec_from_file_location("names", ROOT / ".ci/names.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_name_that_two_files_define_is_found(tmp_path):
    (tmp_path / "room").mkdir()
    first = (
        "from os import path\nLIMIT: int = 1\n_private = a, b = 2, 3\ndef run(): ...\ndef alone(): inner = 1"
    )
    second = "from os import path\nimport a\nLIMIT = 2\n_private = 0\nclass Alone:\n    def run(self): ...\n"
    third = "try:\n    run = b = 1\nexcept ImportError:\n    pass\ndef other():\n    LIMIT = 3\n"
    for name, text in (("first.py", first), ("room/second.py", second), ("third.py", third)):
        (tmp_path / name).write_text(text)
    assert script().duplicates(tmp_path) == {
        "LIMIT": ["first.py", "room/second.py"],
        "b": ["first.py", "third.py"],
        "run": ["first.py", "third.py"],
    }


def test_no_name_of_the_package_is_defined_twice():
    names = script()
    assert names.duplicates(names.SOURCE) == {}
