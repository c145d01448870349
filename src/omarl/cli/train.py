"""`omarl train`: policies from a dataset."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from omarl.algos import ALGORITHMS, ActorConfig
from omarl.algos.presets import settings
from omarl.cli import options
from omarl.cli.progress import Meter
from omarl.data.store import load
from omarl.envs.registry import folder_name, unconfirmed
from omarl.errors import choose
from omarl.experiments.records import Record
from omarl.experiments.runner import run
from omarl.experiments.spec import RunSpec, parse_seeds


@dataclass(frozen=True, kw_only=True)
class Train:
    """Learn policies from a dataset, for several seeds side by side, and write a run directory.

    The options --algo.FIELD are those of the chosen --algo; the defaults below are the preset's values for
    the --dataset, where one is given.
    """

    dataset: str
    """A dataset's directory, or an id such as spread/medium-replay (then below ./data)."""

    algorithm: Annotated[str, tyro.conf.arg(name="algo")] = "omar"
    """The learner: bc, td3, td3_bc, icq, cql or omar."""

    critic: Annotated[str | None, options.unset("STR", "as the preset says")] = None
    """What critics see: decentralised (the agent's own observation and action) or centralised (all)."""

    preset: str = "tuned"
    """Where hyperparameters come from: paper (its text), official (its code) or tuned (the best we know)."""

    updates: Annotated[int | None, options.unset("INT", "the preset's for this dataset, mostly 2000")] = None
    """Updates of every agent."""

    seeds: str = "0"
    """Seeds, which learn side by side: 3, or 0,2,5, or 0..4 (both ends included)."""

    every: int = 100
    """Updates between evaluations."""

    episodes: int = 500
    """Episodes per evaluation."""

    out: Annotated[Path | None, options.unset("PATH", "runs/TASK/QUALITY/ALGO-PRESET")] = None
    """The run's directory, which must not exist yet (except with --resume)."""

    task: Annotated[str | None, options.unset("STR", "not confirmed")] = None
    """Confirms an environment that runs its own code, pettingzoo:MODULE[:FUNCTION] as the dataset names it;
    without, nothing is evaluated in it."""

    stream: bool = False
    """Read the dataset from the disk while training, for one that is larger than memory."""

    window: int = 512
    """MiB of the dataset that are there at a time with --stream."""

    resume: bool = False
    """Continue the run in --out from its checkpoint; --updates may be raised, the rest must be as it was."""

    def __call__(self, config: ActorConfig, updates: int) -> int:
        """Train, and print the last evaluation of each seed; the exit code."""
        about = load(self.dataset, verify=False).metadata
        spec = RunSpec(
            dataset=self.dataset,
            algorithm=self.algorithm,
            config=config,
            preset=self.preset,
            seeds=parse_seeds(self.seeds),
            updates=updates,
            every=min(self.every, updates),
            episodes=self.episodes,
            task=self.task,
            window=self.window if self.stream else None,
        )
        if hint := unconfirmed(about.task, self.task):
            print(f"nothing is evaluated: {hint}", file=sys.stderr)
        name = f"{self.algorithm}-{self.preset}" + ("-centralised" if spec.critic == "centralised" else "")
        out = (
            self.out
            or Path("runs") / folder_name(about.task or "own") / folder_name(about.quality or about.id) / name
        )
        last = run_with_meter(spec, out, self.resume)
        print(summary(last))
        print(out)
        return 0


def run_with_meter(spec: RunSpec, out: Path, resume: bool = False) -> list[Record]:
    """Carry out one run, showing how far it is."""
    with Meter(f"training {spec.algorithm}, {len(spec.seeds)} seed(s)", spec.updates, "updates") as meter:
        return run(spec, out, resume, lambda progress, records: meter(progress.updates, returns(records)))


def returns(records: list[Record]) -> str:
    """The mean returns in a few words."""
    return "return " + " ".join(f"{record.return_mean:.1f}" for record in records) if records else ""


def summary(records: list[Record]) -> str:
    """One line per seed: raw return and both normalised scores."""
    if not records:
        return "trained; the dataset names no task that could be played, so nothing was evaluated"
    return "\n".join(
        f"seed {r.seed}: return {r.return_mean:.1f} +- {r.return_std:.1f} over {r.episodes} episodes"
        + "".join(f", {name} {s:.1f}" for name, s in scores(r) if s is not None)
        for r in records
    )


def scores(record: Record) -> tuple[tuple[str, float | None], ...]:
    """Both normalised scores, named."""
    return ("score", record.score), ("score by the paper's references", record.score_paper)


def command(arguments: Sequence[str]) -> int:
    """Carry out `omarl train`: the options of --algo depend on the algorithm, the preset and the dataset."""
    algorithm = options.peek(arguments, "--algo", Train.algorithm) or Train.algorithm
    choose("algorithm", algorithm, ALGORITHMS)
    dataset = options.peek(arguments, "--dataset")
    asking = {"-h", "--help"} & {*arguments}
    about = load(dataset, verify=False).metadata if dataset and not asking else None
    start = settings(
        options.peek(arguments, "--preset", Train.preset) or Train.preset,
        algorithm,
        about.task if about else None,
        about.quality if about else None,
        options.peek(arguments, "--critic"),
    )
    parsed: Any = options.parse(options.with_options(Train, "algo", start.config), arguments, "train")
    train = Train(**{name: getattr(parsed, name) for name in Train.__dataclass_fields__})
    return train(config=parsed.config, updates=start.updates if train.updates is None else train.updates)
