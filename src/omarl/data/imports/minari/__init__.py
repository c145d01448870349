"""Import of Minari datasets of one agent."""

from omarl.data.imports.minari.reader import from_minari

__all__ = ["from_minari"]
