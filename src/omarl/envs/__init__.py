"""Tasks: pure `reset` and `step` functions in JAX, made by name, and their PettingZoo form."""

from omarl.envs.registry import TASKS, make

__all__ = ["TASKS", "make"]
