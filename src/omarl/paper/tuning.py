"""The search behind the preset `tuned`, as experiments: for every learner alike, on a seed of its own."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from omarl.paper.cells import BASELINES, QUALITIES, TASKS, grid, varied
from omarl.paper.experiment import SEARCH_SEED, Cell, Experiment, Pairs

SEARCH: Mapping[str, Any] = {"seeds": 1, "first_seed": SEARCH_SEED, "every": 500}
"""What its experiments share."""

LEARNERS = (*BASELINES, "omar")
NETWORKS = (("layer", 0.01), ("layer", 0.003), ("batch", 0.01), ("none", 0.01), ("none", 0.003))
"""The normalisations and learning rates that are tried; batch statistics with the released rate alone.

The first is kept unless another's best score is better by more than `MARGIN`.
"""
CONTENDERS = NETWORKS[:3]
"""Those that are tried with every strength as well: what a critic bears depends on its network."""
MARGIN = 3.0
"""In points of normalised score: up to so much is a tie, although one run is less certain than that."""

POOR, GOOD = ("random", "medium-replay"), ("medium", "expert")
"""Kinds of data: what is far from what they show is worth trying, or it is not."""
NETWORKS_FOR: Mapping[str, tuple[str, ...]] = {"medium-replay": POOR, "expert": GOOD}
"""The data on which networks are tried, with the kinds of data for which they are chosen there."""


def overrides(network: tuple[str, float]) -> Pairs:
    """A network as what it replaces in a configuration."""
    normalisation, rate = network
    return ("normalisation", normalisation), ("learning_rate", rate)


class Strength(NamedTuple):
    """The values that are tried of one option on some kinds of data.

    Others are as `given`, the rest is as in the preset.
    """

    algorithm: str
    option: str
    values: tuple[float, ...]
    qualities: tuple[str, ...] = QUALITIES
    given: Pairs = ()

    def cells(self, tasks: Iterable[str], qualities: Iterable[str], also: Pairs = ()) -> tuple[Cell, ...]:
        """One for each value and task, on the kinds of data that both name, with `also` replaced."""
        on = [quality for quality in qualities if quality in self.qualities]
        return varied(tasks, on, self.algorithm, self.option, self.values, given=(*also, *self.given))


TAU_1 = (("tau", 1.0),)

STRENGTHS = (
    Strength("icq", "temperature", (0.1, 1.0, 10.0, 100.0, 1000.0)),
    Strength("td3_bc", "alpha", (2.5, 10.0, 40.0, 160.0, 640.0), POOR),
    Strength("td3_bc", "alpha", (0.5, 2.5, 10.0, 40.0, 160.0), GOOD),
    Strength("cql", "alpha", (0.02, 0.1, 0.5, 1.0, 5.0), POOR),
    Strength("cql", "alpha", (0.1, 0.5, 1.0, 5.0, 20.0), GOOD),
    Strength("omar", "alpha", (0.02, 0.1, 0.5, 1.0, 5.0), POOR, TAU_1),
    Strength("omar", "alpha", (0.1, 0.5, 1.0, 5.0, 20.0), GOOD, TAU_1),
)
"""How strongly a learner trusts its critic."""
TAUS = Strength("omar", "tau", (0.2, 0.5, 0.9, 1.0))
"""How strongly OMAR trusts the search over it, with the alpha found before."""


TUNING_NETWORKS = Experiment(
    id="tuning-networks",
    claim="the normalisation and learning rate of each learner in `tuned`, for each task and kind of data",
    cells=(
        *(
            cell
            for network in NETWORKS
            for cell in grid(TASKS, NETWORKS_FOR, LEARNERS, overrides=overrides(network))
        ),
        *(
            cell
            for tried in STRENGTHS
            for network in CONTENDERS
            for cell in tried.cells(TASKS, NETWORKS_FOR, overrides(network))
        ),
    ),
    presets=("official",),
    **SEARCH,
)

TUNING_STRENGTH = Experiment(
    id="tuning-strength",
    claim="alpha, tau or temperature of each learner in `tuned`, for each task and kind of dataset",
    cells=tuple(cell for tried in (*STRENGTHS, TAUS) for cell in tried.cells(TASKS, QUALITIES)),
    presets=("tuned",),
    **SEARCH,
)
