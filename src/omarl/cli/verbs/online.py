"""`omarl train --online TASK`: learn policies from experience that the learner collects itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from omarl.algos import ALGORITHMS, ActorConfig
from omarl.cli import options
from omarl.cli.draw.lines import returns, seed_lines
from omarl.cli.draw.progress import Meter
from omarl.envs.registry import distinct
from omarl.errors import choose
from omarl.presets import settings
from omarl.runs.run import run
from omarl.runs.spec import online_spec, parse_seeds
from omarl.training.online import OnlineConfig, rounds_of
from omarl.types import TaskId

ONLINE_NAMES = " Online td3 is MATD3, and omar is MATD3 with OMAR's actor loss (Sec. B.4)."


@dataclass(frozen=True, kw_only=True)
class Online:
    """Learn policies while acting in a task, for several seeds, and write a run directory.

    The options --algo.FIELD belong to the chosen --algo; the defaults below are the preset's values. The
    task's own parameters are given as --task.NAME VALUE.
    """

    online: str
    """The task's name, for instance spread."""

    algorithm: Annotated[str, options.learner_option(ALGORITHMS, ONLINE_NAMES)] = "omar"
    """The learner, one of ALGORITHMS."""

    critic: Annotated[str | None, options.unset("STR", "as the preset says")] = None
    """What critics see: decentralised (the agent's own observation and action) or centralised (all)."""

    preset: str = "online"
    """Source of the hyperparameters: online (with which our datasets are made), paper, official or tuned (the
    last three are meant for datasets)."""

    steps: int = 1_000_000
    """Environment steps of each seed."""

    seeds: str = "0"
    """Seeds, each with its own replay: 3, or 0,2,5, or 0..4 (0 to 4)."""

    every: int = 10_000
    """Environment steps between evaluations."""

    episodes: int = 500
    """Episodes per evaluation."""

    out: Annotated[Path | None, options.unset("PATH", "runs/TASK/online/ALGO-PRESET")] = None
    """The run's directory, which must not exist yet (except with --resume)."""

    resume: bool = False
    """Continue the run in --out from its checkpoint, or begin it if there is none; all must be as it was."""

    def __call__(self, config: ActorConfig, acting: OnlineConfig, parameters: dict[str, Any]) -> int:
        """Train, and print the last evaluation of each seed; the exit code."""
        spec = online_spec(
            self.online,
            self.algorithm,
            preset=self.preset,
            changes=config,
            parameters=parameters,
            acting=acting,
            seeds=parse_seeds(self.seeds),
            steps=self.steps,
            every=self.every,
            episodes=self.episodes,
        )
        name = "-".join(filter(None, (self.algorithm, self.preset, self.critic)))
        out = self.out or Path("runs") / distinct(TaskId(self.online, parameters)).folder / "online" / name
        with Meter(f"training {spec.algorithm}, {len(spec.seeds)} seed(s)", spec.steps, "steps") as meter:
            last = run(
                spec,
                out,
                self.resume,
                lambda progress, records: meter(min(progress.position, spec.steps), returns(records)),
            )
        print(seed_lines(last))
        print(out)
        return 0


def online_command(arguments: Sequence[str]) -> int:
    """Carry out `omarl train --online`; returns the exit code."""
    parameters, rest = options.task_parameters(arguments)
    algorithm = options.peek(rest, "--algo", Online.algorithm) or Online.algorithm
    choose("algorithm", algorithm, ALGORITHMS)
    preset = options.peek(rest, "--preset", Online.preset) or Online.preset
    critic = options.chosen_critic(rest)
    task = options.peek(rest, "--online", "") or ""
    start = settings(preset, algorithm, task, critic=critic)
    made = options.with_options(Online, config=("algo", start.config), acting=("online", rounds_of(task)))
    parsed: Any = options.parse_options(made, rest, "train")
    values: dict[str, Any] = {name: getattr(parsed, name) for name in Online.__dataclass_fields__}
    values["critic"] = critic
    online = Online(**values)
    return online(parsed.config, parsed.acting, parameters)
