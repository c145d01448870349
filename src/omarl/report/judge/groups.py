"""Which runs belong together: a group is one method on one dataset, and its runs differ in the seed alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.records.record import Record, last
from omarl.report import names


class DatasetKey(NamedTuple):
    """One dataset of an experiment; methods are compared on it."""

    experiment: str
    task: str
    quality: str

    def __str__(self) -> str:
        """The dataset's name."""
        return f"{self.task}/{self.quality}"

    @property
    def title(self) -> str:
        """The dataset in words."""
        return f"{names.task(self.task)}, {self.quality}"


class Method(NamedTuple):
    """What was run. `dataset_hash` is empty unless it is needed to tell two methods apart."""

    algorithm: str
    critic: str
    preset: str
    config_hash: str
    dataset_hash: str


@dataclass(frozen=True)
class MethodRuns:
    """The evaluations of one method on one dataset, over all its seeds."""

    dataset: DatasetKey
    label: str
    records: tuple[Record, ...]

    @property
    def preset(self) -> str:
        """The preset, and what replaces parts of it."""
        return self.records[0].preset

    @property
    def final(self) -> list[Record]:
        """The last evaluation of each run."""
        return last(self.records)

    @property
    def returns(self) -> Float[np.ndarray, "run"]:
        """The final mean return of each run."""
        return np.array([record.return_mean for record in self.final])

    @property
    def win_rates(self) -> Float[np.ndarray, "run"] | None:
        """The final win rate of each run; None unless every run has one."""
        return _known([record.win_rate for record in self.final])

    @property
    def scores(self) -> Float[np.ndarray, "run"] | None:
        """The final score of each run by our own references; None unless every run has one."""
        return _known([record.score for record in self.final])

    @property
    def paper_scores(self) -> Float[np.ndarray, "run"] | None:
        """The final score of each run by the paper's references; None unless every run has one."""
        return _known([record.score_paper for record in self.final])


def _known(values: Sequence[float | None]) -> Float[np.ndarray, "run"] | None:
    known = [value for value in values if value is not None]
    return np.array(known) if len(known) == len(values) else None


def group_records(records: Iterable[Record]) -> list[MethodRuns]:
    """The groups in `records`, in the order in which datasets and methods first appear.

    The paper gives each seed a dataset of its own, so runs on several datasets of one kind are one group if
    their seeds differ. If a seed occurs twice, each dataset has a group of its own.
    """
    pooled: dict[tuple[DatasetKey, Method], list[Record]] = defaultdict(list)
    for record in records:
        pooled[dataset_key(record), _method(record, "")].append(record)
    parted: dict[tuple[DatasetKey, Method], list[Record]] = defaultdict(list)
    for (dataset, _), members in pooled.items():
        apart = _seeds_repeat(members)
        for record in members:
            parted[dataset, _method(record, record.dataset_hash if apart else "")].append(record)
    labels = _labels(parted)
    order = {dataset: place for place, dataset in enumerate(dict.fromkeys(dataset for dataset, _ in parted))}
    found = [
        MethodRuns(dataset, labels[method], tuple(members)) for (dataset, method), members in parted.items()
    ]
    return sorted(found, key=lambda each: order[each.dataset])


def dataset_key(record: Record) -> DatasetKey:
    """The dataset of a record."""
    return DatasetKey(record.experiment, record.task, record.quality)


def _method(record: Record, dataset_hash: str) -> Method:
    return Method(record.algorithm, record.critic, record.preset, record.config_hash, dataset_hash)


def _seeds_repeat(members: Sequence[Record]) -> bool:
    """Whether two of the runs have the same seed."""
    seeds = [record.seed for record in last(members)]
    return len(set(seeds)) < len(seeds)


def _labels(keys: Iterable[tuple[DatasetKey, Method]]) -> dict[Method, str]:
    """A label for each method: the algorithm, and the fields that tell the methods on a dataset apart."""
    rivals: dict[tuple[DatasetKey, str], list[Method]] = defaultdict(list)
    for dataset, method in keys:
        rivals[dataset, method.algorithm].append(method)
    detail: dict[str, list[int]] = {}
    for (_, algorithm), methods in rivals.items():
        known = detail.get(algorithm, [])
        detail[algorithm] = max(known, _telling_fields(methods), key=len)
    return {
        method: _label(method, detail[method.algorithm]) for methods in rivals.values() for method in methods
    }


def _telling_fields(methods: Sequence[Method]) -> list[int]:
    """The positions of the fields that tell `methods` apart, readable ones before hashes."""
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


def method_labels(groups: Iterable[MethodRuns]) -> list[str]:
    """The labels of `groups`, each once. Their order decides the colours everywhere in a report."""
    return list(dict.fromkeys(each.label for each in groups))


def by_dataset(groups: Iterable[MethodRuns]) -> dict[DatasetKey, list[MethodRuns]]:
    """The groups of each dataset."""
    found: dict[DatasetKey, list[MethodRuns]] = defaultdict(list)
    for each in groups:
        found[each.dataset].append(each)
    return dict(found)
