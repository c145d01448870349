"""The paper's experiments, each a value; a new one is added by listing it here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from omarl.errors import choose
from omarl.experiments.cells import BASELINES, QUALITIES, TASKS, ahead, grid, varied
from omarl.experiments.experiment import Cell, Comparison, Experiment, Gain, Ordering
from omarl.experiments.records import BEHAVIOUR
from omarl.experiments.tuning import TUNING_NETWORKS, TUNING_STRENGTH

PAPER_BASELINES = ("icq", "td3_bc", "cql")
TEAM_SIZES = (1, 2, 3, 4, 5)
ONE_PRESET = ("official",)
"""On the motivating task nothing was searched, and `tuned` has the same MA-CQL and OMAR."""
FRACTIONS = (0.001, 0.01, 0.1, 0.2, 0.5, 1.0)


def on_a_line(algorithms: Iterable[str], agents: Iterable[int], **task: Any) -> tuple[Cell, ...]:
    """Cells on the paper's motivating task, medium-replay, for several sizes of the team."""
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
    """MA-CQL on the motivating task with larger values of an option, the first being the usual one."""
    base = on_a_line(["cql"], [2])[0]
    cells = tuple(replace(base, overrides=((option, value),)) for value in values)
    usual, *larger = ({"overrides": cell.overrides} for cell in cells)
    orderings = tuple(Ordering(usual, one) for one in larger)
    return {"cells": cells, "orderings": orderings, "presets": ONE_PRESET}


TABLE3 = Experiment(
    id="table3",
    claim="OMAR ends above MA-ICQ, MA-TD3+BC and MA-CQL on 3 particle tasks x 4 datasets",
    cells=grid(TASKS, QUALITIES, (*BASELINES, "omar")),
    orderings=ahead("omar", BASELINES),
)

SAMPLING = {"random": "omar-random", "cem": "omar-cem"}
"""What the paper calls OMAR's other searches."""

TABLE4 = Experiment(
    id="table4",
    claim="OMAR's search is better than random shooting and the cross-entropy method",
    cells=grid(["spread"], QUALITIES, ["omar"])
    + tuple(
        cell
        for search, name in SAMPLING.items()
        for cell in grid(["spread"], QUALITIES, ["omar"], overrides=(("search", search),), method=name)
    ),
    orderings=ahead("omar", SAMPLING.values()),
)

TABLE5 = Experiment(
    id="table5",
    claim="OMAR ends above the baselines with centralised critics as well",
    cells=grid(["spread"], QUALITIES, (*PAPER_BASELINES, "omar"), critic="centralised"),
    orderings=ahead("omar", PAPER_BASELINES),
)

TABLE9 = Experiment(
    id="table9",
    claim="without an offline term, decentralised critics (ITD3) are better than centralised ones (MATD3)",
    cells=grid(["spread"], QUALITIES, ["td3"]) + grid(["spread"], QUALITIES, ["td3"], critic="centralised"),
    orderings=(Ordering({"critic": "decentralised"}, {"critic": "centralised"}),),
)

PAPERS_TAU = (0.5, 0.5, 0.7, 0.9)
"""The values that the paper found best, for each quality."""

FIG3 = Experiment(
    id="fig3",
    claim="the best tau is neither 0 nor 1, and smaller for random and medium-replay data",
    cells=varied(TASKS, QUALITIES, "omar", "tau", (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0))
    + grid(TASKS, QUALITIES, ["cql"]),
    orderings=tuple(
        Ordering({"quality": quality, "tau": best}, {"tau": end})
        for quality, best in zip(QUALITIES, PAPERS_TAU, strict=True)
        for end in (0.0, 1.0)
    )
    + ahead("omar", ["cql"]),
    presets=("official",),
    along=("tau",),
)

FIG4 = Experiment(
    id="fig4",
    claim="OMAR depends little on its search's iterations, samples, mean and deviation",
    cells=grid(["spread"], QUALITIES, ["cql"])
    + varied(["spread"], QUALITIES, "omar", "search_iterations", (1, 2, 3, 5, 10))
    + varied(["spread"], QUALITIES, "omar", "search_samples", (5, 10, 15, 20, 25))
    + varied(["spread"], QUALITIES, "omar", "search_mean", (-0.2, -0.1, 0.0, 0.1, 0.2))
    + varied(["spread"], QUALITIES, "omar", "search_std", (1.0, 1.5, 2.0, 2.5, 3.0)),
    orderings=ahead("omar", ["cql"]),
    presets=("official",),
    along=("search_iterations", "search_samples", "search_mean", "search_std"),
)

FIG9 = Experiment(
    id="fig9",
    claim="with more data OMAR improves further, MA-CQL does not; OMAR is ahead from 1 % of the data on",
    cells=tuple(
        cell
        for part in FRACTIONS
        for cell in grid(["spread"], ["replay"], ["cql", "omar"], fraction=part, like="medium-replay")
    ),
    orderings=ahead("omar", ["cql"]),
    along=("fraction",),
)

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
    presets=ONE_PRESET,
    along=("agents",),
)

FIG2 = Experiment(
    id="fig2",
    claim="OMAR improves on MA-CQL, the more so the more agents there are",
    cells=on_a_line(("cql", "omar"), TEAM_SIZES),
    orderings=ahead("omar", ["cql"]),
    comparisons=(Comparison(statement="OMAR's gain rises with more agents", more=OFFLINE_OVER_CQL),),
    presets=ONE_PRESET,
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
    presets=ONE_PRESET,
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

FIRST_EVIDENCE = Experiment(
    id="first-evidence",
    claim="every learner on cooperative navigation, one dataset of each kind, 3 seeds",
    cells=grid(["spread"], QUALITIES, (*BASELINES, "omar")),
    orderings=ahead("omar", BASELINES),
    seeds=3,
    datasets="one",
)

SEARCH_PRECISION = Experiment(
    id="search-precision",
    claim="OMAR ends where it does in float32 when its search scores candidates in bfloat16",
    cells=grid(["spread"], QUALITIES, ["omar"])
    + grid(
        ["spread"],
        QUALITIES,
        ["omar"],
        overrides=(("search_precision", "bfloat16"),),
        method="omar-bfloat16",
    ),
    presets=("official",),
)

STANDARDISED = on_a_line(("cql", "omar"), TEAM_SIZES) + grid(["spread"], QUALITIES, ("cql", "omar"))
"""Learners with the batch's statistics at the input of their networks, as `official` has them."""

LAYERED = tuple(
    replace(cell, overrides=(("normalisation", "layer"),), method=f"{cell.algorithm}-layer")
    for cell in STANDARDISED
)
"""The same without."""

LAYERED_OVER_DATA = Gain(
    "MA-CQL (layer) over behaviour", {"method": "cql-layer", "task": "line-spread"}, {"method": BEHAVIOUR}
)
OMAR_OVER_DATA = Gain(
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
            statement="MA-CQL's gain falls faster than OMAR's", more=OMAR_OVER_DATA, less=LAYERED_OVER_DATA
        ),
        Comparison(statement="OMAR's gain rises with more agents", more=LAYERED_OVER_CQL),
        Comparison(
            statement="OMAR's gain over MA-CQL is larger with the batch's statistics",
            more=OFFLINE_OVER_CQL,
            less=LAYERED_OVER_CQL,
            by="level",
        ),
    ),
    presets=ONE_PRESET,
    along=("agents",),
)

REPORTED = (
    FIRST_EVIDENCE,
    TABLE3,
    TABLE4,
    TABLE5,
    TABLE9,
    FIG1B,
    FIG1C,
    FIG2,
    FIG8,
    FIG10,
    TABLE1,
    TABLE2,
    FIG3,
    FIG4,
    FIG9,
    NORMALISATION,
    SEARCH_PRECISION,
)
"""What the page of results shows, in this order."""

EXPERIMENTS: Mapping[str, Experiment] = {
    each.id: each for each in (*REPORTED, TUNING_NETWORKS, TUNING_STRENGTH)
}

SAME_RUNS: Mapping[str, str] = {"fig6": "table3"}
"""Figures that show the runs of another experiment: fig6 has the learning curves of table3."""


def experiment(name: str) -> Experiment:
    """The experiment with this id; a `RequestError` that lists the choices if there is none."""
    known = {**EXPERIMENTS, **{figure: EXPERIMENTS[table] for figure, table in SAME_RUNS.items()}}
    return choose("experiment", name, known)
