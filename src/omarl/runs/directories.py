"""The run directories of members of one program: what each would have alone.

Only a record's `seconds` differ: they are the run's share of the program's time.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax

from omarl.data.dataset import Dataset
from omarl.files.writing import write_text
from omarl.records import metrics
from omarl.records.record import Record, append
from omarl.runs import runner
from omarl.runs.spec import RunSpec
from omarl.training.offline import Fault, Progress

PERIOD = 60.0
"""Seconds between two times that all members are written to disk."""


class Member(NamedTuple):
    """A run of one seed, and its directory."""

    spec: RunSpec
    out: Path


def part(tree: Any, member: int) -> Any:
    """One member's part of a tree, as a run of one seed has it."""
    return jax.tree.map(lambda leaf: leaf[member : member + 1], tree)


class Directories:
    """The members' directories: configurations at once, tables and checkpoints every now and then."""

    def __init__(
        self,
        members: Sequence[Member],
        datasets: Mapping[str, Dataset],
        references: Mapping[str, Any],
        before: Sequence[float],
        resume: bool,
    ) -> None:
        """Begin the directories, or with `resume` go on with them; `before` are the seconds spent already."""
        self.members, self.datasets, self.before = members, datasets, before
        self.configs = [runner.describe(spec, datasets[spec.dataset], references) for spec, _ in members]
        for (_, out), config in zip(members, self.configs, strict=True):
            runner.prepare(out, config, resume)
        self.faults: dict[int, Fault] = {}
        self._records: list[list[Record]] = [[] for _ in members]
        self._metrics: list[list[metrics.Row]] = [[] for _ in members]
        self._written = time.monotonic()

    def close(self, faults: Mapping[int, Fault]) -> None:
        """Write what is known of these members, and nothing of what comes after."""
        for index in faults.keys() - self.faults.keys():
            self._write_tables(index)
        self.faults = {**faults, **self.faults}

    def add(self, progress: Progress, returns: Any, seconds: float) -> None:
        """Take in where all stand, with `returns[member, episode]` unless they are on disk already."""
        spent = [before + seconds / len(self.members) for before in self.before]
        for index, (spec, _) in self._open():
            if returns is not None:
                own = returns[index : index + 1]
                self._records[index] += runner.records(spec, self.configs[index], progress, own, spent[index])
                self._metrics[index] += metrics.rows(
                    spec.seeds, progress.updates, part(progress.metrics, index)
                )
        finished = progress.updates == self.members[0].spec.updates
        if finished or time.monotonic() - self._written > PERIOD:
            states = jax.device_get(progress.states)
            for index, (spec, out) in self._open():
                self._write_tables(index)
                runner.save(spec, out, progress._replace(states=part(states, index)), spent[index])
            self._written = time.monotonic()

    def paint(self, pictures: Callable[[Dataset, Any, Sequence[int]], Any], actors: Any) -> None:
        """Write each member's episode to look at."""
        actors = jax.device_get(actors)
        for index, (spec, out) in self._open():
            shown = pictures(self.datasets[spec.dataset], part(actors, index), spec.seeds)
            write_text(out / "episode.json", json.dumps(shown))

    def _open(self) -> Iterator[tuple[int, Member]]:
        return ((index, member) for index, member in enumerate(self.members) if index not in self.faults)

    def _write_tables(self, index: int) -> None:
        out = self.members[index].out
        append(out / "records.csv", self._records[index])
        metrics.append_metrics(out / "metrics.csv", self._metrics[index])
        self._records[index], self._metrics[index] = [], []
