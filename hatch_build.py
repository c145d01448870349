"""Builds the compiled kernels with the package, where there is a C++ compiler, and carries on where not.

`src/omarl/nets/kernels/native/` says what they are. What became of the build stands in one line in
`kernels.log` there, which `omarl doctor` shows.
"""

import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = "src/omarl/nets/kernels/native"
COMMON = "-std=c++17 -O3 -fPIC -ffp-contract=fast -fno-math-errno -fno-trapping-math"
AVX512 = "-mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mprefer-vector-width=512"
SETS = {
    "avx2": "-mavx2 -mfma",
    "avx512": AVX512,
    "amx": f"{AVX512} -mavx512bf16 -mamx-tile -mamx-bf16",
}
"""The compiler's options for each set of instructions; a processor that lacks one does not run its code."""


class Missing(Exception):
    """Something that the build needs is not here."""


def compiler() -> list[str]:
    """The command of a C++ compiler: `CXX`, or the first that is found."""
    named = os.environ.get("CXX")
    found = [named] if named else [shutil.which(name) for name in ("c++", "g++", "clang++")]
    if not any(found):
        raise Missing("no C++ compiler")
    return shlex.split(next(filter(None, found)))


def headers() -> Path:
    """Where jaxlib keeps the headers of XLA's foreign function interface."""
    found = importlib.util.find_spec("jaxlib")
    where = Path(found.origin).parent / "include" if found and found.origin else None
    if where is None or not (where / "xla/ffi/api/ffi.h").exists():
        raise Missing("no jaxlib with headers beside the compiler")
    return where


def build(native: Path) -> str:
    """Compile the library; returns one line that says with what. `Missing` where that is not possible."""
    if platform.machine().lower() not in ("x86_64", "amd64") or sys.platform not in ("linux", "darwin"):
        raise Missing(f"they are for x86-64 on Linux and macOS, here is {platform.machine()}, {sys.platform}")
    command, include, release = compiler(), headers(), version("jaxlib")
    jobs = {name: f"{options} -DOMARL_SET={name} head.cpp".split() for name, options in SETS.items()}
    jobs["handlers"] = [f'-DOMARL_JAXLIB="{release}"', "-isystem", str(include), "handlers.cpp"]
    with tempfile.TemporaryDirectory() as folder:
        objects = [f"{folder}/{name}.o" for name in jobs]
        for words, out in zip(jobs.values(), objects, strict=True):
            run([*command, *COMMON.split(), *words, "-c", "-o", out], native)
        run([*command, "-shared", "-o", f"{folder}/kernels.so", *objects], native)
        shutil.copy(f"{folder}/kernels.so", native)
    return f"compiled by {Path(command[0]).name} for jaxlib {release} or later"


def run(command: list[str], folder: Path) -> None:
    """Carry out a compiler's command; `Missing` with its first complaint if it fails."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Missing(str(error)) from error
    if done.returncode:
        complaints = [line.strip() for line in done.stderr.splitlines() if "error" in line]
        raise Missing(f"{command[0]}: {(complaints or ['it failed'])[0]}")


class Hook(BuildHookInterface):
    """What hatchling calls before it makes a wheel, an editable one too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the library and add it to the wheel, which then is for one platform."""
        native = Path(self.root) / NATIVE
        (native / "kernels.so").unlink(missing_ok=True)
        try:
            said = build(native)
            here = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"], build_data["tag"] = False, f"py3-none-{here}"  # no Python inside
            build_data["artifacts"] += [f"{NATIVE}/kernels.so"]
        except Missing as missing:
            said = f"not compiled, JAX does their work: {missing}"
        (native / "kernels.log").write_text(said + "\n")
        build_data["artifacts"] += [f"{NATIVE}/kernels.log"]
        self.app.display_info(f"kernels: {said}")
