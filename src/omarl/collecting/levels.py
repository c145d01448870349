"""Levels: which policies of an online run are called medium and expert."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from omarl.collecting.recipes import levels_between
from omarl.data.episodes import Episodes


class Probe(NamedTuple):
    """A policy on the way: its mean return, noise included, after how many steps and rows, and its actor.

    The actor is kept where no policy before had as high a return: only such ones can be the first to reach a
    level.
    """

    mean_return: float
    steps: int
    rows: int
    actor: Any


class Level(NamedTuple):
    """The first policy that had at least the mean return that was wanted."""

    policy: Probe
    wanted: float


def first_at(wanted: Mapping[str, float], probes: Sequence[Probe]) -> dict[str, Level]:
    """The first policy that has each of the wanted mean returns, of those that have one."""
    found = {
        name: next((probe for probe in probes if probe.mean_return >= least), None)
        for name, least in wanted.items()
    }
    return {name: Level(probe, wanted[name]) for name, probe in found.items() if probe is not None}


def random_return(random_steps: int, played: Episodes) -> float:
    """The mean return of the random play with which an online run began."""
    ends = np.flatnonzero(played.terminal | played.truncated)
    return float(played.returns[: max(1, int((ends < random_steps).sum()))].mean())


def own_levels(random: float, probes: Sequence[Probe]) -> dict[str, float]:
    """Levels of a task that has no references, from an online run; none if it did not get beyond random play.

    As with our own references, `expert` is nine tenths of the way from random play to where the run levels
    off, the mean of the last fifth of its probes.
    """
    last = [probe.mean_return for probe in probes[-max(1, len(probes) // 5) :]]
    plateau = sum(last) / len(last) if last else random
    return levels_between(random, random + 0.9 * (plateau - random)) if plateau > random else {}
