"""The card of a dataset: its sizes, returns and provenance as data for JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from omarl.data.dataset import Dataset
from omarl.data.episodes import chunks, present
from omarl.types import Reference

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 20


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The content and the origin of a dataset; every value is JSON-safe.

    `returns` has `mean`, `std`, `min`, `max` and quantiles of the undiscounted returns; `histogram_counts[b]`
    counts the returns between `histogram_edges[b]` and the next edge. Ranges are `(least, greatest)` per
    agent. `columns` are the names of agents and columns, and `units` what the numbers were in the source (see
    `data.units`), as far as they are known. `scores` are normalised mean returns, by the
    name of the references.
    """

    id: str
    task: str | None
    quality: str | None
    transitions: int
    episodes: int
    bytes: int
    agents: int
    observation_sizes: tuple[int, ...]
    action_sizes: tuple[int, ...]
    action_kind: str
    length: Mapping[str, float]
    ends_terminal: int
    ends_truncated: int
    returns: Mapping[str, float]
    histogram_edges: tuple[float, ...]
    histogram_counts: tuple[int, ...]
    reward_range: tuple[tuple[float, float], ...]
    action_range: tuple[tuple[float, float], ...]
    scores: Mapping[str, float]
    references: Mapping[str, Mapping[str, float]]
    made_by: Mapping[str, Any]
    versions: Mapping[str, str]
    licence: str
    columns: Mapping[str, Any]
    units: Mapping[str, Any]


def summarise(dataset: Dataset) -> Summary:
    """The card of a dataset, computed in one pass over its rewards and actions."""
    about, team, returns = dataset.metadata, dataset.metadata.team, dataset.returns
    counts, edges = np.histogram(returns, BINS)
    low, high = _action_range(dataset)
    reward = np.asarray(dataset.reward)
    return Summary(
        id=about.id,
        task=about.task,
        quality=about.quality,
        transitions=dataset.rows,
        episodes=dataset.episodes,
        bytes=sum(array.nbytes for array in present(dataset).values()),
        agents=team.agents,
        observation_sizes=team.observation_sizes,
        action_sizes=team.action_sizes,
        action_kind=team.action_kind,
        length=_moments(lengths(dataset).astype(np.float64)),
        ends_terminal=int(np.count_nonzero(dataset.terminal)),
        ends_truncated=int(np.count_nonzero(dataset.truncated & ~dataset.terminal)),
        returns=_moments(returns)
        | {f"q{round(100 * q):02}": float(np.quantile(returns, q)) for q in QUANTILES},
        histogram_edges=tuple(edges.tolist()),
        histogram_counts=tuple(counts.tolist()),
        reward_range=_pairs(reward.min(0), reward.max(0)),
        action_range=_pairs(low, high),
        scores=_scores(float(returns.mean()), about.references),
        references=about.references,
        made_by=about.made_by,
        versions=about.versions,
        licence=about.licence,
        columns=about.columns,
        units=about.units,
    )


def lengths(dataset: Dataset) -> Int[np.ndarray, "episodes"]:
    """Number of rows of each episode."""
    return np.diff(dataset.episode_start, append=dataset.rows)


def _moments(values: Float[np.ndarray, "values"]) -> dict[str, float]:
    """Mean, population standard deviation and extremes."""
    return {name: float(getattr(values, name)()) for name in ("mean", "std", "min", "max")}


def _action_range(
    dataset: Dataset,
) -> tuple[Float[np.ndarray, "agent"], Float[np.ndarray, "agent"]]:
    """Least and greatest action entry of each agent, without padding."""
    mask = dataset.metadata.team.action_mask
    low, high = np.full(len(mask), np.inf), np.full(len(mask), -np.inf)
    for part in chunks(dataset):
        low = np.minimum(low, np.where(mask, part.action, np.inf).min((0, 2)))
        high = np.maximum(high, np.where(mask, part.action, -np.inf).max((0, 2)))
    return low, high


def _pairs(
    low: Float[np.ndarray, "agent"], high: Float[np.ndarray, "agent"]
) -> tuple[tuple[float, float], ...]:
    """One pair per agent from two arrays."""
    return tuple((float(a), float(b)) for a, b in zip(low, high, strict=True))


def _scores(mean_return: float, references: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The normalised score of the mean return for each complete pair of references, by its name."""
    complete = {
        name: Reference(table["random"], table["expert"])
        for name, table in references.items()
        if "random" in table and "expert" in table and table["random"] != table["expert"]
    }
    return {name: reference.score(mean_return) for name, reference in complete.items()}
