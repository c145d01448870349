"""MuJoCo's Python bindings, imported when a task needs them, and what to do where that fails.

Only importing tells whether they are usable: an upgrade in place from MuJoCo 3 to 4, or a `mujoco` 3 beside a
`mujoco-core` 4, leaves files of both, and `pip check` finds nothing wrong.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from omarl.errors import SimulatorError, one_line
from omarl.versions import distributions

MUJOCO_PARTS = ("mujoco", "mujoco-core", "mujoco-studio")
"""The distributions that put files into the package `mujoco`."""
BATCH = "mujoco.batch"


def require_mujoco() -> Any:
    """The module `mujoco`, with `mujoco.batch` imported too.

    Raises `SimulatorError` if it is missing, if its files do not fit together, or if it is older than
    `mujoco.batch`.
    """
    parts = distributions(MUJOCO_PARTS)
    try:
        mujoco = import_module("mujoco")
        version = mujoco.__version__
        if find_spec(BATCH) is None:
            raise SimulatorError(
                f"MuJoCo {version} is too old: expected 4.0 or later, best in a fresh environment, by "
                "pip install 'omarl[mujoco]'"
            )
        import_module(BATCH)
    except SimulatorError:
        raise
    except Exception as error:  # files of several versions fail in many ways, not only with ImportError
        if not parts and find_spec("mujoco") is None:
            raise SimulatorError("MuJoCo is missing: pip install 'omarl[mujoco]'") from None
        raise SimulatorError(broken(parts, error)) from error
    return mujoco


def broken(parts: Mapping[str, str], error: Exception) -> str:
    """What is installed, how importing it failed, and how to repair it.

    Everything has to go before anything is installed again: pip removes the files of an old version after it
    wrote those of the new one, even where both have the same name.
    """
    found = ", ".join(f"{name} {version}" for name, version in parts.items()) or "no package, but its files"
    again = "mujoco>=4.0" if "mujoco" in parts else "mujoco-core>=4.0"
    all_parts = " ".join(parts or MUJOCO_PARTS)
    return (
        f"MuJoCo is broken: {found} installed, but importing it ends in {one_line(error)!r}; make a fresh "
        f"environment, or `pip uninstall -y {all_parts}` and then `pip install '{again}'`"
    )
