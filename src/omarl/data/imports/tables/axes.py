"""Which agent and which step a row of a table belongs to, where no column says so."""

import numpy as np
from jaxtyping import Int

from omarl.data.imports.tables.arrow import ArrowTable
from omarl.data.imports.tables.columns import Labels, in_natural_order, labels
from omarl.data.imports.tables.roles import Roles


def agents_of(table: ArrowTable, roles: Roles) -> Labels:
    """The agent of each row; without such a column all rows are those of one."""
    if not roles.columns["agent"]:
        return Labels(np.zeros(table.num_rows, np.int64), ("agent",))
    return in_natural_order(labels(table, roles.columns["agent"][0]))


def places(episode: Labels, agent: Labels) -> Int[np.ndarray, "rows"]:
    """The place of each row among those of the same episode and agent, in the table's order."""
    group = episode.code * len(agent.names) + agent.code
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    return place
