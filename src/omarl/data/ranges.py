"""Checks of what columns and rewards hold: scales that are far apart, and numbers that never change."""

from collections.abc import Iterator

import numpy as np

from omarl.data.dataset import Dataset
from omarl.data.episodes import acting, chunks
from omarl.data.findings import Finding

APART = 100
STANDARDISE = (
    "`omarl train` standardises inputs where no task is known, and elsewhere with --inputs standardised"
)


def scales(dataset: Dataset) -> Iterator[Finding]:
    """Warnings about agents whose observation columns differ in scale by `APART` times or more."""
    low, high = _extremes(dataset, "obs")
    for agent, size in enumerate(dataset.metadata.team.observation_sizes):
        least, greatest = low[agent, :size], high[agent, :size]
        varied = np.flatnonzero(least < greatest)
        reach = np.maximum(np.abs(least), np.abs(greatest))[varied]
        if len(varied) > 1 and reach.max() >= APART * reach.min():
            most, fewest = varied[np.argmax(reach)], varied[np.argmin(reach)]
            what = (
                f"column {most} reaches {reach.max():g}, column {fewest} only {reach.min():g}, "
                f"{reach.max() / reach.min():.0f} times less"
            )
            yield Finding("warning", what, f"obs, agent {agent}", STANDARDISE)


def constant_columns(dataset: Dataset) -> Iterator[Finding]:
    """Findings about columns that never change: notes for observations, warnings for actions."""
    team = dataset.metadata.team
    if dataset.rows < 2:
        return
    for name, sizes in (("obs", team.observation_sizes), ("action", team.action_sizes)):
        low, high = _extremes(dataset, name)
        for agent, size in enumerate(sizes):
            columns = np.flatnonzero(low[agent, :size] == high[agent, :size]).tolist()
            if columns:
                yield _constant(name, agent, columns)


def rewards(dataset: Dataset) -> Iterator[Finding]:
    """Warnings about agents whose reward never changes."""
    reward, there = np.asarray(dataset.reward), acting(dataset)
    low, high = reward.min(0, where=there, initial=np.inf), reward.max(0, where=there, initial=-np.inf)
    for agent in np.flatnonzero(low == high).tolist():
        what = f"every reward is {low[agent]:g}: nothing can be learned from it"
        yield Finding(
            "warning", what, f"reward, agent {agent}", "check that the log's reward column was read"
        )


def _extremes(dataset: Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest values of each agent's columns, where it is there."""
    low, high = [], []
    for part in chunks(dataset):
        values, there = getattr(part, name), acting(part) if name != "obs" else part.alive
        known = True if there is None else there[..., None]
        low.append(np.min(values, 0, where=known, initial=np.inf))
        high.append(np.max(values, 0, where=known, initial=-np.inf))
    return np.min(low, 0), np.max(high, 0)


def _constant(name: str, agent: int, columns: list[int]) -> Finding:
    """The finding about an agent's columns that never change."""
    where = f"{name}, agent {agent}"
    shown = ", ".join(map(str, columns[:12])) + (", ..." if len(columns) > 12 else "")
    if name == "obs":
        return Finding(
            "note", f"columns {shown} never change", where, "nothing to do unless they should vary"
        )
    return Finding(
        "warning", f"columns {shown} never change", where, "check that the right columns were read"
    )
