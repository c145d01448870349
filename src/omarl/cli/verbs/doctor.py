"""`omarl doctor`: versions, devices and optional parts of this installation."""

import json
import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

EXTRAS = {
    "report": ("altair", "vl_convert", "PIL"),
    "envs": ("pettingzoo", "gymnasium"),
    "hdf5": ("h5py",),
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

    from omarl.versions import versions

    extras = {
        name: "installed" if all(map(find_spec, modules)) else f"missing: pip install 'omarl[{name}]'"
        for name, modules in EXTRAS.items()
    }
    devices = ", ".join(device.device_kind for device in jax.devices())
    compiled = str(jax.config.jax_compilation_cache_dir)  # pyright: ignore[reportAttributeAccessIssue]
    place = {"devices": devices, "cores": os.cpu_count(), "compiled programs": compiled}
    return {**versions(), **place, **extras}
