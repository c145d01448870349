"""The package as a whole: light to import, and nothing in it reads a pickle."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import omarl

SOURCE = Path(omarl.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
EXECUTES_WHAT_IT_READS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
HEAVY = {"jax", "optax", "pyarrow", "altair", "rich"}


def test_importing_the_package_loads_nothing_heavy():
    code = f"import omarl, sys; print(*{HEAVY!r}.intersection(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


OPTIONAL = ("altair", "vl_convert", "gymnasium", "pettingzoo", "h5py")
NEEDS_AN_EXTRA = {"omarl.envs.pettingzoo": "install omarl[envs]"}  # its classes derive from PettingZoo's
IMPORTS_EVERYTHING = f"""
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys({OPTIONAL}))
import omarl
for module in pkgutil.walk_packages(omarl.__path__, "omarl."):
    try:
        importlib.import_module(module.name)
    except omarl.RequestError as error:
        print(module.name, error)
"""


def test_every_module_is_imported_without_a_warning_and_without_optional_packages():
    command = [sys.executable, "-W", "error", "-c", IMPORTS_EVERYTHING]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    refused = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert refused.keys() == NEEDS_AN_EXTRA.keys()
    assert all(remedy in refused[name] for name, remedy in NEEDS_AN_EXTRA.items())


def imported(node: ast.AST) -> list[str]:
    """Names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def allows_pickle(node: ast.AST) -> bool:
    """Whether this is an argument `allow_pickle` other than a plain False."""
    return (
        isinstance(node, ast.keyword)
        and node.arg == "allow_pickle"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    )


def pickles(code: str) -> list[str]:
    """Lines of `code` that would read or write pickles."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(code))
        if allows_pickle(node) or any(name.split(".")[0] in EXECUTES_WHAT_IT_READS for name in imported(node))
    ]


@pytest.mark.parametrize(
    "code", ["import pickle", "from joblib import load", "numpy.load('a', allow_pickle=True)"]
)
def test_the_search_for_pickles_finds_them(code):
    assert pickles(code)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_file_reads_no_pickles(file):
    assert pickles(file.read_text()) == []
