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
    with_room,
)
from omarl.training.program import Program
from omarl.training.tally import Tally

SHORT = 25
"""Steps of an episode. At first there is room for as many episodes as there would be of this length."""


class OnDevice(Acting):
    """Learning while acting in a task on the device, for `steps` environment steps of each member.

    Positions are whole rounds of episodes that all last until the task's time limit. Where they end sooner, a
    member plays further rounds until it has lived that many steps, so that it is less than a round ahead.
    Evaluations are due `every` so many steps, after random play alone unless `while_random`.
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
        self.round = config.environments * task.spec.horizon
        total, warm_up = iterations_of(config, task.spec.horizon, steps)
        self.end, self.learning_from = total * self.round, warm_up * self.round
        stops = {*range(0, total, max(1, every // self.round)), warm_up, total}
        least = 1 if while_random else min(warm_up + 1, total)
        self.stops = sorted(stop * self.round for stop in stops if stop >= least)
        super().__init__(task, algorithm, learner, config, seeds)
        made = (iterations(task, algorithm, learner, config, learning) for learning in (False, True))
        self.programs = [Program(each, donate=(0, 1, 2)) for each in made]
        self.last_returns = [float("nan")] * len(self.seeds)

    def empty(self) -> Replay:
        """A replay with room for the whole run, if its episodes are not very short."""
        rows = self.end + self.round
        return empty_replay(self.task.spec.team, rows, -(-rows // min(self.task.spec.horizon, SHORT)))

    def advance(self, progress: Progress, until: int) -> Progress:
        """All members after some more iterations; random play and learning are not mixed."""
        first = progress.position
        stop = self.stops[bisect_right(self.stops, first)]
        last = min(stop, max(first + self.round, until // self.round * self.round))
        last = min(last, self.learning_from) if first < self.learning_from else last
        states, tallies = self.advanced(progress, last)
        return Progress(last, states, tallies, due=last == stop)

    def further(self, index: int, position: int, until: int, state: Any, tally: Tally) -> tuple[Any, Tally]:
        """One member's state and tally after so many steps; its replay gets more room where it needs it."""
        program = self.programs[position >= self.learning_from]
        key, replay = keys_of_online(self.seeds[index])[1], self.replays[index]
        returns = self.last_returns[index]
        while replay.filled < until:
            if replay.episodes + self.config.environments > replay.room:
                replay = with_room(replay, replay.room)
            state, tally, replay, returns = program(state, tally, replay, key, np.int32(until))
        self.replays[index], self.last_returns[index] = replay, float(returns)
        return state, tally
