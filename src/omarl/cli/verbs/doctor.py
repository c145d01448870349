"""`omarl doctor`: versions, devices and optional parts of this installation."""

import json
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from omarl.envs.host.bindings import require_mujoco
from omarl.errors import RequestError, one_line
from omarl.versions import installed, versions


def require_modules(modules: Iterable[str]) -> None:
    """Import modules; `RequestError` if one is missing or cannot be imported."""
    if missing := [name for name in modules if find_spec(name) is None]:
        raise RequestError(f"{', '.join(missing)} is missing")
    for name in modules:
        try:
            import_module(name)
        except Exception as error:  # whatever the code of others raises
            raise RequestError(f"{name} is broken: importing it ends in {one_line(error)!r}") from error


class Extra(NamedTuple):
    """An optional part: the modules that it needs, and what imports them or raises `RequestError`."""

    modules: tuple[str, ...]
    require: Callable[[tuple[str, ...]], Any] = require_modules


EXTRAS: Mapping[str, Extra] = {
    "report": Extra(("altair", "vl_convert", "PIL")),
    "envs": Extra(("pettingzoo", "gymnasium")),
    "hdf5": Extra(("h5py",)),
    "vault": Extra(("tensorstore",)),
    "mujoco": Extra(("mujoco",), lambda modules: require_mujoco()),
}


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Show versions, devices and optional parts of this installation."""

    json: bool = False
    """Print the findings as JSON."""

    def __call__(self) -> int:
        """Print the findings; returns the exit code."""
        found = installation()
        if self.json:
            print(json.dumps(found, indent=1))
        else:
            print("\n".join(f"{name}: {value}" for name, value in found.items()))
        return 0


def installation() -> dict[str, Any]:
    """Versions, devices and optional parts of this installation, by name."""
    import jax

    from omarl.nets.kernels import compiled
    from omarl.training.devices import device_kinds, missing_device

    devices = missing_device() or ", ".join(device_kinds())
    programs = str(jax.config.jax_compilation_cache_dir)  # pyright: ignore[reportAttributeAccessIssue]
    place = {"devices": devices, "cores": os.cpu_count(), "compiled programs": programs}
    place["kernels"] = compiled.kernels_here()
    return {**versions(), **place, **{name: condition(name, extra) for name, extra in EXTRAS.items()}}


def condition(name: str, extra: Extra) -> str:
    """What importing an optional part tells: `ok` and versions, or what is wrong and what to do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of others' own making
        try:
            extra.require(extra.modules)
        except RequestError as error:
            said = str(error)
            return said if "pip install" in said else f"{said}: pip install 'omarl[{name}]'"
    return "ok, " + ", ".join(f"{module} {version}" for module, version in installed(extra.modules).items())
