"""Export in the published layout: per agent `obs_i`, `acs_i`, `rews_i`, `next_obs_i`, `dones_i`."""

import shutil
from pathlib import Path

import numpy as np

from omarl.data.dataset import Dataset
from omarl.data.episodes import Episodes, before, chunks
from omarl.files.writing import aside, publish, refuse_existing
from omarl.types import TeamSpec


def to_official(dataset: Dataset, path: str | Path) -> Path:
    """The new folder at `path`, written in chunks, completely or not at all.

    `dones` are the true ends; a time limit only shows as an observation that does not continue the one
    before. Which actions were legal and which agents were there is not written; a true end of a single agent
    is among its own `dones`. Raises `RequestError` if `path` exists.
    """
    out = Path(path)
    refuse_existing(out)
    part = aside(out)
    part.mkdir(parents=True)
    try:
        _fill(dataset, part)
        publish(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out


def _fill(dataset: Dataset, folder: Path) -> None:
    """Write all arrays through memory maps."""
    team, low = dataset.metadata.team, 0
    files = {
        name: _create(folder / f"{name}.npy", dataset.rows, width) for name, width in _widths(team).items()
    }
    for part in chunks(dataset):
        high = low + len(part.action)
        for name, value in _columns(part, team).items():
            files[name][low:high] = value
        low = high
    for file in files.values():
        file.flush()


def _widths(team: TeamSpec) -> dict[str, int | None]:
    """The number of columns of every file; None for a file without a second axis."""
    widths = {}
    for i, (seen, acts) in enumerate(zip(team.observation_sizes, team.action_sizes, strict=True)):
        widths |= {
            f"obs_{i}": seen,
            f"acs_{i}": acts,
            f"next_obs_{i}": seen,
            f"rews_{i}": None,
            f"dones_{i}": None,
        }
    return widths


def _create(path: Path, rows: int, width: int | None) -> np.memmap:
    """A new file of that shape."""
    shape = (rows,) if width is None else (rows, width)
    return np.lib.format.open_memmap(path, "w+", np.float64, shape)


def _columns(part: Episodes, team: TeamSpec) -> dict[str, np.ndarray]:
    """The rows that some whole episodes add to every file."""
    index, found = before(part), {}
    for i, (seen, acts) in enumerate(zip(team.observation_sizes, team.action_sizes, strict=True)):
        found[f"obs_{i}"] = part.obs[index, i, :seen]
        found[f"next_obs_{i}"] = part.obs[index + 1, i, :seen]
        found[f"acs_{i}"] = part.action[:, i, :acts]
        ends = part.terminal if part.died is None else part.terminal | part.died[:, i]
        found[f"rews_{i}"], found[f"dones_{i}"] = part.reward[:, i], ends
    return found
