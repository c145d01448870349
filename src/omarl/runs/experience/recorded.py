"""Updates on recordings: in memory, in a window that moves over the disk, or of many runs at once."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from omarl.runs.experience.base import Progress, following
from omarl.training.offline import LearnerOf, initial_states, initial_tallies, keys_of, updates
from omarl.training.program import Program


class Recorded:
    """Members who learn side by side from recordings, for `end` updates, evaluated `every` so many.

    `arrays_at(update)` gives what batches are drawn from, the same until the next evaluation; `values` are
    what the members differ in besides their seeds (see `training.offline`).
    """

    def __init__(
        self,
        learner: LearnerOf,
        arrays_at: Callable[[int], Any],
        seeds: Sequence[int],
        end: int,
        every: int,
        values: Any = (),
    ) -> None:
        """Nothing is read or compiled yet."""
        self.learner, self.arrays_at, self.seeds, self.values = learner, arrays_at, list(seeds), values
        self.end, self.every = end, every
        self._keys = keys_of(self.seeds)[1]
        self._program = Program(updates(learner), donate=(4, 5))
        self._spent = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of learning, the reading of streamed data included."""
        return self._spent - self._program.compiling

    def start(self) -> Progress:
        """Every member's initial state."""
        states = initial_states(self.learner, self.values, self.seeds)
        tally = initial_tallies(self.learner, self.values, self.arrays_at(0), len(self.seeds))
        return Progress(0, states, tally, due=True)

    def advance(self, progress: Progress, until: int) -> Progress:
        """All members after some more updates."""
        begin, done = time.perf_counter(), progress.position
        stop = following(done, self.every, self.end)
        count = min(max(until - done, 1), stop - done)
        arrays = self.arrays_at(done)
        states, tally = self._program(
            arrays, np.int32(count), self.values, self._keys, progress.states, progress.tally
        )
        self._spent += time.perf_counter() - begin
        return Progress(done + count, states, tally, due=done + count == stop)

    def save(self, folder: Path) -> dict[str, Any]:
        """Recordings and the keys of draws follow from the run itself: there is nothing to write."""
        return {}

    def restore(self, folder: Path, kept: Mapping[str, Any]) -> None:
        """There is nothing to take up."""
