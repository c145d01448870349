"""`omarl demo`: the main job, end to end."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from omarl.cli import options
from omarl.errors import RequestError

LEARNERS = ("bc", "cql", "omar")


class Sizes(NamedTuple):
    """How much is done: which data, how many transitions at most, updates (None: the preset's), episodes."""

    quality: str
    transitions: int
    updates: int | None
    episodes: int


FULL = Sizes("medium-replay", 1_000_000, None, 500)
QUICK = Sizes("random", 50_000, 200, 500)


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Collect a dataset of cooperative navigation, learn from it with three algorithms, report who won."""

    out: Path = Path("demo")
    """The new directory for the dataset, the runs and report.html."""

    quick: bool = False
    """A first look in about a minute: less data, fewer updates, so that the numbers mean little."""

    def __call__(self) -> int:
        """Collect, train and report; the exit code."""
        from omarl.algos.presets import settings
        from omarl.cli.collect import Collect
        from omarl.cli.report import Report
        from omarl.cli.train import run_with_meter
        from omarl.experiments.spec import RunSpec

        if self.out.exists():
            raise RequestError(f"{self.out} exists already: remove it or choose another --out")
        sizes = QUICK if self.quick else FULL
        dataset = self.out / "data" / "spread" / f"{sizes.quality}-v0"
        Collect(task="spread", quality=(sizes.quality,), size=sizes.transitions, out=dataset)()
        runs = []
        for algorithm in LEARNERS:
            start = settings("tuned", algorithm, "spread", sizes.quality)
            updates = sizes.updates or start.updates
            spec = RunSpec(
                dataset=str(dataset),
                algorithm=algorithm,
                config=start.config,
                preset="tuned",
                seeds=(0, 1),
                updates=updates,
                every=-(-updates // 10),
                episodes=sizes.episodes,
                experiment="demo",
            )
            runs.append(self.out / "runs" / algorithm)
            run_with_meter(spec, runs[-1])
        Report(paths=tuple(runs), out=self.out / "report.html")()
        print(f"open {self.out / 'report.html'}", file=sys.stderr)
        return 0


def command(arguments: Sequence[str]) -> int:
    """Carry out `omarl demo`."""
    return options.parse(Demo, arguments, "demo")()
