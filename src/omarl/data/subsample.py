"""Smaller datasets with the same distribution: some whole episodes of a larger one."""

from dataclasses import replace

import numpy as np

from omarl.data.dataset import Dataset
from omarl.data.episodes import join, select
from omarl.errors import RequestError


def subsample(dataset: Dataset, fraction: float, seed: int = 0) -> Dataset:
    """A dataset of `fraction` of the episodes, at least one, drawn without replacement, in time order.

    Every episode is equally likely to be kept. The metadata name the source, the fraction and the seed.
    """
    if not 0 < fraction <= 1:
        raise RequestError(f"fraction is {fraction}, expected more than 0 and at most 1")
    if seed < 0:
        raise RequestError(f"seed is {seed}, expected 0 or more")
    kept = max(1, round(fraction * dataset.episodes))
    chosen = np.sort(np.random.default_rng(seed).permutation(dataset.episodes)[:kept])
    about = dataset.metadata
    made_by = {
        "function": "subsample",
        "fraction": fraction,
        "seed": seed,
        "source": about.id,
        "source_made_by": about.made_by,
    }
    smaller = replace(about, id=f"{about.id}+{fraction:g}-seed{seed}", made_by=made_by)
    return join(smaller, (select(dataset, e, e + 1) for e in chosen.tolist()))
