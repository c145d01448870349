"""The kernels' C++ is built where it can be, and touches nothing outside its arrays."""

import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from omarl.nets.kernels import compiled

ROOT = Path(__file__).parents[2]
SANITIZERS = "-std=c++17 -O1 -g -ffp-contract=fast -fsanitize=address,undefined -fno-sanitize-recover=all"


@pytest.fixture
def hook():
    """The module that builds the kernels when the package is installed."""
    spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec and spec.loader
    spec.loader.exec_module(found := module_from_spec(spec))
    return found


def told(hook, tmp_path):
    """Why nothing was built."""
    with pytest.raises(hook.Missing) as refused:
        hook.build(tmp_path)
    assert not list(tmp_path.iterdir())
    return str(refused.value)


def test_without_a_compiler_nothing_is_built_and_the_reason_is_said(hook, monkeypatch, tmp_path):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(hook.shutil, "which", lambda name: None)
    assert told(hook, tmp_path) == "no C++ compiler"
    monkeypatch.setenv("CXX", str(tmp_path / "nowhere"))
    assert "No such file or directory" in told(hook, tmp_path)
    monkeypatch.setenv("CXX", "sh -c 'echo head.cpp:1: error: what is this? >&2; exit 1' --")
    assert told(hook, tmp_path) == "sh: head.cpp:1: error: what is this?"


def test_on_another_processor_nothing_is_built(hook, monkeypatch, tmp_path):
    monkeypatch.setattr(hook.platform, "machine", lambda: "aarch64")
    assert told(hook, tmp_path).startswith("they are for x86-64 on Linux and macOS, here is aarch64")


@pytest.mark.skipif(not compiled.usable(), reason="no kernels here")
def test_nothing_outside_the_arrays_is_touched(hook, tmp_path):
    """Under address and undefined-behaviour sanitizers."""
    native, flags = compiled.LIBRARY.parent, SANITIZERS.split()
    objects = []
    for name, options in hook.SETS.items():
        objects.append(str(tmp_path / f"{name}.o"))
        words = [*options.split(), f"-DOMARL_SET={name}", str(native / "head.cpp"), "-c", "-o", objects[-1]]
        subprocess.run([*hook.compiler(), *flags, *words], check=True)
    program = str(tmp_path / "sanitized")
    source = str(Path(__file__).with_name("sanitized.cpp"))
    link = [*hook.compiler(), *flags, f"-I{native}", source, *objects, "-o", program]
    if b"libasan" in (linked := subprocess.run(link, capture_output=True, check=False)).stderr:
        pytest.skip("the compiler has no sanitizers")
    assert not linked.returncode, linked.stderr
    done = subprocess.run([program, *compiled.usable()], capture_output=True, text=True, check=False)
    assert done.stdout == f"{len(compiled.usable())} sets, 200 sizes\n", done.stderr
