"""The versions of the software that made a result."""

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on, by name."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("omarl", "jax", "optax")},
    }
