"""The versions of the software that made a result, and of the simulators that data hang on."""

import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("omarl", "jax", "optax")
KERNELS = "kernels"
"""Under this name stand the compiled kernels with which something was computed."""
INSTALLED_AS: Mapping[str, tuple[str, ...]] = {
    "mujoco": ("mujoco-core", "mujoco"),
    "vl_convert": ("vl-convert-python",),
    "PIL": ("pillow",),
}
"""The distributions of packages that have another name or several, the most telling first."""


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on, by name."""
    return {"python": platform.python_version(), **installed(PACKAGES)}


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The versions of those of these packages that are installed here; nothing is imported for that."""
    found = {name: [*distributions(INSTALLED_AS.get(name, (name,))).values()] for name in packages}
    return {name: those[0] for name, those in found.items() if those}


def distributions(names: Iterable[str]) -> dict[str, str]:
    """The versions of those of these distributions, as pip calls them, that are installed here."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except (PackageNotFoundError, ValueError):
            continue
    return found


VersionPairs = dict[str, dict[str, str | None]]
"""For each simulator its version where data were `recorded`, and `here`, None if it is not installed."""


def simulators(recorded: Mapping[str, str]) -> VersionPairs:
    """The simulators among the versions of some data: all packages that not every result has."""
    names = [name for name in recorded if name not in ("python", KERNELS, *PACKAGES)]
    here = installed(names)
    return {name: {"recorded": recorded[name], "here": here.get(name)} for name in names}


def version_differences(found: VersionPairs) -> list[str]:
    """One line for each simulator of which another version is installed here than made the data."""
    return [
        f"recorded with {name} {version['recorded']}, here is {version['here']}: the same actions may lead "
        "to other episodes"
        for name, version in found.items()
        if version["here"] not in (None, version["recorded"])
    ]
