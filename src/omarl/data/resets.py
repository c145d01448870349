"""Logs of environments that reset themselves: an episode's last observation is the next one's first."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import UInt64

from omarl.data.dataset import Dataset
from omarl.data.duplicates import hash_words
from omarl.data.episodes import chunks
from omarl.data.findings import Finding

REMEDY = (
    "if the environment was reset before it was logged, log the final observation instead; nothing "
    "to do if episodes are parts of one recording"
)


def resets(dataset: Dataset) -> Iterator[Finding]:
    """A warning about closing observations that equal the first observation of another episode.

    A closing observation that repeats the one before it does not count, as it stands for one that was not
    recorded. Nothing is said where other observations equal first ones as often, as in worlds of few states,
    and where every episode is a single row.
    """
    first = np.arange(dataset.episodes) + dataset.episode_start
    last = np.append(first[1:], len(dataset.obs)) - 1
    seen = np.concatenate([_hashes(part.obs) for part in chunks(dataset)])
    recorded = seen[last] != seen[last - 1]
    alike = recorded & np.isin(seen[last], seen[first]) & (seen[last] != seen[first])
    inside = np.ones(len(seen), bool)
    inside[first], inside[last] = False, False
    if not inside.any():
        return
    usual = np.isin(seen[inside], seen[first]).mean()
    if alike.sum() > 2 * usual * recorded.sum():
        what = f"{alike.sum()} of {dataset.episodes} closing observations equal another episode's first one"
        yield Finding("warning", what, f"obs, first at the end of episode {int(np.argmax(alike))}", REMEDY)


def _hashes(obs: np.ndarray) -> UInt64[np.ndarray, "moments"]:
    """One hash per joint observation, in which minus zero is zero."""
    flat = np.asarray(obs, np.float32).reshape(len(obs), -1) + np.float32(0)
    return hash_words(flat.view(np.uint32).astype(np.uint64))
