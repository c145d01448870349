"""`omarl demo`: collect, learn and report in one command."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from omarl.errors import RequestError

DEMO_LEARNERS = ("bc", "cql", "omar")


class Sizes(NamedTuple):
    """The size of a demo: quality and largest size of the data, updates, and episodes per evaluation."""

    quality: str
    transitions: int
    updates: int
    episodes: int


FULL = Sizes("medium-replay", 1_000_000, 1500, 500)
QUICK = Sizes("random", 50_000, 200, 500)


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Collect a dataset of cooperative navigation, learn from it with three algorithms, and compare them.

    An interrupted demo continues where it stopped.
    """

    out: Path = Path("demo")
    """The new directory for the dataset, the runs and report.html."""

    quick: bool = False
    """A first look in about a minute: with so little data and so few updates the numbers mean little."""

    def __call__(self) -> int:
        """Collect, train and report; returns the exit code."""
        from omarl.cli.verbs.collect import Collect
        from omarl.cli.verbs.report import Report

        sizes = QUICK if self.quick else FULL
        claim(self.out, sizes)
        dataset = self.out / "data" / "spread" / f"{sizes.quality}-v0"
        if not dataset.exists():
            Collect(task="spread", quality=(sizes.quality,), size=sizes.transitions, out=dataset)()
        runs = tuple(
            train_learner(dataset, algorithm, sizes, self.out / "runs" / algorithm)
            for algorithm in DEMO_LEARNERS
        )
        Report(paths=runs, out=self.out / "report.html")()
        print(f"open {self.out / 'report.html'}", file=sys.stderr)
        return 0


def claim(out: Path, sizes: Sizes) -> None:
    """Make the demo's directory, or accept that of an earlier demo with the same sizes.

    Raises `RequestError` if anything else is there.
    """
    mark = out / "demo.json"
    wanted = json.dumps(sizes._asdict())
    if out.exists() and not (mark.exists() and mark.read_text() == wanted):
        raise RequestError(f"{out} exists already: remove it or choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    mark.write_text(wanted)


def train_learner(dataset: Path, algorithm: str, sizes: Sizes, out: Path) -> Path:
    """The directory of one learner's run, which is trained, or continued if an earlier demo began it."""
    from omarl.cli.verbs.train import run_with_meter
    from omarl.runs.spec import offline_spec

    spec = offline_spec(
        str(dataset),
        algorithm,
        kind=("spread", sizes.quality),
        seeds=(0, 1),
        updates=sizes.updates,
        every=-(-sizes.updates // 10),
        episodes=sizes.episodes,
        experiment="demo",
    )
    run_with_meter(spec, out, resume=True)
    return out
