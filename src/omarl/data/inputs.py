"""What networks see of observations: as they are, or standardised by the moments of a dataset.

The columns of a log may be anything, a position of 0.5 beside a light of 20,000. Networks learn from numbers
near 1. A run on data without a known task therefore has moments, and keeps them with its policy.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from omarl.data.blocks import read_rows
from omarl.data.dataset import Dataset
from omarl.errors import RequestError
from omarl.types import TeamSpec

NUMBERS_AT_ONCE = 1 << 20
"""How many numbers are read at a time."""
RESOLUTION = 2.0**-24
"""Half the distance of neighbouring numbers around 1 in single precision."""


class Inputs(NamedTuple):
    """Mean and standard deviation of each entry of each agent's observation, or one number for all.

    A deviation of 0 says that nothing can be learnt from an entry: it never changes, or is padding. Networks
    see 0 there, whatever the observation holds.
    """

    mean: Float[np.ndarray, "..."]
    deviation: Float[np.ndarray, "..."]

    @property
    def factor(self) -> Float[np.ndarray, "..."]:
        """What the distance from the mean is multiplied by: 1 / deviation, or 0."""
        return np.divide(1.0, self.deviation, out=np.zeros_like(self.deviation), where=self.deviation > 0)


RAW = Inputs(np.zeros(()), np.ones(()))
"""Observations as they are."""


def as_seen(obs: Any, inputs: Inputs) -> Any:
    """Observations `[batch agent obs]`, of numpy or JAX, as networks see them, in single precision."""
    mean, factor = inputs.mean.astype(np.float32), inputs.factor.astype(np.float32)
    return (obs - mean) * factor


class Sums(NamedTuple):
    """Number, mean and sum of squared distances from it, of some observations `[1 agent obs]`."""

    number: Float[np.ndarray, "1 agent 1"]
    mean: Float[np.ndarray, "1 agent obs"]
    squares: Float[np.ndarray, "1 agent obs"]


def moments_of(dataset: Dataset) -> Inputs:
    """The moments of what each agent observed before its steps, in memory that does not grow with the data.

    Only observations count at which the agent was there.

    Observations after an episode's last step do not count: many logs do not know them.
    """
    size = dataset.obs.shape[-1]
    total = reduce(_together, (_sums(*part) for part in _parts(dataset)))
    deviation = np.sqrt(total.squares / np.maximum(total.number, 1))
    least = np.maximum(RESOLUTION * np.abs(total.mean), np.finfo(np.float32).tiny)
    exists = np.arange(size) < np.asarray(dataset.metadata.team.observation_sizes)[:, None]
    return Inputs(np.where(exists, total.mean, 0.0), np.where(exists & (deviation > least), deviation, 0.0))


def _parts(
    dataset: Dataset,
) -> Iterator[tuple[Float[np.ndarray, "part agent obs"], Bool[np.ndarray, "part agent"]]]:
    """The observations in pieces, in double precision, and which of them count."""
    ends = np.flatnonzero(np.asarray(dataset.terminal) | np.asarray(dataset.truncated))
    counts = np.ones(len(dataset.obs), bool)
    counts[ends + np.arange(len(ends)) + 1] = False
    shape = dataset.obs.shape[1:]
    length = max(1, NUMBERS_AT_ONCE // int(np.prod(shape)))
    for first in range(0, len(dataset.obs), length):
        obs = np.empty((min(length, len(dataset.obs) - first), *shape), np.float32)
        read_rows(dataset.obs, first, obs)
        of_each = np.repeat(counts[first : first + length, None], shape[0], 1)
        if dataset.alive is not None:
            of_each &= dataset.alive[first : first + length]
        yield obs.astype(np.float64), of_each


def _sums(obs: Float[np.ndarray, "part agent obs"], counts: Bool[np.ndarray, "part agent"]) -> Sums:
    """The sums of one piece."""
    weight = counts[..., None].astype(np.float64)
    number = weight.sum(0, keepdims=True)
    mean = np.sum(obs * weight, 0, keepdims=True) / np.maximum(number, 1)
    return Sums(number, mean, np.sum((obs - mean) ** 2 * weight, 0, keepdims=True))


def _together(one: Sums, other: Sums) -> Sums:
    """The sums of two pieces (Chan et al. 1979), which lose nothing where a mean is far from zero."""
    number = one.number + other.number
    share, apart = other.number / np.maximum(number, 1), other.mean - one.mean
    squares = one.squares + other.squares + apart**2 * one.number * share
    return Sums(number, one.mean + apart * share, squares)


def inputs_json(inputs: Inputs, team: TeamSpec) -> dict[str, list[list[float]]]:
    """Moments as JSON keeps them exactly: for each agent a list with a number for each of its entries."""
    sizes = team.observation_sizes
    return {
        name: [values[0, agent, :size].tolist() for agent, size in enumerate(sizes)]
        for name, values in inputs._asdict().items()
    }


def inputs_from(kept: Mapping[str, Any], team: TeamSpec) -> Inputs:
    """The moments that `inputs_json` wrote; raises `RequestError` if they do not fit the team."""
    try:
        return Inputs(*(_filled(kept[name], team) for name in Inputs._fields))
    except (KeyError, TypeError, ValueError) as error:
        raise RequestError(f"the moments of a run's inputs are not those of these data: {error}") from None


def _filled(numbers: Any, team: TeamSpec) -> Float[np.ndarray, "1 agent obs"]:
    """The agents' lists in one array, with zeros as padding."""
    values = np.zeros((1, team.agents, team.observation_size))
    for agent, (own, size) in enumerate(zip(numbers, team.observation_sizes, strict=True)):
        values[0, agent, :size] = np.asarray(own, np.float64).reshape(size)
    return values
