"""The lowest rooms can be imported where there is no JAX."""

import subprocess
import sys

BLOCKED = ("jax", "jaxlib", "optax")
ROOMS = ("omarl.paper", "omarl.records")
MODULES = ("omarl.types", "omarl.errors", "omarl.envs.registry", "omarl.envs.references")

WITHOUT = f"""
import sys
from importlib import import_module
from importlib.abc import MetaPathFinder
from pkgutil import walk_packages

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {BLOCKED}:
            raise ImportError(f"{{name}} is not here")

sys.meta_path.insert(0, Absent())
for name in (*{ROOMS}, *{MODULES}):
    import_module(name)
for room in {ROOMS}:
    for each in walk_packages(import_module(room).__path__, room + "."):
        import_module(each.name)
"""


def test_the_lowest_rooms_need_no_jax() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_jax_is_indeed_blocked() -> None:
    done = subprocess.run([sys.executable, "-c", f"{WITHOUT}\nimport jax"], capture_output=True, text=True)
    assert "ImportError: jax is not here" in done.stderr
