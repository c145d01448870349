"""Small datasets for the tests of this folder."""

from collections.abc import Callable

import numpy as np
import pytest

from omarl.data.dataset import Dataset, Metadata
from omarl.types import TeamSpec


def build(
    lengths: tuple[int, ...] = (4, 1, 3),
    observation_sizes: tuple[int, ...] = (3, 2),
    action_sizes: tuple[int, ...] = (2, 2),
    kind: str = "continuous",
    legal: bool = False,
    terminal: bool = False,
    seed: int = 0,
) -> Dataset:
    """Random episodes of the given lengths, padded as a ragged team is."""
    rng, rows, team = (
        np.random.default_rng(seed),
        sum(lengths),
        TeamSpec(observation_sizes=observation_sizes, action_sizes=action_sizes, action_kind=kind),
    )
    seen = np.arange(team.observation_size) < np.asarray(observation_sizes)[:, None]
    observations = rows + len(lengths)
    obs = rng.normal(size=(observations, team.agents, team.observation_size)).astype(np.float32) * seen
    draw = rng.uniform(-1, 1, (rows, team.agents, team.action_size)).astype(np.float32)
    masked = np.where(team.action_mask, draw, -9)
    one_hot = np.eye(team.action_size, dtype=np.float32)[masked.argmax(-1)]
    ends = np.zeros(rows, bool)
    ends[np.cumsum(lengths) - 1] = True
    return Dataset(
        Metadata(id="toy/random-v0", team=team, made_by={"function": "build", "seed": seed}),
        obs=obs,
        action=one_hot if kind == "discrete" else np.where(team.action_mask, draw, np.float32(0)),
        reward=rng.normal(size=(rows, team.agents)).astype(np.float32),
        terminal=ends & terminal,
        truncated=ends & (not terminal),
        legal=np.broadcast_to(team.action_mask, (observations, *team.action_mask.shape)) if legal else None,
    )


@pytest.fixture(scope="session")
def make() -> Callable[..., Dataset]:
    """The function that builds a small dataset."""
    return build
