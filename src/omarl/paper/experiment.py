"""An experiment as data: the paper's claim, the cells that show it, and the orderings that it claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import Any, Literal, NamedTuple

from omarl.errors import RequestError
from omarl.paper.data import Data
from omarl.paper.published import Place
from omarl.records.record import BEHAVIOUR
from omarl.types import TaskId

Pairs = tuple[tuple[str, Any], ...]
"""Names with their values, which can be hashed and keep their order."""

SEARCH_SEED = 9
"""The seed of the search behind `tuned`; no other experiment uses its data."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One learner on one kind of dataset, or, with quality `online`, learning in the task for `steps` steps.

    `parameters` belong to the task; `overrides` replace fields of the learner's configuration. Only the part
    `fraction` of the dataset is used. `like` names the quality whose hyperparameters are used, where it is
    not the dataset's own. `method` is the paper's name for a variant, by default the algorithm.
    """

    task: str
    quality: str
    algorithm: str
    critic: str = "decentralised"
    parameters: Pairs = ()
    overrides: Pairs = ()
    fraction: float = 1.0
    like: str = ""
    method: str = ""
    steps: int | None = None

    @property
    def task_id(self) -> TaskId:
        """The task with its parameters."""
        return TaskId(self.task, self.parameters)

    @property
    def name(self) -> str:
        """The method's name."""
        return self.method or self.algorithm

    def data(self, seed: int | None) -> Data:
        """The dataset for one seed, or with None the one for all seeds."""
        return Data(
            task=self.task,
            parameters=self.parameters,
            quality=self.quality,
            fraction=self.fraction,
            seed=seed,
        )

    @property
    def behaviour(self) -> "Cell":
        """The cell of the behaviour policy of its data."""
        only = {name: getattr(self, name) for name in ("task", "quality", "parameters", "fraction")}
        return Cell(**only, algorithm=BEHAVIOUR, critic="none")

    def label(self, preset: str) -> str:
        """The preset with the overrides, as records name it: `official tau=0.5`."""
        return " ".join([preset, *(f"{name}={value}" for name, value in self.overrides)])

    def value(self, name: str) -> Any:
        """The value of an option, a task's parameter or a field (`method` is the name); None without one."""
        if name == "method":
            return self.name
        return {**dict(self.parameters), **dict(self.overrides)}.get(name, getattr(self, name, None))

    def place(self, experiment: str) -> Place:
        """The place where the paper would print its score."""
        data = self.data(None)
        return Place(experiment, data.task_name, data.label, self.name, self.critic)


Wanted = Mapping[str, Any]
"""Selects cells by the values that they have for each name, see `Cell.value`."""


class Ordering(NamedTuple):
    """The claim that some cells end above others on the same dataset."""

    better: Wanted
    worse: Wanted


class Gain(NamedTuple):
    """By how many percent some cells return more than others on the same dataset."""

    label: str
    of: Wanted
    over: Wanted


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The claim that one gain exceeds another while the parameter `along` of the task is varied.

    With `by="level"` it exceeds the other at each value, with `by="slope"` it rises faster with the value. A
    side that is None stands for no gain at all, so the claim that a gain falls has `more=None`.
    """

    statement: str
    more: Gain | None
    less: Gain | None = None
    along: str = "agents"
    by: Literal["level", "slope"] = "slope"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A table or figure of the paper.

    By default it is run with `presets` and with `seeds` seeds from `first_seed` on, see `numbered`.
    `datasets` says whether seed k learns from dataset k, as in the paper, or all seeds from one. `every` is
    the number of updates between evaluations. `along` names the options, task parameters or fields of a cell
    that are varied: results are drawn along each, or as learning curves if there are none. `comparisons` are
    claims about gains with the first preset, and `beside` names other experiments whose results they need.
    """

    id: str
    claim: str
    cells: tuple[Cell, ...]
    orderings: tuple[Ordering, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    beside: tuple[str, ...] = ()
    presets: tuple[str, ...] = ("official",)
    seeds: int = 5
    first_seed: int = 0
    datasets: Literal["one", "per-seed"] = "per-seed"
    every: int = 100
    along: tuple[str, ...] = ()

    def numbered(self, wanted: int | tuple[int, ...] | None = None) -> tuple[int, ...]:
        """The seeds that are named, or so many from the first on without the seed of the search.

        Raises `RequestError` if another experiment than the search names the seed of the search.
        """
        apart = {SEARCH_SEED} - {self.first_seed}
        if isinstance(wanted, tuple):
            if apart.intersection(wanted):
                raise RequestError(f"seed {SEARCH_SEED} is that of the search behind `tuned`: name others")
            return tuple(dict.fromkeys(wanted))
        reported = (seed for seed in count(self.first_seed) if seed not in apart)
        return tuple(islice(reported, self.seeds if wanted is None else wanted))


def matches(cell: Cell, wanted: Wanted) -> bool:
    """Whether the cell has these values."""
    return all(cell.value(name) == value for name, value in wanted.items())
