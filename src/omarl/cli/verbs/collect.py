"""`omarl collect TASK`: make datasets of a task."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import tyro

from omarl.cli import options
from omarl.cli.draw.lines import win_rate
from omarl.cli.draw.progress import Meter
from omarl.errors import RequestError
from omarl.types import TaskId


@dataclass(frozen=True, kw_only=True)
class Collect:
    """Make a task's datasets: an online learner is trained from scratch, and its episodes are recorded.

    A task's own parameters are given as --task.NAME VALUE. The task pettingzoo:MODULE[:FUNCTION] is the
    ParallelEnv that this function returns (parallel_env by default), pettingzoo-aec:MODULE[:FUNCTION] a
    turn-based environment, gymnasium:ID one of a single agent. An interrupted collection goes on where
    it stopped when the same command is given again.
    """

    task: tyro.conf.Positional[str]
    """The task's name, for instance spread."""

    quality: tuple[str, ...] = ("medium-replay",)
    """One or more of random, medium-replay, medium, expert, replay, all from one online run; in maze2d also
    waypoint, from a controller."""

    size: int = 1_000_000
    """Number of joint transitions (steps of the whole team) in random, medium and expert, and the largest
    number in medium-replay and replay."""

    seed: int = 0
    """Seed of all random numbers: on the same kind of processor, it always makes the same dataset."""

    out: Annotated[Path | None, options.unset("PATH", "data/TASK/QUALITY-v0")] = None
    """The new dataset's directory; for several qualities, the directory in which each becomes QUALITY-v0."""

    parameters: tyro.conf.Suppress[dict[str, Any]] = field(default_factory=dict)

    def __call__(self) -> int:
        """Collect, and name what was written on standard output; the exit code."""
        from omarl.collecting.datasets import collect_datasets
        from omarl.collecting.sources import course
        from omarl.envs.registry import make

        if not self.quality:
            raise RequestError("no quality was named: give --quality one or more of those in --help")
        task = make(self.task, **self.parameters)
        paths = {quality: self.path(task.spec.id, quality) for quality in self.quality}
        total, goal = course(task, paths, self.size, self.seed)
        until = f", done at {goal}" if goal is not None else ""
        with Meter(f"collecting {self.task}", total, "steps") as meter:
            collect_datasets(
                task,
                paths,
                self.size,
                self.seed,
                lambda steps, reached: meter(
                    steps, f"mean return {reached.mean_return:.1f}{win_rate(reached.win_rate)}{until}"
                ),
            )
        for path in paths.values():
            print(path)
        return 0

    def path(self, task: TaskId, quality: str) -> Path:
        """The directory of the dataset of one quality."""
        from omarl.envs.registry import dataset_id

        if self.out is None:
            return Path("data") / dataset_id(task, quality)
        return self.out if len(self.quality) == 1 else self.out / f"{quality}-v0"


def collect_verb(arguments: Sequence[str]) -> int:
    """Carry out `omarl collect`; returns the exit code."""
    from dataclasses import replace

    parameters, rest = options.task_parameters(arguments)
    return replace(options.parse_options(Collect, rest, "collect"), parameters=parameters)()
