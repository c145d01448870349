"""Which versions made a result."""

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """Versions of what results depend on."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("omarl", "jax", "optax")},
    }
