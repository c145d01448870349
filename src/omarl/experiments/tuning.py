"""The search behind the preset `tuned`, as experiments: for every learner alike, on a seed of its own."""

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

from omarl.experiments.cells import BASELINES, QUALITIES, TASKS, grid, varied
from omarl.experiments.experiment import Experiment, Pairs

SEARCH: Mapping[str, Any] = {"presets": ("tuned",), "seeds": 1, "first_seed": 9, "every": 500}
"""What its experiments share; no result is reported on this seed."""


class Strength(NamedTuple):
    """The values that are tried of one option, with others `given` and the rest as in `tuned`."""

    algorithm: str
    option: str
    values: tuple[float, ...]
    given: Pairs = ()


STRENGTHS = (
    Strength("icq", "temperature", (0.1, 1.0, 10.0, 100.0, 1000.0)),
    Strength("td3_bc", "alpha", (0.5, 2.5, 10.0, 40.0, 160.0, 640.0)),
    Strength("cql", "alpha", (0.1, 0.5, 1.0, 5.0, 20.0, 80.0)),
    Strength("omar", "alpha", (0.1, 0.5, 1.0, 5.0, 20.0, 80.0), given=(("tau", 1.0),)),
    Strength("omar", "tau", (0.2, 0.5, 0.9, 1.0)),
)
"""How strongly a learner trusts its critic, or the search over it; OMAR's tau with the alpha found before."""

TUNING_NETWORKS = Experiment(
    id="tuning-networks",
    claim="the normalisation and learning rate of each learner in `tuned`, all else as it was before",
    cells=tuple(
        cell
        for normalisation, rate in product(("none", "batch", "layer"), (0.003, 0.01))
        for cell in grid(
            ["spread"],
            ["medium-replay", "expert"],
            (*BASELINES, "omar"),
            overrides=(("normalisation", normalisation), ("learning_rate", rate)),
        )
    ),
    **SEARCH,
)

TUNING_STRENGTH = Experiment(
    id="tuning-strength",
    claim="alpha, tau or temperature of each learner in `tuned`, for each task and kind of dataset",
    cells=tuple(
        cell
        for algorithm, option, values, given in STRENGTHS
        for cell in varied(TASKS, QUALITIES, algorithm, option, values, given)
    ),
    **SEARCH,
)
