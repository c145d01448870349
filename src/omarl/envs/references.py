"""Mean returns that define the normalised scores: ours as measured, and the paper's.

A table's key is the task's name followed by its parameters, `spread agents=3`.
"""

from collections.abc import Mapping
from typing import Any

from omarl.envs.protocol import Reference

MEASURED: Mapping[str, Reference] = {
    "spread agents=3": Reference(random=160.12, expert=516.38),
    "tag": Reference(random=-4.93, expert=182.70),
    "world": Reference(random=-6.14, expert=76.86),
}
"""Our own. Where the paper has some too: mean returns of our random and expert datasets of a million
transitions, collected with seed 0, the prey the shipped one. Elsewhere `expert` is nine tenths of the way from
uniformly random play to where an online MATD3 run levels off: see `docs/datasets.md`."""

PAPER: Mapping[str, Reference] = {
    "spread agents=3": Reference(random=159.8, expert=516.8),
    "tag": Reference(random=-4.1, expert=185.6),
    "world": Reference(random=-6.8, expert=79.5),
}
"""Those that the paper normalises by (Pan et al. 2022)."""


def label(name: str, parameters: Mapping[str, Any]) -> str:
    """The key of a task with these parameters."""
    return " ".join([name, *(f"{key}={value}" for key, value in sorted(parameters.items()))])


def reference(table: Mapping[str, Reference], name: str, parameters: Mapping[str, Any]) -> Reference | None:
    """The reference returns of one task with these parameters, or None where nobody has measured them."""
    return table.get(label(name, parameters))
