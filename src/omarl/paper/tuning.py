"""The search behind the preset `tuned`: its experiments, equal for all learners, and how it chooses."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from omarl.paper.cells import BASELINES, PAPER_QUALITIES, PAPER_TASKS, grid, varied
from omarl.paper.experiment import SEARCH_SEED, Cell, Experiment, Pairs

SEARCH: Mapping[str, Any] = {"seeds": 1, "first_seed": SEARCH_SEED, "every": 500}
"""The common part of its experiments."""

LEARNERS = (*BASELINES, "omar")
NETWORKS = (("layer", 0.01), ("layer", 0.003), ("batch", 0.01), ("none", 0.01), ("none", 0.003))
"""The normalisations and learning rates that are tried; batch statistics only with the released rate.

The first is kept unless another's best score is better by more than `MARGIN`.
"""
CONTENDERS = NETWORKS[:3]
"""The networks that are tried with every strength, because the best strength depends on the network."""
MARGIN = 3.0
"""In points of normalised score; a smaller difference is a tie, although single runs differ by more."""

POOR, GOOD = ("random", "medium-replay"), ("medium", "expert")
"""The kinds of data in which actions far from the recorded ones are worth trying, and those in which not."""
NETWORKS_FOR: Mapping[str, tuple[str, ...]] = {"medium-replay": POOR, "expert": GOOD}
"""The kinds of data on which networks are tried, each with the kinds for which the choice holds."""


def overrides(network: tuple[str, float]) -> Pairs:
    """The fields of a configuration that make this network."""
    normalisation, rate = network
    return ("normalisation", normalisation), ("learning_rate", rate)


class Strength(NamedTuple):
    """The values of one option that are tried on some kinds of data.

    Other options are as `given`, all others as in the preset.
    """

    algorithm: str
    option: str
    values: tuple[float, ...]
    qualities: tuple[str, ...] = PAPER_QUALITIES
    given: Pairs = ()

    def cells(self, tasks: Iterable[str], qualities: Iterable[str], also: Pairs = ()) -> tuple[Cell, ...]:
        """A cell for each value, task and kind of data that is named here too; `also` are other options."""
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
"""What decides how strongly a learner trusts its critic."""
TAUS = Strength("omar", "tau", (0.2, 0.5, 0.9, 1.0))
"""What decides how strongly OMAR trusts its search, with the alpha that was found before."""


TUNING_NETWORKS = Experiment(
    id="tuning-networks",
    claim="the normalisation and learning rate of each learner in `tuned`, for each task and kind of data",
    cells=(
        *(
            cell
            for network in NETWORKS
            for cell in grid(PAPER_TASKS, NETWORKS_FOR, LEARNERS, overrides=overrides(network))
        ),
        *(
            cell
            for tried in STRENGTHS
            for network in CONTENDERS
            for cell in tried.cells(PAPER_TASKS, NETWORKS_FOR, overrides(network))
        ),
    ),
    presets=("official",),
    **SEARCH,
)

TUNING_STRENGTH = Experiment(
    id="tuning-strength",
    claim="alpha, tau or temperature of each learner in `tuned`, for each task and kind of dataset",
    cells=tuple(cell for tried in (*STRENGTHS, TAUS) for cell in tried.cells(PAPER_TASKS, PAPER_QUALITIES)),
    presets=("tuned",),
    **SEARCH,
)

FAST: Pairs = (("learning_rate", 0.001), ("polyak", 0.05))
SLOW: Pairs = (("learning_rate", 0.0003), ("polyak", 0.02))
MAZE_STRENGTHS = tuple(
    Strength(learner, "alpha", values, ("waypoint",), pace)
    for learner in ("cql", "omar")
    for pace, values in ((FAST, (0.005, 0.02, 0.1)), (SLOW, (0.005, 0.02)))
)
"""What is tried in Maze2D, where both learners share all else: rewards of 0 and 1 need a small alpha.

With the largest alpha neither learnt at the faster pace, so it was not tried at the slower one.
"""

TUNING_MAZE = Experiment(
    id="tuning-maze",
    claim="alpha and pace of CQL and OMAR in `tuned` for Maze2D, found in umaze",
    cells=tuple(cell for tried in MAZE_STRENGTHS for cell in tried.cells(["maze2d-umaze"], ["waypoint"])),
    presets=("tuned",),
    **SEARCH,
)

REPLAY = ("replay",)
ALPHAS = (0.0005, 0.005, 0.05)
"""For scaled returns of about 1; in cooperative navigation returns are some hundred times that."""
SAMPLED, WEIGHED = ((("policy_gradient", how),) for how in ("sampled", "weighed"))
SELDOM, OFTEN = ((("polyak", share),) for share in (0.01, 0.05))
HIGH_RATE, LOW_RATE = ((("learning_rate", rate),) for rate in (0.01, 0.001))
UNHELD, HELD = ((("action_penalty", weight),) for weight in (0.0, 0.01))
HALF: Pairs = (*WEIGHED, ("tau", 0.5))
SKIRMISH_STRENGTHS = (
    *(
        Strength("icq", "temperature", (0.01, 0.1, 1.0), REPLAY, (*LOW_RATE, *pace))
        for pace in (SELDOM, OFTEN)
    ),
    Strength("icq", "temperature", (0.1,), REPLAY, (*HIGH_RATE, *OFTEN)),
    *(
        Strength("td3_bc", "alpha", (2.5, 10.0, 40.0), REPLAY, (*HIGH_RATE, *gradient, *SELDOM))
        for gradient in (SAMPLED, WEIGHED)
    ),
    *(
        Strength("cql", "alpha", ALPHAS, REPLAY, (*HIGH_RATE, *gradient, *SELDOM, *UNHELD))
        for gradient in (SAMPLED, WEIGHED)
    ),
    Strength("omar", "alpha", ALPHAS, REPLAY, (*HIGH_RATE, *SAMPLED, *TAU_1, *SELDOM)),
    *(
        Strength("omar", "tau", (0.5, 0.9), REPLAY, (*HIGH_RATE, *gradient, ("alpha", 0.005), *SELDOM))
        for gradient in (SAMPLED, WEIGHED)
    ),
    Strength("td3_bc", "alpha", (2.5, 10.0, 40.0), REPLAY, (*HIGH_RATE, *WEIGHED, *OFTEN)),
    Strength("cql", "alpha", (*ALPHAS, 0.5, 5.0), REPLAY, (*HIGH_RATE, *WEIGHED, *OFTEN, *UNHELD)),
    Strength("omar", "alpha", (*ALPHAS, 0.5, 5.0), REPLAY, (*HIGH_RATE, *HALF, *OFTEN)),
    Strength("cql", "alpha", (0.05, 5.0), REPLAY, (*HIGH_RATE, *WEIGHED, *OFTEN, *HELD)),
    Strength("td3_bc", "alpha", (10.0, 40.0), REPLAY, (*LOW_RATE, *WEIGHED, *OFTEN)),
    Strength("cql", "alpha", (0.05, 5.0), REPLAY, (*LOW_RATE, *WEIGHED, *OFTEN, *UNHELD)),
    Strength("omar", "alpha", (0.05, 5.0), REPLAY, (*LOW_RATE, *HALF, *OFTEN)),
)
"""What is tried in battles: how far the critic is trusted, both ways to a gradient over choices, targets that
follow the critics faster, and a smaller learning rate.

With tau 1 the policy's gradient has no weight, so there is one way only. The better way alone is tried with
the faster targets; there the largest alpha was best, so larger ones were tried. MA-CQL's policies had become
certain of one choice everywhere, where the gradient vanishes, so its logits were held back.
"""

TUNING_SKIRMISH = Experiment(
    id="tuning-skirmish",
    claim="temperature, alpha, tau and policy gradient of each learner in `tuned` for battles, found in 2s3z",
    cells=tuple(cell for tried in SKIRMISH_STRENGTHS for cell in tried.cells(["skirmish-2s3z"], REPLAY)),
    presets=("tuned",),
    **SEARCH,
)

SCALES = {scale: (("reward_scale", scale),) for scale in (0.1, 1.0, 10.0)}
LARGE_STRENGTHS = (
    Strength("icq", "temperature", (0.1,), REPLAY, LOW_RATE),
    Strength("td3_bc", "alpha", (40.0,), REPLAY, HIGH_RATE),
    Strength("td3_bc", "alpha", (2.5, 10.0, 40.0), REPLAY, LOW_RATE),
    Strength("cql", "alpha", (5.0,), REPLAY, (*HIGH_RATE, *SCALES[0.1])),
    Strength("cql", "alpha", (5.0,), REPLAY, (*HIGH_RATE, *SCALES[1.0])),
    Strength("cql", "alpha", (5.0,), REPLAY, (*HIGH_RATE, *SCALES[10.0])),
    Strength("cql", "alpha", (0.5, 5.0), REPLAY, (*LOW_RATE, *SCALES[1.0])),
    Strength("cql", "alpha", (20.0, 200.0), REPLAY, (*LOW_RATE, *SCALES[10.0])),
    Strength("omar", "alpha", (5.0,), REPLAY, (*HIGH_RATE, *SCALES[0.1])),
    Strength("omar", "alpha", (5.0,), REPLAY, (*HIGH_RATE, *SCALES[10.0])),
    Strength("omar", "alpha", (5.0,), REPLAY, (*LOW_RATE, *SCALES[1.0])),
    Strength("omar", "alpha", (20.0, 200.0), REPLAY, (*LOW_RATE, *SCALES[10.0])),
)
"""What is tried on a large map, beginning with what was best on 2s3z.

The conservative term counts in nats, and there it outweighs rewards of a few hundredths in a step.
"""

TUNING_LARGE_SKIRMISH = Experiment(
    id="tuning-1c3s5z",
    claim="alpha, learning rate and scale of rewards of each learner in `tuned` for large battles",
    cells=tuple(cell for tried in LARGE_STRENGTHS for cell in tried.cells(["skirmish-1c3s5z"], REPLAY)),
    presets=("tuned",),
    datasets="one",
    **SEARCH,
)
