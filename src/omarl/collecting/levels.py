"""Levels: which policies of an online run are called medium and expert."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from omarl.collecting.goals import Goal, Performance, goal_of
from omarl.collecting.recipes import levels_between
from omarl.data.episodes import Episodes


class Probe(NamedTuple):
    """A policy on the way: its mean return, noise included, after how many steps and rows, and its actor.

    The actor is kept where the policy `exceeds` those before: only such ones can be the first to reach a
    level. The win rate is None in a task that knows no wins.
    """

    mean_return: float
    steps: int
    rows: int
    actor: Any
    win_rate: float | None = None


class Level(NamedTuple):
    """The first policy that reached the goal that was wanted."""

    policy: Probe
    wanted: Goal


def first_at(wanted: Mapping[str, float | Goal], probes: Sequence[Probe]) -> dict[str, Level]:
    """The first policy at each of the wanted levels, of those that were reached."""
    goals = {name: goal_of(level) for name, level in wanted.items()}
    found = {
        name: next((probe for probe in probes if getattr(probe, goal.measure) >= goal.least), None)
        for name, goal in goals.items()
    }
    return {name: Level(probe, goals[name]) for name, probe in found.items() if probe is not None}


def exceeds(performance: Performance, before: Sequence[Probe]) -> bool:
    """Whether a policy exceeds all before it, in the mean return or in wins."""
    return any(
        value is not None and all(value > getattr(probe, measure) for probe in before)
        for measure, value in performance._asdict().items()
    )


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
