"""What an experiment is, as data: the paper's claim, the cells that show it, and which should be ahead."""

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
"""Names with their values, hashable and in a fixed order."""

SEARCH_SEED = 9
"""The seed of the search behind `tuned`; no other experiment's result is on its data."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One learner on one kind of dataset, or of quality `online` for so many environment `steps` in the task.

    `parameters` are the task's, `overrides` replace fields of the learner's configuration. Of the dataset
    only `fraction` is used. `like` names the quality whose hyperparameters the presets give, where it is not
    the dataset's own. `method` is what the paper calls a variant, by default the algorithm.
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
        """Its dataset for one seed, or with None the one for all seeds."""
        return Data(
            task=self.task,
            parameters=self.parameters,
            quality=self.quality,
            fraction=self.fraction,
            seed=seed,
        )

    @property
    def behaviour(self) -> "Cell":
        """The behaviour policy of its data as a cell."""
        only = {name: getattr(self, name) for name in ("task", "quality", "parameters", "fraction")}
        return Cell(**only, algorithm=BEHAVIOUR, critic="none")

    def label(self, preset: str) -> str:
        """Where the hyperparameters come from: the preset, and what replaces parts of it."""
        return " ".join([preset, *(f"{name}={value}" for name, value in self.overrides)])

    def value(self, name: str) -> Any:
        """What an option, a parameter of the task or a field has here (`method` is the name), else None."""
        if name == "method":
            return self.name
        return {**dict(self.parameters), **dict(self.overrides)}.get(name, getattr(self, name, None))

    def place(self, experiment: str) -> Place:
        """Where the paper would print its score."""
        data = self.data(None)
        return Place(experiment, data.task_name, data.label, self.name, self.critic)


Wanted = Mapping[str, Any]
"""Which cells are meant, by what they have of each name, see `Cell.value`."""


class Ordering(NamedTuple):
    """The claim that some cells end above others on the same dataset."""

    better: Wanted
    worse: Wanted


class Gain(NamedTuple):
    """How much more some cells return than others on the same dataset, in percent of what these return."""

    label: str
    of: Wanted
    over: Wanted


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The claim that one gain exceeds another, as a parameter of the task is varied that `along` names.

    `by` says in what: at each value (`level`), or in how fast it rises with the value (`slope`). None stands
    for no gain anywhere, so that the claim of a fall has `more=None`.
    """

    statement: str
    more: Gain | None
    less: Gain | None = None
    along: str = "agents"
    by: Literal["level", "slope"] = "slope"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A table or figure of the paper.

    `presets` and `seeds` are what is run by default, seeds counted up from `first_seed`, see `numbered`.
    `datasets` says whether seed k learns from dataset k, as in the paper, or all seeds from one. `every` is
    the number of updates between evaluations. `along` names what is varied, options, parameters of the task
    or fields of a cell: results are drawn along each; without, learning curves are. `comparisons` are claims
    about gains, with the first of the presets, and `beside` names experiments whose results these need too.
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
        """So many seeds from its first on without the one of the search, or those that are named.

        Raises `RequestError` where the seed of the search is named and this is another experiment.
        """
        apart = {SEARCH_SEED} - {self.first_seed}
        if isinstance(wanted, tuple):
            if apart.intersection(wanted):
                raise RequestError(f"seed {SEARCH_SEED} is that of the search behind `tuned`: name others")
            return tuple(dict.fromkeys(wanted))
        reported = (seed for seed in count(self.first_seed) if seed not in apart)
        return tuple(islice(reported, self.seeds if wanted is None else wanted))


def matches(cell: Cell, wanted: Wanted) -> bool:
    """Whether a cell has these values."""
    return all(cell.value(name) == value for name, value in wanted.items())
