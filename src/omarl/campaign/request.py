"""What is asked for of an experiment: which cells and seeds, how far, and in which directories."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from omarl.errors import RequestError
from omarl.paper.experiment import Cell, Experiment, Pairs


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The directories of datasets, of runs, and of gathered records."""

    data: Path = Path("data")
    runs: Path = Path("runs")
    out: Path = Path("results")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What is run of an experiment, and how; None or nothing means as the experiment says.

    `seeds` is a number of seeds or the seeds themselves, see `Experiment.numbered`. `only` holds words that
    must all fit a cell, see `matching_pairs`. With `updates` in place of every budget it is a rehearsal,
    whose runs and table have a name of their own, `ID-rehearsal`.
    """

    presets: tuple[str, ...] = ()
    seeds: int | tuple[int, ...] | None = None
    only: tuple[str, ...] = ()
    critic: str | None = None
    updates: int | None = None
    episodes: int = 500
    overrides: Pairs = ()

    def applied_to(self, cell: Cell) -> Cell:
        """The cell with the critic and the overrides that are asked for."""
        return replace(cell, critic=self.critic or cell.critic, overrides=(*cell.overrides, *self.overrides))


def cells_and_presets(experiment: Experiment, choices: Choices) -> list[tuple[Cell, str]]:
    """The chosen cells, each with every preset that it is run with."""
    cells = dict.fromkeys(map(choices.applied_to, experiment.cells))
    pairs = [(cell, preset) for preset in choices.presets or experiment.presets for cell in cells]
    return matching_pairs(pairs, choices.only)


def matching_pairs(pairs: Sequence[tuple[Cell, str]], only: Iterable[str]) -> list[tuple[Cell, str]]:
    """The pairs of a cell and a preset that every word of `only` fits.

    A word fits if it, or one of its alternatives between commas, is one of the pair's names; `*` stands for
    anything. Raises `RequestError` if nothing is left.
    """
    found = list(pairs)
    for word in only:
        found = [pair for pair in found if fits(word, names_of(*pair))]
        if not found:
            known = sorted({name for pair in pairs for name in names_of(*pair)})
            raise RequestError(
                f"--only {' '.join(only)}: nothing fits {word!r}; names are {', '.join(known)}"
            )
    return found


def names_of(cell: Cell, preset: str) -> set[str]:
    """The words by which a cell with a preset can be selected."""
    data = cell.data(None)
    options = {f"{name}={value}" for name, value in cell.overrides}
    own = {cell.task, data.task_name, data.label, data.name, cell.name, cell.algorithm, cell.critic, preset}
    return own | options


def fits(word: str, known: Iterable[str]) -> bool:
    """Whether one of a word's alternatives is a known name."""
    return any(fnmatchcase(name, part) for part in word.split(",") for name in known)
