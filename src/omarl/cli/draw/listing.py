"""What `omarl reproduce --list` prints: the experiments, and how far the runs of one are."""

from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.campaign.ledger import Ledger
from omarl.campaign.plan import Run, status
from omarl.paper.catalogue import EXPERIMENTS, SAME_RUNS, experiment
from omarl.report import names
from omarl.studies.studies import STUDIES, StudyRows


def overview() -> Table:
    """The experiments and what they claim."""
    drawn = Table("id", "cells", "seeds", "what the paper claims", box=SIMPLE_HEAD, pad_edge=False)
    for name in (*EXPERIMENTS, *SAME_RUNS):
        each = experiment(name)
        cells = len(each.cells) * len(each.presets)
        drawn.add_row(name, str(cells), str(each.seeds), Text(each.claim))
    for name, study in STUDIES.items():
        drawn.add_row(name, str(study.cases), "", Text(study.claim))
    return drawn


def rows(name: str, found: StudyRows) -> Table:
    """The rows of a study that are told and not drawn."""
    table = Table(*found[0], box=SIMPLE_HEAD, pad_edge=False)
    for first, *others in (row.values() for row in found):
        if first != STUDIES[name].drawn:
            values = (f"{value:.3g}" if isinstance(value, float) else str(value) for value in others)
            table.add_row(str(first), *values)
    return table


def listing(planned: list[Run], known: Ledger) -> Table:
    """For each cell and preset, its seeds by how far they are."""
    drawn = Table("dataset", "method", "critic", "preset", "seeds", box=SIMPLE_HEAD, pad_edge=False)
    for members in by_cell(planned):
        first = members[0]
        where = f"{first.data.task_name}/{first.data.label}"
        who = (
            names.algorithm(first.cell.name),
            first.spec.critic if first.spec else first.cell.critic,
            first.label,
        )
        drawn.add_row(*map(Text, (where, *who, seeds_by_state(members, known))))
    return drawn


def seeds_by_state(members: list[Run], known: Ledger) -> str:
    """`done 0 1, missing 2`, with the reason where something is in the way."""
    states: dict[str, list[str]] = {}
    for run in members:
        state, reason = status(run, known)
        states.setdefault(f"{state} ({reason})" if reason else state, []).append(str(run.seed))
    return "\n".join(f"{' '.join(seeds)} {state}" for state, seeds in states.items())


def by_cell(planned: list[Run]) -> list[list[Run]]:
    """The runs of each cell and preset, which differ in the seed alone."""
    places = {(run.cell, run.preset): place for place, run in reversed([*enumerate(planned)])}
    order = sorted(planned, key=lambda run: places[run.cell, run.preset])
    return [[*members] for _, members in groupby(order, key=lambda run: (run.cell, run.preset))]
