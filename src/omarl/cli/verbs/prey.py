"""`omarl prey TASK`: train the prey of a hunt."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from omarl.cli import options
from omarl.cli.draw.progress import Meter


@dataclass(frozen=True, kw_only=True)
class Prey:
    """Train a prey: predators and prey learn against each other from scratch, and the last prey is kept.

    `omarl collect TASK --task.prey FILE` uses it instead of the one that is shipped.
    """

    task: tyro.conf.Positional[str]
    """The predators' task: tag or world."""

    seed: int = 0
    """Seed of all random numbers: on the same kind of processor, it always makes the same prey."""

    steps: Annotated[int | None, options.unset("INT", "as many as for the prey that is shipped")] = None
    """Environment steps of the training; with more steps the prey is harder to catch."""

    out: Annotated[Path | None, options.unset("FILE", "TASK-prey.safetensors")] = None
    """The new file with the prey's policy."""

    def __call__(self) -> int:
        """Train the prey and print the file's path; returns the exit code."""
        from omarl.collecting.prey import BREEDING, train_prey

        out = Path(f"{self.task}-prey.safetensors") if self.out is None else self.out
        usual = BREEDING[self.task].steps if self.task in BREEDING else 1
        with Meter(f"training a prey for {self.task}", self.steps or usual, "steps") as meter:
            train_prey(
                self.task,
                out,
                self.seed,
                self.steps,
                lambda steps, mean: meter(steps, f"mean return {mean:.1f}"),
            )
        print(out)
        return 0
