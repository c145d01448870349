"""The datasets that experiments learn from: where they are looked for, and how missing ones are made.

`TASK/QUALITY-v0` is the only dataset of a kind, `TASK/QUALITY-seedK-v0` the one for seed K. One online run
yields every quality of a task and seed; a fraction is drawn from the whole. Where the online run did not
reach a quality's level a note takes the dataset's place, so that it is not tried again each time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from omarl.collecting.datasets import collect_datasets
from omarl.collecting.sources import feasible
from omarl.data import manifest
from omarl.data.store import load, save
from omarl.data.subsample import subsample
from omarl.envs.protocol import TaskSpec
from omarl.envs.registry import make, require_known
from omarl.errors import RequestError, TrainingError
from omarl.paper.data import Data
from omarl.types import TaskId


@dataclass(frozen=True)
class Order:
    """Datasets of one task and seed to be made: `wholes` by one online run, then their `parts`."""

    wholes: tuple[Data, ...]
    parts: tuple[Data, ...]

    def __str__(self) -> str:
        """The datasets in a few words, for messages."""
        first, *_ = members = (*self.wholes, *self.parts)
        labels = ", ".join(each.label for each in members)
        return f"data of {first.task_name}, seed {first.seed or 0}: {labels}"


def orders(wanted: Iterable[Data], root: Path) -> list[Order]:
    """The orders that make all `wanted` datasets which are missing, one for each online run."""
    absent = [each for each in dict.fromkeys(wanted) if not each.path(root).exists()]
    runs: dict[Any, list[Data]] = {}
    for each in absent:
        runs.setdefault((each.task_name, each.seed), []).append(each)
    return [_order(members, root) for members in runs.values()]


def _order(absent: list[Data], root: Path) -> Order:
    wholes = dict.fromkeys(each.whole for each in absent)
    return Order(
        tuple(each for each in wholes if not each.path(root).exists()),
        tuple(each for each in absent if each != each.whole),
    )


def fulfil(root: Path, size: int, order: Order) -> None:
    """Make the datasets of one order, of `size` transitions each.

    Raises `RequestError` for a task that cannot be played, and `TrainingError` if the online run does not
    reach a level: then all others are made, and a note is left for each that is not.
    """
    if order.wholes:
        first = order.wholes[0]
        paths = {each.quality: each.path(root) for each in order.wholes}
        try:
            collect_datasets(make(first.task, **dict(first.parameters)), paths, size, first.seed or 0)
        except TrainingError as error:
            for each in order.wholes:
                if not each.path(root).exists():
                    each.note(root).parent.mkdir(parents=True, exist_ok=True)
                    each.note(root).write_text(str(error))
            raise
    for part in order.parts:
        smaller = subsample(load(part.whole.path(root)), part.fraction, part.seed or 0)
        save(replace(smaller, metadata=replace(smaller.metadata, quality=part.label)), part.path(root))


@cache
def spec_of_task(task: TaskId) -> TaskSpec:
    """The description of a task, which is made once for all its runs; `RequestError` if it cannot be made."""
    return make(task.name, **dict(task.parameters)).spec


def fingerprint_at(path: Path) -> str | None:
    """The fingerprint of the dataset at `path`, which is read once for all runs on it; None without one."""
    if not path.exists():
        return None
    now = (path / manifest.NAME).stat()
    return _fingerprint(path, now.st_ino, now.st_mtime_ns)


@cache
def _fingerprint(path: Path, *version: int) -> str:
    return manifest.fingerprint(path)


def obstacle(data: Data, root: Path) -> str | None:
    """Why nothing can be learnt from this dataset, or None.

    The task does not exist, nobody knows how to make the data, or an earlier attempt did not reach a level.
    """
    try:
        require_known(data.task_id)
        if data.path(root).exists() or data.whole.path(root).exists():
            return None
        feasible(spec_of_task(data.task_id), [data.whole.quality])
    except RequestError as error:
        return str(error)
    note = data.whole.note(root)
    return f"{note.read_text()} (remove {note} to try again)" if note.exists() else None
