"""Which runs belong together: a group is one method on one dataset, its runs differ in the seed alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.records.record import Record, last
from omarl.report import names


class Cell(NamedTuple):
    """One dataset of an experiment, where methods are compared with each other."""

    experiment: str
    task: str
    quality: str

    def __str__(self) -> str:
        """The dataset's name."""
        return f"{self.task}/{self.quality}"


class Method(NamedTuple):
    """What was run, as finely as records tell; `dataset_hash` is empty unless it is needed to tell."""

    algorithm: str
    critic: str
    preset: str
    config_hash: str
    dataset_hash: str


@dataclass(frozen=True)
class Group:
    """The evaluations of one method in one cell, over all its seeds."""

    cell: Cell
    label: str
    records: tuple[Record, ...]

    @property
    def final(self) -> list[Record]:
        """The last evaluation of each run."""
        return last(self.records)

    @property
    def returns(self) -> Float[np.ndarray, "run"]:
        """The final mean return of each run."""
        return np.array([record.return_mean for record in self.final])

    @property
    def scores(self) -> Float[np.ndarray, "run"] | None:
        """The final score of each run against our own references; None unless every run has one."""
        return _known([record.score for record in self.final])

    @property
    def paper_scores(self) -> Float[np.ndarray, "run"] | None:
        """The final score of each run against the paper's references; None unless every run has one."""
        return _known([record.score_paper for record in self.final])


def _known(scores: Sequence[float | None]) -> Float[np.ndarray, "run"] | None:
    known = [score for score in scores if score is not None]
    return np.array(known) if len(known) == len(scores) else None


def group(records: Iterable[Record]) -> list[Group]:
    """The groups in `records`, in the order in which cells and methods first appear.

    Runs on several datasets of one kind are one sample as long as their seeds differ, for the paper gives
    each seed a dataset of its own. Where seeds repeat, the datasets are what is compared, and part the runs.
    """
    pooled: dict[tuple[Cell, Method], list[Record]] = defaultdict(list)
    for record in records:
        pooled[_cell(record), _method(record, "")].append(record)
    parted: dict[tuple[Cell, Method], list[Record]] = defaultdict(list)
    for (cell, _), members in pooled.items():
        apart = _seeds_repeat(members)
        for record in members:
            parted[cell, _method(record, record.dataset_hash if apart else "")].append(record)
    labels = _labels(parted)
    order = {cell: place for place, cell in enumerate(dict.fromkeys(cell for cell, _ in parted))}
    found = [Group(cell, labels[method], tuple(members)) for (cell, method), members in parted.items()]
    return sorted(found, key=lambda each: order[each.cell])


def _cell(record: Record) -> Cell:
    return Cell(record.experiment, record.task, record.quality)


def _method(record: Record, dataset_hash: str) -> Method:
    return Method(record.algorithm, record.critic, record.preset, record.config_hash, dataset_hash)


def _seeds_repeat(members: Sequence[Record]) -> bool:
    """Whether two of the runs have the same seed."""
    seeds = [record.seed for record in last(members)]
    return len(set(seeds)) < len(seeds)


def _labels(keys: Iterable[tuple[Cell, Method]]) -> dict[Method, str]:
    """A label for each method: the algorithm, and as much more as tells the methods of a cell apart."""
    rivals: dict[tuple[Cell, str], list[Method]] = defaultdict(list)
    for cell, method in keys:
        rivals[cell, method.algorithm].append(method)
    detail: dict[str, list[int]] = {}
    for (_, algorithm), methods in rivals.items():
        known = detail.get(algorithm, [])
        detail[algorithm] = max(known, _telling_fields(methods), key=len)
    return {
        method: _label(method, detail[method.algorithm]) for methods in rivals.values() for method in methods
    }


def _telling_fields(methods: Sequence[Method]) -> list[int]:
    """Places of the fields that tell `methods` apart, readable ones before hashes."""
    telling: list[int] = []
    for place in range(1, len(Method._fields)):
        seen = {tuple(method[known] for known in telling) for method in methods}
        finer = {tuple(method[known] for known in [*telling, place]) for method in methods}
        if len(finer) > len(seen):
            telling.append(place)
    return telling


def _label(method: Method, places: Sequence[int]) -> str:
    """The algorithm's name and the values of the fields at `places`; hashes are cut to eight characters."""
    hashes = Method._fields.index("config_hash")
    parts = [method[place] if place < hashes else f"#{method[place][:8]}" for place in places]
    return ", ".join([names.algorithm(method.algorithm), *parts])


def labels(groups: Iterable[Group]) -> list[str]:
    """The labels in `groups`, each once; their order decides the colours everywhere in a report."""
    return list(dict.fromkeys(each.label for each in groups))


def cells(groups: Iterable[Group]) -> dict[Cell, list[Group]]:
    """The groups of each cell."""
    found: dict[Cell, list[Group]] = defaultdict(list)
    for each in groups:
        found[each.cell].append(each)
    return dict(found)
