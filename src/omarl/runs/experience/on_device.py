"""Play on the device: whole iterations of playing and learning in one compiled program."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np

from omarl.algos import ActorConfig, Algorithm
from omarl.runs.experience.acting import Acting
from omarl.runs.experience.base import Progress
from omarl.training.online import (
    OnlineConfig,
    Replay,
    empty_replay,
    iterations,
    iterations_of,
    keys_of_online,
)
from omarl.training.program import Program
from omarl.training.tally import Tally


class OnDevice(Acting):
    """Learning while acting in a task on the device, for `steps` environment steps of each member.

    Steps are counted as if every episode lasted until the task's time limit. Evaluations are due `every` so
    many, after random play alone unless `while_random`.
    """

    def __init__(
        self,
        task: Any,
        algorithm: Algorithm,
        learner: ActorConfig,
        config: OnlineConfig,
        seeds: Sequence[int],
        steps: int,
        every: int,
        while_random: bool = False,
    ) -> None:
        """Make room for all that will be played."""
        horizon = task.spec.horizon
        self.per_iteration = config.environments * horizon
        self.total, self.warm_up = iterations_of(config, horizon, steps)
        self.end = self.total * self.per_iteration
        stops = {*range(0, self.total, max(1, every // self.per_iteration)), self.warm_up, self.total}
        least = 1 if while_random else min(self.warm_up + 1, self.total)
        self.stops = sorted(stop for stop in stops if stop >= least)
        super().__init__(task, algorithm, learner, config, seeds)
        made = (iterations(task, algorithm, learner, config, learning) for learning in (False, True))
        self.programs = [Program(each, donate=(0, 1, 2)) for each in made]
        self.last_returns = [float("nan")] * len(self.seeds)

    def empty(self) -> Replay:
        """A replay with room for the whole run."""
        episodes = self.total * self.config.environments
        return empty_replay(self.task.spec.team, episodes * self.task.spec.horizon, episodes)

    def advance(self, progress: Progress, until: int) -> Progress:
        """All members after some more iterations; random play and learning are not mixed."""
        first = progress.position // self.per_iteration
        stop = self.stops[bisect_right(self.stops, first)]
        last = min(stop, max(first + 1, until // self.per_iteration))
        last = min(last, self.warm_up) if first < self.warm_up else last
        states, tallies = self.advanced(progress, last * self.per_iteration)
        return Progress(last * self.per_iteration, states, tallies, due=last == stop)

    def further(self, index: int, position: int, until: int, state: Any, tally: Tally) -> tuple[Any, Tally]:
        """One member's state and tally after so many iterations."""
        first, last = position // self.per_iteration, until // self.per_iteration
        program = self.programs[first >= self.warm_up]
        key = keys_of_online(self.seeds[index])[1]
        numbers = np.int32(first), np.int32(last - first)
        state, tally, replay, returns = program(state, tally, self.replays[index], key, *numbers)
        self.replays[index], self.last_returns[index] = replay, float(returns)
        return state, tally
