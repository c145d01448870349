"""`omarl train`: learn policies from a dataset, or with --online in a task (see `cli.verbs.online`)."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from omarl.algos import ALGORITHMS, ActorConfig
from omarl.cli import options
from omarl.cli.draw.lines import returns, say_differences, seed_lines
from omarl.cli.draw.progress import Meter
from omarl.cli.verbs.online import Online, online_command
from omarl.data.store import metadata
from omarl.envs.registry import distinct
from omarl.errors import RequestError, choose
from omarl.presets import settings
from omarl.records.record import Record
from omarl.runs.from_dataset import as_begun
from omarl.runs.inputs import InputChoice
from omarl.runs.playable import unplayed
from omarl.runs.run import run
from omarl.runs.spec import RunSpec, offline_spec, parse_seeds
from omarl.types import TaskId
from omarl.versions import simulators

USUAL_INPUTS = "standardised where the dataset names no task that is known here; with --resume as begun"
SAID = "inputs are standardised by the mean and deviation of the data: --inputs raw leaves them as they are"


@dataclass(frozen=True, kw_only=True)
class Train:
    """Learn policies from a dataset, for several seeds side by side, and write a run directory.

    The options --algo.FIELD belong to the chosen --algo; the defaults below are the preset's values, for the
    --dataset if one is given. With --online TASK instead of --dataset, the learner collects its own
    experience in that task: see omarl train --online TASK --help.
    """

    dataset: str
    """A dataset's directory, or an id such as spread/medium-replay, which is looked for below ./data."""

    algorithm: Annotated[str, options.learner_option(ALGORITHMS)] = "omar"
    """The learner, one of ALGORITHMS."""

    critic: Annotated[str | None, options.unset("STR", "as the preset says")] = None
    """What critics see: decentralised (the agent's own observation and action) or centralised (all)."""

    preset: str = "tuned"
    """Source of the hyperparameters: paper (its text), official (its code) or tuned (our best)."""

    updates: Annotated[int | None, options.unset("INT", "the preset's for this dataset, mostly 2000")] = None
    """Updates of every agent."""

    seeds: str = "0"
    """Seeds, which learn side by side: 3, or 0,2,5, or 0..4 (0 to 4)."""

    every: int = 100
    """Updates between evaluations."""

    episodes: int = 500
    """Episodes per evaluation."""

    out: Annotated[Path | None, options.unset("PATH", "runs/TASK/QUALITY/ALGO-PRESET")] = None
    """The run's directory, which must not exist yet (except with --resume)."""

    task: Annotated[str | None, options.unset("STR", "not confirmed")] = None
    """Confirms that an environment may run its own code: pettingzoo:MODULE[:FUNCTION], as the dataset names
    it. Without it, nothing is evaluated in such an environment."""

    stream: bool = False
    """Read the dataset from the disk while training, for one that is larger than memory."""

    window: int = 512
    """MiB of the dataset that are in memory at a time with --stream."""

    inputs: Annotated[InputChoice | None, options.unset("{raw,standardised}", USUAL_INPUTS)] = None
    """What networks see of observations: them as they are, or standardised by the dataset's mean and
    deviation, which are kept with the policy."""

    resume: bool = False
    """Continue the run in --out from its checkpoint, or begin it if there is none; --updates may be raised,
    the rest must be as it was."""

    def __call__(self, config: ActorConfig, updates: int) -> int:
        """Train, and print the last evaluation of each seed; returns the exit code."""
        about = metadata(self.dataset)
        spec = offline_spec(
            self.dataset,
            self.algorithm,
            kind=(about.task, about.quality),
            preset=self.preset,
            changes=config,
            seeds=parse_seeds(self.seeds),
            updates=updates,
            every=self.every,
            episodes=self.episodes,
            task=self.task,
            window=self.window if self.stream else None,
            inputs=self.inputs,
        )
        if reason := unplayed(about.task, about.task_parameters, self.task):
            print(f"nothing is evaluated: {reason}", file=sys.stderr)
        say_differences(simulators(about.versions))
        name = f"{self.algorithm}-{self.preset}" + ("-centralised" if spec.critic == "centralised" else "")
        task = distinct(TaskId(about.task or "own", about.task_parameters)).folder
        out = self.out or Path("runs") / task / TaskId(about.quality or about.id).folder / name
        if self.resume and self.inputs is None:
            spec = as_begun(spec, out)
        if self.inputs is None and spec.inputs == "standardised":
            print(SAID, file=sys.stderr)
        last = run_with_meter(spec, out, self.resume)
        print(seed_lines(last))
        print(out)
        return 0


def run_with_meter(spec: RunSpec, out: Path, resume: bool = False) -> list[Record]:
    """The last records of a run, which is carried out while its progress is shown."""
    with Meter(f"training {spec.algorithm}, {len(spec.seeds)} seed(s)", spec.updates, "updates") as meter:
        return run(spec, out, resume, lambda progress, records: meter(progress.position, returns(records)))


def train_command(arguments: Sequence[str]) -> int:
    """Carry out `omarl train`, from a dataset or online; the two have different options."""
    asking = bool({"-h", "--help"} & {*arguments})
    learning_online, from_data = (options.given(arguments, name) for name in ("--online", "--dataset"))
    if learning_online and from_data:
        raise RequestError("--dataset and --online exclude each other: give the one to learn from")
    if not (learning_online or from_data or asking):
        raise RequestError("nothing to learn from: give a --dataset, or with --online the task to learn in")
    refuse(arguments, *((Online, Train) if learning_online else (Train, Online)))
    return online_command(arguments) if learning_online else offline(arguments, asking)


def refuse(arguments: Sequence[str], command: type, other: type) -> None:
    """Raise `RequestError` if an argument is an option that only the other command has."""
    needs = {Train: "--dataset", Online: "--online"}
    for name in sorted(other.__dataclass_fields__.keys() - command.__dataclass_fields__.keys()):
        if options.given(arguments, f"--{name}"):
            raise RequestError(f"--{name} goes with {needs[other]} only: leave it out with {needs[command]}")


def offline(arguments: Sequence[str], asking: bool) -> int:
    """Carry out `omarl train --dataset`; returns the exit code.

    The options --algo.FIELD and their defaults depend on the algorithm, the preset and the dataset.
    """
    algorithm = options.peek(arguments, "--algo", Train.algorithm) or Train.algorithm
    choose("algorithm", algorithm, ALGORITHMS)
    dataset = options.peek(arguments, "--dataset")
    about = metadata(dataset) if dataset and not asking else None
    critic = options.chosen_critic(arguments)
    start = settings(
        options.peek(arguments, "--preset", Train.preset) or Train.preset,
        algorithm,
        about.task if about else None,
        about.quality if about else None,
        critic,
    )
    made = options.with_options(Train, config=("algo", start.config))
    parsed: Any = options.parse_options(made, arguments, "train")
    values: dict[str, Any] = {name: getattr(parsed, name) for name in Train.__dataclass_fields__}
    values["critic"] = critic
    train = Train(**values)
    return train(config=parsed.config, updates=start.updates if train.updates is None else train.updates)
