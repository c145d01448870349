"""The choice of a run's inputs: observations as they are, or standardised (see `data.inputs`).

They are standardised where the networks meet the world and nowhere else: when data reach the device, and when
a policy acts.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from jaxtyping import Array

from omarl.algos import Algorithm
from omarl.batch import PRNGKey
from omarl.data.dataset import Dataset
from omarl.data.inputs import RAW, Inputs, as_seen, inputs_from, moments_of
from omarl.runs.playable import unknown
from omarl.types import TeamSpec

InputChoice = Literal["raw", "standardised"]
MAKERS: Mapping[str, Callable[[Dataset], Inputs]] = {"raw": lambda dataset: RAW, "standardised": moments_of}
BEFORE: InputChoice = "raw"
"""What the inputs of runs are that do not say."""


def usual_inputs(task: str | None) -> InputChoice:
    """Standardised, unless the data name a task that is known here: its results are those of raw inputs."""
    return "standardised" if task is None or unknown(task) else "raw"


def inputs_of(choice: InputChoice, dataset: Dataset, begun: Mapping[str, Any]) -> Inputs:
    """The inputs of a run on a dataset; one that was begun with this choice keeps those in `config.json`."""
    going_on = bool(begun) and begun.get("inputs", BEFORE) == choice
    return kept_inputs(begun, dataset.metadata.team) if going_on else MAKERS[choice](dataset)


def kept_inputs(config: Mapping[str, Any], team: TeamSpec) -> Inputs:
    """The inputs that a run's `config.json` holds, raw if it holds none."""
    return inputs_from(config["moments"], team) if "moments" in config else RAW


def given_raw(algorithm: Algorithm, inputs: Inputs) -> Algorithm:
    """The learner whose policies are given observations as they are, and batches as networks see them."""

    def act(actor: Any, obs: Array, legal: Array) -> Array:
        return algorithm.act(actor, as_seen(obs, inputs), legal)

    def explore(actor: Any, obs: Array, legal: Array, key: PRNGKey) -> Array:
        return algorithm.explore(actor, as_seen(obs, inputs), legal, key)

    return algorithm._replace(act=act, explore=explore)
