"""Checks of what a dataset says about who is there."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Dataset
from omarl.data.episodes import Episodes, acting, before, chunks
from omarl.data.findings import Finding, count
from omarl.types import TeamSpec


def lives(dataset: Dataset) -> Iterator[Finding]:
    """Errors about lives that cannot be, and a note for each agent that is not always there."""
    if dataset.alive is None:
        return
    for wrong, what, remedy in WRONG:
        total, first = count(dataset, wrong)
        if total:
            yield Finding("error", f"{total} {what}", f"alive and died, first at {first}", remedy)
    yield from _absent(dataset)


def _dead_twice(part: Episodes, team: TeamSpec) -> Bool[np.ndarray, "rows agent"]:
    """Deaths of agents that were not there, or that are there afterwards."""
    assert part.alive is not None and part.died is not None
    return part.died & (~acting(part) | part.alive[before(part) + 1])


def _nobody(part: Episodes, team: TeamSpec) -> Bool[np.ndarray, "rows 1"]:
    """Rows in which no agent is there."""
    return (acting(part).sum(1) == 0)[:, None]


def _fillers(part: Episodes, team: TeamSpec) -> Bool[np.ndarray, "rows agent"]:
    """Rows of agents that are not there, with numbers other than zero in what they saw or were paid."""
    return ~acting(part) & ((part.obs[before(part)] != 0).any(-1) | (part.reward != 0))


def _absent(dataset: Dataset) -> Iterator[Finding]:
    """A note for each agent that is not always there."""
    there = sum(acting(part).sum(0) for part in chunks(dataset))
    died = sum(np.asarray(part.died).sum(0) for part in chunks(dataset))
    for agent in np.flatnonzero(np.asarray(there) < dataset.rows).tolist():
        missing, dead = dataset.rows - np.asarray(there)[agent], np.asarray(died)[agent]
        what = f"it is not there in {missing} of {dataset.rows} rows, and dies {dead} times before its team"
        yield Finding("note", what, f"agent {agent}", "nothing to do if that is so: nothing learns from them")


WRONG = (
    (_dead_twice, "deaths are of agents that are not there or go on", "mark a death in an agent's last row"),
    (_nobody, "rows have no agent at all", "leave these rows out, or end the episode before them"),
    (
        _fillers,
        "rows have an observation or a reward of an agent that is not there",
        "make them zero: a reward would count in the return",
    ),
)
