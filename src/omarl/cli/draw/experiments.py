"""Tables of the experiments and studies that `omarl reproduce` knows."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.paper.catalogue import EXPERIMENTS, SAME_RUNS, experiment
from omarl.paper.studies import STUDIES


def experiments_table() -> Table:
    """The experiments and what they claim."""
    drawn = Table("id", "cells", "seeds", "what the paper claims", box=SIMPLE_HEAD, pad_edge=False)
    for name in (*EXPERIMENTS, *SAME_RUNS):
        each = experiment(name)
        cells = len(each.cells) * len(each.presets)
        drawn.add_row(name, str(cells), str(each.seeds), Text(each.claim))
    for name, study in STUDIES.items():
        drawn.add_row(name, str(study.cases), "", Text(study.claim))
    return drawn


def study_table(name: str, found: Sequence[Mapping[str, Any]]) -> Table:
    """The rows of a study, without those that are only for a figure."""
    table = Table(*found[0], box=SIMPLE_HEAD, pad_edge=False)
    for first, *others in (row.values() for row in found):
        if first != STUDIES[name].drawn:
            values = (f"{value:.3g}" if isinstance(value, float) else str(value) for value in others)
            table.add_row(str(first), *values)
    return table
