"""What `omarl reproduce --list` prints: how far the runs of an experiment are."""

from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from omarl.campaign.ledger import Ledger
from omarl.campaign.plan import PlannedRun
from omarl.campaign.status import status
from omarl.report import names


def runs_table(planned: list[PlannedRun], known: Ledger) -> Table:
    """For each cell and preset, its seeds by how far they are."""
    drawn = Table("dataset", "method", "critic", "preset", "seeds", box=SIMPLE_HEAD, pad_edge=False)
    for members in by_cell(planned):
        first = members[0]
        critic = first.spec.critic if first.spec else first.cell.critic
        what = first.data.name, names.algorithm(first.cell.name), critic, first.label
        drawn.add_row(*map(Text, (*what, seeds_by_state(members, known))))
    return drawn


def seeds_by_state(members: list[PlannedRun], known: Ledger) -> str:
    """`0 1 done`, `2 missing` and so on, with the reason where something is in the way."""
    states: dict[str, list[str]] = {}
    for run in members:
        state, reason = status(run, known)
        states.setdefault(f"{state} ({reason})" if reason else state, []).append(str(run.seed))
    return "\n".join(f"{' '.join(seeds)} {state}" for state, seeds in states.items())


def by_cell(planned: list[PlannedRun]) -> list[list[PlannedRun]]:
    """The runs of each cell and preset, which differ only in their seed."""
    places = {(run.cell, run.preset): place for place, run in reversed([*enumerate(planned)])}
    order = sorted(planned, key=lambda run: places[run.cell, run.preset])
    return [[*members] for _, members in groupby(order, key=lambda run: (run.cell, run.preset))]
