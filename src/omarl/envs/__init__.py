"""Tasks: pure `reset` and `step` functions in JAX, made by name, and their PettingZoo form.

The package itself imports nothing, so that processes which only step an environment need no JAX.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omarl.envs.registry import TASKS, make

__all__ = ["TASKS", "make"]


def __getattr__(name: str) -> Any:
    """A public name of the registry, which is imported when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'omarl.envs' has no attribute {name!r}")
    from omarl.envs import registry

    return getattr(registry, name)
