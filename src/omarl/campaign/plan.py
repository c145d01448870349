"""From an experiment to its runs: which there are, what each does on which data, and how far each is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple

from omarl.algos import ALGORITHMS
from omarl.campaign import datasets
from omarl.campaign.ledger import Key, Ledger
from omarl.data import manifest
from omarl.envs.protocol import TaskSpec
from omarl.envs.registry import complete, make
from omarl.errors import RequestError, choose
from omarl.paper.data import Data
from omarl.paper.experiment import Cell, Experiment, Pairs
from omarl.presets import settings
from omarl.records.record import Record
from omarl.runs.from_play import experience_hash, online_updates
from omarl.runs.spec import OnlineSpec, RunSpec
from omarl.training.online import OnlineConfig

State = Literal["done", "recorded", "interrupted", "failed", "missing", "blocked"]
"""Of a `recorded` run there are records, but not the dataset that would tell whether they are of it."""
FAILURE = "failed.txt"
"""In a run's directory: why the last attempt stopped."""
ONLINE_EVALUATIONS = 20
"""Of a run that makes its own experience."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Directories: of datasets, of runs, and of the gathered records."""

    data: Path = Path("data")
    runs: Path = Path("runs")
    out: Path = Path("results")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What is run of an experiment, and how; None or nothing means as the experiment says.

    `seeds` are so many or those named, see `Experiment.numbered`. `only` holds words that must all fit a
    cell, see `chosen`. With `updates` in place of every budget it is a rehearsal, which has runs and a table
    of its own, `ID-rehearsal`.
    """

    presets: tuple[str, ...] = ()
    seeds: int | tuple[int, ...] | None = None
    only: tuple[str, ...] = ()
    critic: str | None = None
    updates: int | None = None
    episodes: int = 500
    overrides: Pairs = ()


@dataclass(frozen=True, kw_only=True)
class Run:
    """One cell with one preset and seed. `spec` is None where `obstacle` says why it cannot be run."""

    experiment: str
    cell: Cell
    preset: str
    seed: int
    data: Data
    out: Path
    spec: RunSpec | OnlineSpec | None = field(hash=False)
    obstacle: str | None

    def __str__(self) -> str:
        """What it is, in a few words."""
        return f"{self.data.task_name}/{self.data.label} {self.cell.name} {self.label} seed {self.seed}"

    @property
    def label(self) -> str:
        """Where its hyperparameters come from."""
        return self.cell.label(self.preset)

    @property
    def key(self) -> Key | None:
        """What identifies it, the hashes of configuration and data; None while its dataset is not there."""
        match self.spec:
            case RunSpec(dataset=path) if Path(path).exists():
                data = manifest.fingerprint(Path(path))
            case OnlineSpec() as spec:
                data = experience_hash(spec, task_of(spec))
            case _:
                return None
        return Key(self.spec.config_hash, data, self.seed, self.spec.episodes)

    @property
    def updates(self) -> int:
        """How many updates it makes; none if it cannot be run."""
        match self.spec:
            case OnlineSpec() as spec:
                return online_updates(spec, task_of(spec))
            case RunSpec(updates=budget):
                return budget
            case None:
                return 0

    def records(self, ledger: Ledger) -> list[Record]:
        """Its evaluations if it is finished, else none; also those that were made under another name.

        One agent's task is the same whether it is called independent or not, and so are its data.
        """
        key = self.key
        if key is None:
            return []
        found = {record.updates: record for record in ledger.get(key, ())}
        known = [replace(record, **self.labels) for updates, record in sorted(found.items())]
        known = [record for record in known if record.updates <= self.updates]
        return known if known and known[-1].updates == self.updates else []

    @property
    def labels(self) -> dict[str, str]:
        """What its records call it."""
        return {
            "experiment": self.experiment,
            "preset": self.label,
            "task": str(complete(self.cell.task_id)),
            "quality": self.data.label,
        }

    def recorded(self, ledger: Ledger) -> bool:
        """Whether there are records of such a run to its end, on whatever data of the name."""
        if self.spec is None:
            return False
        end = {**self.labels, "updates": self.updates}
        return any(
            all(getattr(record, name) == value for name, value in end.items())
            for key, found in ledger.items()
            if key == (self.spec.config_hash, key.dataset_hash, self.seed, self.spec.episodes)
            for record in found
        )


class Status(NamedTuple):
    """How far a run is, and why it is not further where there is something to say."""

    state: State
    reason: str = ""


def status(run: Run, ledger: Ledger) -> Status:
    """Whether a run is done, and if not whether it is blocked, recorded, failed, interrupted or not begun."""
    if run.records(ledger):
        return Status("done")
    if run.obstacle is not None:
        return Status("blocked", run.obstacle)
    if run.key is None and run.recorded(ledger):
        return Status("recorded", "on data that are not here")
    if (run.out / FAILURE).exists():
        return Status("failed", (run.out / FAILURE).read_text().strip().rpartition("\n")[2])
    return Status("interrupted" if (run.out / "checkpoint.safetensors").exists() else "missing")


def plan(experiment: Experiment, choices: Choices, places: Places) -> list[Run]:
    """Every run of the experiment that is chosen, seed by seed, so that early results are broad."""
    if choices.updates is not None:
        experiment = replace(experiment, id=f"{experiment.id}-rehearsal")
    seeds, pairs = experiment.numbered(choices.seeds), every_pair(experiment, choices)
    return [run_of(experiment, *pair, seed, choices, places) for seed in seeds for pair in pairs]


def every_pair(experiment: Experiment, choices: Choices) -> list[tuple[Cell, str]]:
    """The chosen cells with the presets that each is run with."""
    presets = choices.presets or experiment.presets
    cells = dict.fromkeys(changed(cell, choices) for cell in experiment.cells)
    pairs = [(cell, preset) for preset in presets for cell in cells]
    return chosen(pairs, choices.only)


def changed(cell: Cell, choices: Choices) -> Cell:
    """The cell with what the choices put in place of its own values."""
    return replace(
        cell, critic=choices.critic or cell.critic, overrides=(*cell.overrides, *choices.overrides)
    )


def chosen(pairs: Sequence[tuple[Cell, str]], only: Iterable[str]) -> list[tuple[Cell, str]]:
    """The pairs that every word of `only` fits.

    A word fits if it, or one of its alternatives between commas, is one of the pair's names; `*` stands for
    anything. Raises `RequestError` if nothing is left.
    """
    found = list(pairs)
    for word in only:
        found = [pair for pair in found if fits(word, names(*pair))]
        if not found:
            known = sorted({name for pair in pairs for name in names(*pair)})
            raise RequestError(
                f"--only {' '.join(only)}: nothing fits {word!r}; names are {', '.join(known)}"
            )
    return found


def names(cell: Cell, preset: str) -> set[str]:
    """What a cell with a preset goes by."""
    data = cell.data(None)
    both = f"{data.task_name}/{data.label}"
    options = {f"{name}={value}" for name, value in cell.overrides}
    return {
        cell.task,
        data.task_name,
        data.label,
        both,
        cell.name,
        cell.algorithm,
        cell.critic,
        preset,
    } | options


def fits(word: str, known: Iterable[str]) -> bool:
    """Whether one of a word's alternatives is a known name."""
    return any(fnmatchcase(name, part) for part in word.split(",") for name in known)


def run_of(
    experiment: Experiment, cell: Cell, preset: str, seed: int, choices: Choices, places: Places
) -> Run:
    """One run, its configuration worked out."""
    data = cell.data(seed if experiment.datasets == "per-seed" else None)
    spec = None
    obstacle = datasets.obstacle(data, places.data) if cell.steps is None else None
    try:
        spec = spec_of(experiment, cell, preset, seed, data.path(places.data), choices)
    except RequestError as error:
        obstacle = str(error)
    critic = cell.critic if spec is None else spec.critic
    method = "-".join([cell.algorithm, critic, *cell.label(preset).split()])
    return Run(
        experiment=experiment.id,
        cell=cell,
        preset=preset,
        seed=seed,
        data=data,
        out=places.runs / experiment.id / data.task_name / data.label / method / f"seed-{seed}",
        spec=spec,
        obstacle=obstacle,
    )


def spec_of(
    experiment: Experiment, cell: Cell, preset: str, seed: int, dataset: Path, choices: Choices
) -> RunSpec | OnlineSpec:
    """What the runner is asked to do; a `RequestError` if the learner has no such option."""
    config, budget = settings(preset, cell.algorithm, cell.task, cell.like or cell.quality, critic_of(cell))
    updates = choices.updates or budget
    learner: dict[str, Any] = {
        "algorithm": cell.algorithm,
        "config": with_overrides(config, cell.algorithm, dict(cell.overrides)),
        "preset": cell.label(preset),
        "seeds": (seed,),
        "episodes": choices.episodes,
        "experiment": experiment.id,
    }
    if cell.steps is not None:
        return OnlineSpec(**learner, **played(cell, cell.steps, choices))
    return RunSpec(**learner, dataset=str(dataset), updates=updates, every=min(experiment.every, updates))


def played(cell: Cell, steps: int, choices: Choices) -> dict[str, Any]:
    """How a learner plays that makes its own experience; a rehearsal plays a random episode and another."""
    acting, parameters = OnlineConfig(), dict(cell.parameters)
    if choices.updates is not None:
        acting = OnlineConfig(environments=1, random_steps=1, updates_per_iteration=choices.updates)
        steps = 2 * make(cell.task, **parameters).spec.horizon
    every = max(1, steps // ONLINE_EVALUATIONS)
    return {"task": cell.task, "parameters": parameters, "acting": acting, "steps": steps, "every": every}


def task_of(spec: OnlineSpec) -> TaskSpec:
    """The task that is played."""
    return make(spec.task, **spec.parameters).spec


def critic_of(cell: Cell) -> str | None:
    """The critic that the cell asks for; None where the learner has none."""
    config_type, _ = choose("algorithm", cell.algorithm, ALGORITHMS)
    return cell.critic if hasattr(config_type, "critic") else None


def with_overrides(config: Any, algorithm: str, overrides: Mapping[str, Any]) -> Any:
    """The configuration with these fields replaced."""
    unknown = sorted(name for name in overrides if not hasattr(config, name))
    if unknown:
        raise RequestError(f"the learner {algorithm!r} has no option {unknown[0]!r}")
    return replace(config, **overrides)
