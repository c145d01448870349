"""The learner's own play as experience: what runs on the device and runs on the host have in common."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax

from omarl.algos import ActorConfig, Algorithm
from omarl.data.device import draw
from omarl.errors import RequestError
from omarl.runs.experience.base import Progress, member_of, stacked
from omarl.runs.experience.replays import FOLDER, append_replay, read_replay, size_of
from omarl.training.online import OnlineConfig, Replay, keys_of_online
from omarl.training.program import Program
from omarl.training.tally import Tally, blank_tally


class Acting:
    """Members who differ in their seed, each with a replay of its own; positions are environment steps.

    Batches are as `learner` says, the configuration from which `algorithm` was made.
    """

    def __init__(
        self,
        task: Any,
        algorithm: Algorithm,
        learner: ActorConfig,
        config: OnlineConfig,
        seeds: Sequence[int],
    ) -> None:
        """Make room for all that will be played."""
        self.task, self.algorithm, self.learner, self.config = task, algorithm, learner, config
        self.seeds = list(seeds)
        self.replays: list[Replay] = [self.empty() for _ in self.seeds]
        self.programs: list[Program] = []
        self._written = [{"rows": 0, "episodes": 0} for _ in self.seeds]
        self._spent = 0.0

    end: int

    def advance(self, progress: Progress, until: int) -> Progress:
        """See `Experience`."""
        raise NotImplementedError

    def empty(self) -> Replay:
        """A replay with room for the whole run."""
        raise NotImplementedError

    def further(self, index: int, position: int, until: int, state: Any, tally: Tally) -> tuple[Any, Tally]:
        """One member's state and tally further on, its replay moved on too."""
        raise NotImplementedError

    @property
    def seconds(self) -> float:
        """Seconds of playing and learning."""
        return self._spent - sum(program.compiling for program in self.programs)

    def start(self) -> Progress:
        """Every member's initial state; nothing has been played."""
        init = jax.jit(self.algorithm.init)
        states = [init(keys_of_online(seed)[0]) for seed in self.seeds]
        batch = jax.eval_shape(self._batch, self.replays[0])
        tally = blank_tally(self.algorithm, batch)
        return Progress(0, stacked(states), stacked([tally] * len(states)), due=True)

    def _batch(self, replay: Replay) -> Any:
        key = jax.random.key(0)
        return draw(replay.arrays, key, self.learner.batch_size, self.learner.sampling, replay.filled)

    def advanced(self, progress: Progress, until: int) -> tuple[Any, Tally]:
        """The states and tallies of all members, each moved on until the same position."""
        begin, position = time.perf_counter(), progress.position
        moved = [
            self.further(
                index, position, until, member_of(progress.states, index), member_of(progress.tally, index)
            )
            for index in range(len(self.seeds))
        ]
        states, tallies = (stacked(list(parts)) for parts in zip(*moved, strict=True))
        self._spent += time.perf_counter() - begin
        return states, tallies

    def save(self, folder: Path) -> dict[str, Any]:
        """Append what was played since the last time; the sizes of the replays."""
        for index, (seed, replay) in enumerate(zip(self.seeds, self.replays, strict=True)):
            append_replay(folder / FOLDER / f"seed-{seed}", replay, self._written[index])
            self._written[index] = size_of(replay)
        return {"replays": [dict(size) for size in self._written]}

    def restore(self, folder: Path, kept: Mapping[str, Any]) -> None:
        """Read the replays as far as they were saved; `RequestError` if the run had ended without them."""
        if not kept:
            raise RequestError(f"{folder} has ended, and its replay is gone: it cannot be made longer")
        self._written = [dict(size) for size in kept["replays"]]
        for index, (seed, size) in enumerate(zip(self.seeds, self._written, strict=True)):
            if size["rows"]:
                self.replays[index] = read_replay(folder / FOLDER / f"seed-{seed}", size, self.replays[index])
