"""`omarl doctor`: what this installation has and can do."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from omarl.cli import options

EXTRAS = {
    "report": ("altair", "vl_convert"),
    "envs": ("pettingzoo", "gymnasium"),
    "hdf5": ("h5py",),
}


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Say which versions, devices and optional parts there are."""

    json: bool = False
    """Print the findings as JSON."""

    def __call__(self) -> int:
        """Look, and print; the exit code."""
        found = findings()
        if self.json:
            print(json.dumps(found, indent=1))
        else:
            print("\n".join(f"{name}: {value}" for name, value in found.items()))
        return 0


def findings() -> dict[str, Any]:
    """What there is, by name."""
    import jax

    from omarl.versions import versions

    extras = {
        name: "installed" if all(map(find_spec, modules)) else f"missing: pip install 'omarl[{name}]'"
        for name, modules in EXTRAS.items()
    }
    devices = ", ".join(device.device_kind for device in jax.devices())
    compiled = str(jax.config.jax_compilation_cache_dir)  # pyright: ignore[reportAttributeAccessIssue]
    place = {"devices": devices, "cores": os.cpu_count(), "compiled programs": compiled}
    return {**versions(), **place, **extras}


def command(arguments: Sequence[str]) -> int:
    """Carry out `omarl doctor`."""
    return options.parse(Doctor, arguments, "doctor")()
