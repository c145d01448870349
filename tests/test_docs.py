"""What README and docs/ show is run, page by page, in an empty folder.

`python` blocks are executed in one namespace per page; so are the `$ omarl` lines of `console` blocks.
A comment on a line before the block changes that: `<!-- not run: REASON -->` leaves the block out,
`<!-- run with: FLAGS -->` adds flags to its commands, to make them small. A `text` block after the comment
`<!-- printed by the block above -->` is compared with what the last `python` block printed.
"""

import contextlib
import importlib.util
import io
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import griffe
import pytest

from omarl.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- (?P<rule>not run|run with|printed by the block above)(?:: (?P<value>[^\n]+?))? -->\n+)?"
    r"^```(?P<language>python|console|text)\b[^\n]*\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block of a page that is to be run or compared, and flags for its commands."""

    language: str
    body: str
    flags: list[str]


def blocks(page: str) -> list[Block]:
    """The blocks of a page's text that are to be run or compared, in order."""
    found = [
        match
        for match in BLOCK.finditer(page)
        if match["rule"] != "not run" and (match["language"] != "text" or match["rule"])
    ]
    return [Block(match["language"], match["body"], shlex.split(match["value"] or "")) for match in found]


def commands(block: Block) -> list[list[str]]:
    """The commands of a console block, without the prompt; a backslash continues a line."""
    lines = block.body.replace("\\\n", " ").splitlines()
    return [shlex.split(line[2:], comments=True) + block.flags for line in lines if line.startswith("$ ")]


def run_command(command: list[str]) -> None:
    """Run an `omarl` command in this process, where JAX is imported and compiled functions are kept."""
    assert command[0] == "omarl", f"mark the block `<!-- not run: REASON -->` or show only omarl: {command}"
    try:
        code = main(command[1:])
    except SystemExit as end:  # help, or an option that does not exist
        code = end.code or 0
    assert code == 0, shlex.join(command)


def run_python(code: str, namespace: dict) -> str:
    """Execute a block in the page's namespace; returns what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "a page's block", "exec"), namespace)
    return printed.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace, printed = {"__name__": "__main__"}, ""
    for block in blocks(page.read_text()):
        if block.language == "python":
            printed = run_python(block.body, namespace)
        elif block.language == "text":
            assert block.body.strip() == printed.strip()
        else:
            for command in commands(block):
                run_command(command)


def test_the_convention_of_the_blocks():
    page = """
```python
x = 1
```
<!-- not run: takes hours -->
```python
x = 2
```
<!-- run with: --size 10 -->

```console
$ omarl collect spread \\
    --seed 1   # a comment
collected
```
```text
a formula
```
<!-- printed by the block above -->
```text
1
```
"""
    first, second, third = blocks(page)
    assert first == Block("python", "x = 1\n", [])
    assert commands(second) == [["omarl", "collect", "spread", "--seed", "1", "--size", "10"]]
    assert third == Block("text", "1\n", [])


def hook():
    """The module that the documentation's build is hooked to."""
    spec = importlib.util.spec_from_file_location("undocumented", ROOT / ".ci/undocumented.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_build_notices_undocumented_public_names():
    code = '''
"""A module."""
from os import path
class Told:
    """A class."""
    field = 1
    @property
    def silent(self): ...
    def _private(self): ...
def mute(): ...
def said():
    """A function."""
'''
    with griffe.temporary_visited_module(code, module_name="sample") as module:
        assert list(hook().undocumented(module)) == ["sample.Told.silent", "sample.mute"]


def test_every_public_module_has_its_place_in_the_reference():
    shown = re.findall(r"^::: (\S+)", "\n".join(page.read_text() for page in PAGES), re.MULTILINE)
    package = griffe.load("omarl", search_paths=[str(ROOT / "src")])
    public = [module.path for module in package.modules.values() if not module.name.startswith("_")]
    assert [path for path in public if not f"{path}.".startswith(tuple(f"{name}." for name in shown))] == []
