"""The names of a table's columns, as they are kept with the dataset."""

from typing import Any

import numpy as np

from omarl.data.imports.mapping import AGENT_MARK
from omarl.data.imports.tables.roles import Roles

MOST_NAMES = 20_000


def kept_columns(
    agents: tuple[str, ...],
    seen: list[np.ndarray],
    acting: list[np.ndarray],
    roles: Roles,
) -> dict[str, list[Any]]:
    """The member `columns` of a dataset's metadata, for the columns that each agent sees and acts with.

    `seen` and `acting` have each agent's indices in its role's columns. Names are left out where there are
    more than `dataset.json` should hold.
    """
    kept: dict[str, list[Any]] = {"agents": list(agents)}
    for role, indices in (("observation", seen), ("action", acting)):
        if sum(map(len, indices)) <= MOST_NAMES:
            kept[role] = [
                [roles.columns[role][i].replace(AGENT_MARK, name) for i in mine]
                for name, mine in zip(agents, indices, strict=True)
            ]
    return kept
