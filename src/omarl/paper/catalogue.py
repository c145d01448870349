"""The paper's experiments as values. To add one, list it here."""

from collections.abc import Mapping

from omarl.errors import choose
from omarl.paper.cells import (
    BASELINES,
    BOTH,
    MAZES,
    PAPER_QUALITIES,
    PAPER_TASKS,
    SKIRMISHES,
    ahead,
    grid,
    varied,
)
from omarl.paper.experiment import Comparison, Experiment, Gain, Ordering
from omarl.paper.motivating import (
    CQL_OVER_DATA,
    FIG1B,
    FIG1C,
    FIG2,
    FIG8,
    FIG10,
    NORMALISATION,
    TABLE1,
    TABLE2,
)
from omarl.paper.tuning import (
    TUNING_LARGE_SKIRMISH,
    TUNING_MAZE,
    TUNING_NETWORKS,
    TUNING_SKIRMISH,
    TUNING_STRENGTH,
)
from omarl.records.record import BEHAVIOUR

PAPER_BASELINES = ("icq", "td3_bc", "cql")
FRACTIONS = (0.001, 0.01, 0.1, 0.2, 0.5, 1.0)


TABLE3 = Experiment(
    id="table3",
    claim="OMAR ends above MA-ICQ, MA-TD3+BC and MA-CQL on 3 particle tasks x 4 datasets",
    cells=grid(PAPER_TASKS, PAPER_QUALITIES, (*BASELINES, "omar")),
    orderings=ahead("omar", BASELINES),
    presets=BOTH,
)

SAMPLING = {"random": "omar-random", "cem": "omar-cem"}
"""The names that the paper gives to OMAR's other searches."""

TABLE4 = Experiment(
    id="table4",
    claim="OMAR's search is better than random shooting and the cross-entropy method",
    cells=grid(["spread"], PAPER_QUALITIES, ["omar"])
    + tuple(
        cell
        for search, name in SAMPLING.items()
        for cell in grid(["spread"], PAPER_QUALITIES, ["omar"], overrides=(("search", search),), method=name)
    ),
    orderings=ahead("omar", SAMPLING.values()),
)

TABLE5 = Experiment(
    id="table5",
    claim="OMAR ends above the baselines with centralised critics as well",
    cells=grid(["spread"], PAPER_QUALITIES, (*PAPER_BASELINES, "omar"), critic="centralised"),
    orderings=ahead("omar", PAPER_BASELINES),
)

TABLE9 = Experiment(
    id="table9",
    claim="without an offline term, decentralised critics (ITD3) are better than centralised ones (MATD3)",
    cells=grid(["spread"], PAPER_QUALITIES, ["td3"])
    + grid(["spread"], PAPER_QUALITIES, ["td3"], critic="centralised"),
    orderings=(Ordering({"critic": "decentralised"}, {"critic": "centralised"}),),
)

TABLE6 = Experiment(
    id="table6",
    claim="OMAR ends above the baselines on two-agent HalfCheetah",
    cells=grid(["halfcheetah-2x3"], PAPER_QUALITIES, (*BASELINES, "omar")),
    orderings=ahead("omar", BASELINES),
    datasets="one",
    every=20_000,
)

TABLE8 = Experiment(
    id="table8",
    claim="with one agent, in Maze2D, OMAR ends above CQL",
    cells=grid(MAZES, ["waypoint"], ["cql", "omar"]),
    orderings=ahead("omar", ["cql"]),
    presets=BOTH,
    datasets="one",
    every=2_000,
)

FIG7 = Experiment(
    id="fig7",
    claim="OMAR wins more battles than MA-CQL on the replay data of four maps, by 76.7 % on average",
    cells=grid(SKIRMISHES, ["replay"], (*BASELINES, "omar")),
    orderings=ahead("omar", BASELINES),
    presets=("tuned",),
    datasets="one",
    every=500,
)
"""The paper's battles are StarCraft's, ours another simulator's; win rates of the two are never compared."""

PAPERS_TAU = (0.5, 0.5, 0.7, 0.9)
"""The value that the paper found best for each quality."""

FIG3 = Experiment(
    id="fig3",
    claim="the best tau is neither 0 nor 1, and smaller for random and medium-replay data",
    cells=varied(PAPER_TASKS, PAPER_QUALITIES, "omar", "tau", (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0))
    + grid(PAPER_TASKS, PAPER_QUALITIES, ["cql"]),
    orderings=tuple(
        Ordering({"quality": quality, "tau": best}, {"tau": end})
        for quality, best in zip(PAPER_QUALITIES, PAPERS_TAU, strict=True)
        for end in (0.0, 1.0)
    )
    + ahead("omar", ["cql"]),
    along=("tau",),
)

FIG4 = Experiment(
    id="fig4",
    claim="OMAR depends little on its search's iterations, samples, mean and deviation",
    cells=grid(["spread"], PAPER_QUALITIES, ["cql"])
    + varied(["spread"], PAPER_QUALITIES, "omar", "search_iterations", (1, 2, 3, 5, 10))
    + varied(["spread"], PAPER_QUALITIES, "omar", "search_samples", (5, 10, 15, 20, 25))
    + varied(["spread"], PAPER_QUALITIES, "omar", "search_mean", (-0.2, -0.1, 0.0, 0.1, 0.2))
    + varied(["spread"], PAPER_QUALITIES, "omar", "search_std", (1.0, 1.5, 2.0, 2.5, 3.0)),
    orderings=ahead("omar", ["cql"]),
    along=("search_iterations", "search_samples", "search_mean", "search_std"),
)

OMAR_OVER_DATA = Gain("OMAR over behaviour", {"method": "omar"}, {"method": BEHAVIOUR})

FIG9 = Experiment(
    id="fig9",
    claim="with more data OMAR improves further, MA-CQL does not; OMAR is ahead from 1 % of the data on",
    cells=tuple(
        cell
        for part in FRACTIONS
        for cell in grid(["spread"], ["replay"], ["cql", "omar"], fraction=part, like="medium-replay")
    ),
    orderings=ahead("omar", ["cql"]),
    comparisons=(
        Comparison(statement="OMAR's gain rises with more data", more=OMAR_OVER_DATA, along="fraction"),
        Comparison(
            statement="OMAR's gain rises faster with more data than MA-CQL's",
            more=OMAR_OVER_DATA,
            less=CQL_OVER_DATA,
            along="fraction",
        ),
    ),
    along=("fraction",),
)

FIRST_EVIDENCE = Experiment(
    id="first-evidence",
    claim="every learner on cooperative navigation, one dataset of each kind, 3 seeds",
    cells=grid(["spread"], PAPER_QUALITIES, (*BASELINES, "omar")),
    orderings=ahead("omar", BASELINES),
    presets=BOTH,
    seeds=3,
    datasets="one",
)

SEARCH_PRECISION = Experiment(
    id="search-precision",
    claim="OMAR ends where it does in float32 when its search scores candidates in bfloat16",
    cells=grid(["spread"], PAPER_QUALITIES, ["omar"])
    + grid(
        ["spread"],
        PAPER_QUALITIES,
        ["omar"],
        overrides=(("search_precision", "bfloat16"),),
        method="omar-bfloat16",
    ),
)

REPORTED = (
    FIRST_EVIDENCE,
    TABLE3,
    TABLE4,
    TABLE5,
    TABLE6,
    TABLE8,
    FIG7,
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
"""The experiments on the page of results, in this order."""

EXPERIMENTS: Mapping[str, Experiment] = {
    each.id: each
    for each in (
        *REPORTED,
        TUNING_NETWORKS,
        TUNING_STRENGTH,
        TUNING_MAZE,
        TUNING_SKIRMISH,
        TUNING_LARGE_SKIRMISH,
    )
}

SAME_RUNS: Mapping[str, str] = {"fig6": "table3"}
"""Figures that show the runs of another experiment: fig6 shows the learning curves of table3."""


def experiment(name: str) -> Experiment:
    """The experiment with this id; a `RequestError` that lists the choices if there is none."""
    known = {**EXPERIMENTS, **{figure: EXPERIMENTS[table] for figure, table in SAME_RUNS.items()}}
    return choose("experiment", name, known)
