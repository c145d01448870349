"""Recorded steps of SMAC's contract and of smaclite; `tests/data/golden/skirmish/README.md` says how made."""

from functools import cache
from pathlib import Path

import numpy as np

PLACE = Path(__file__).parents[2] / "data/golden/skirmish"


@cache
def record(name):
    """The arrays of a record by name."""
    return dict(np.load(PLACE / f"{name}.npz"))
