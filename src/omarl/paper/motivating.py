"""The paper's experiments on its motivating task, one to five agents on a line, and our own about them."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

from omarl.paper.cells import BOTH, PAPER_QUALITIES, ahead, grid
from omarl.paper.experiment import Cell, Comparison, Experiment, Gain, Ordering
from omarl.records.record import BEHAVIOUR

TEAM_SIZES = (1, 2, 3, 4, 5)


def on_a_line(algorithms: Iterable[str], agents: Iterable[int], **task: Any) -> tuple[Cell, ...]:
    """Cells on medium-replay data of the motivating task, for several sizes of the team."""
    return tuple(
        Cell(
            task="line-spread",
            parameters=(("agents", size), *task.items()),
            quality="medium-replay",
            algorithm=algorithm,
        )
        for size, algorithm in product(agents, algorithms)
    )


def more_of(option: str, values: tuple[Any, ...]) -> dict[str, Any]:
    """MA-CQL on the motivating task with several values of an option, of which the first is the usual one."""
    base = on_a_line(["cql"], [2])[0]
    cells = tuple(replace(base, overrides=((option, value),)) for value in values)
    usual, *larger = ({"overrides": cell.overrides} for cell in cells)
    orderings = tuple(Ordering(usual, one) for one in larger)
    return {"cells": cells, "orderings": orderings}


TABLE1 = Experiment(
    id="table1",
    claim="a larger learning rate of the actor does not help MA-CQL",
    **more_of("actor_learning_rate", (1e-2, 5e-2, 1e-1)),
)

TABLE2 = Experiment(
    id="table2",
    claim="more updates of the actor do not help MA-CQL",
    **more_of("actor_updates", (1, 5, 20)),
)

FIG1B = Experiment(
    id="fig1b",
    claim="on the motivating task OMAR learns better policies than MA-TD3+BC and MA-CQL",
    cells=on_a_line(("td3_bc", "cql", "omar"), [2]),
    orderings=ahead("omar", ["td3_bc", "cql"]),
    presets=BOTH,
)

CQL_OVER_DATA = Gain("MA-CQL over behaviour", {"method": "cql", "independent": None}, {"method": BEHAVIOUR})
ALONE_OVER_DATA = Gain(
    "MA-CQL over behaviour, independent", {"method": "cql", "independent": True}, {"method": BEHAVIOUR}
)
OFFLINE_OVER_CQL = Gain(
    "OMAR over MA-CQL, offline",
    {"method": "omar", "task": "line-spread", "steps": None},
    {"method": "cql"},
)
ONLINE_OVER_TD3 = Gain("OMAR over MATD3, online", {"method": "omar", "quality": "online"}, {"method": "td3"})

FIG1C = Experiment(
    id="fig1c",
    claim="MA-CQL improves on the behaviour policy the less, the more agents there are",
    cells=on_a_line(["cql"], TEAM_SIZES),
    orderings=ahead("cql", [BEHAVIOUR]),
    comparisons=(
        Comparison(statement="MA-CQL's gain falls with more agents", more=None, less=CQL_OVER_DATA),
    ),
    along=("agents",),
)

FIG2 = Experiment(
    id="fig2",
    claim="OMAR improves on MA-CQL, the more so the more agents there are",
    cells=on_a_line(("cql", "omar"), TEAM_SIZES),
    orderings=ahead("omar", ["cql"]),
    comparisons=(Comparison(statement="OMAR's gain rises with more agents", more=OFFLINE_OVER_CQL),),
    along=("agents",),
)

FIG10 = Experiment(
    id="fig10",
    claim="where agents need not cooperate, MA-CQL does not fall with their number",
    cells=on_a_line(["cql"], TEAM_SIZES, independent=True),
    orderings=ahead("cql", [BEHAVIOUR]),
    comparisons=(
        Comparison(
            statement="MA-CQL's gain falls less with more agents than where they cooperate",
            more=ALONE_OVER_DATA,
            less=CQL_OVER_DATA,
        ),
    ),
    beside=("fig1c",),
    along=("agents",),
)

FIG8 = Experiment(
    id="fig8",
    claim="OMAR's actor loss helps online as well, but less than offline (fig2)",
    cells=tuple(
        Cell(
            task="line-spread",
            parameters=(("agents", size),),
            quality="online",
            algorithm=algorithm,
            critic="centralised",
            steps=100_000,
        )
        for size, algorithm in product(TEAM_SIZES, ("td3", "omar"))
    ),
    orderings=ahead("omar", ["td3"]),
    comparisons=(
        Comparison(
            statement="OMAR's gain is larger offline than online",
            more=OFFLINE_OVER_CQL,
            less=ONLINE_OVER_TD3,
            by="level",
        ),
    ),
    beside=("fig2",),
    presets=("online",),
    along=("agents",),
)

STANDARDISED = on_a_line(("cql", "omar"), TEAM_SIZES) + grid(["spread"], PAPER_QUALITIES, ("cql", "omar"))
"""Learners whose networks standardise their input by the statistics of the batch, as in `official`."""

LAYERED = tuple(
    replace(cell, overrides=(("normalisation", "layer"),), method=f"{cell.algorithm}-layer")
    for cell in STANDARDISED
)
"""The same learners with layer normalisation instead."""

LAYERED_OVER_DATA = Gain(
    "MA-CQL (layer) over behaviour", {"method": "cql-layer", "task": "line-spread"}, {"method": BEHAVIOUR}
)
LAYERED_OMAR_OVER_DATA = Gain(
    "OMAR (layer) over behaviour", {"method": "omar-layer", "task": "line-spread"}, {"method": BEHAVIOUR}
)
LAYERED_OVER_CQL = Gain(
    "OMAR (layer) over MA-CQL (layer)",
    {"method": "omar-layer", "task": "line-spread"},
    {"method": "cql-layer"},
)

NORMALISATION = Experiment(
    id="normalisation",
    claim="that OMAR ends above MA-CQL does not hang on the batch's statistics at their networks' input",
    cells=STANDARDISED + LAYERED,
    orderings=(
        *ahead("omar-layer", ["cql-layer"]),
        *ahead("cql-layer", ["cql", "omar"]),
        *ahead("omar-layer", ["omar"]),
    ),
    comparisons=(
        Comparison(statement="MA-CQL's gain falls with more agents", more=None, less=LAYERED_OVER_DATA),
        Comparison(
            statement="MA-CQL's gain falls faster than OMAR's",
            more=LAYERED_OMAR_OVER_DATA,
            less=LAYERED_OVER_DATA,
        ),
        Comparison(statement="OMAR's gain rises with more agents", more=LAYERED_OVER_CQL),
        Comparison(
            statement="OMAR's gain over MA-CQL is larger with the batch's statistics",
            more=OFFLINE_OVER_CQL,
            less=LAYERED_OVER_CQL,
            by="level",
        ),
    ),
    along=("agents",),
)
