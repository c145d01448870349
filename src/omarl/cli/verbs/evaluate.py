"""`omarl evaluate RUN`: play new episodes with the policies of a run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from omarl.cli import options
from omarl.cli.draw.lines import say_differences, win_rate


@dataclass(frozen=True, kw_only=True)
class EvaluateRun:
    """Play new episodes with each seed's final policy, and print returns, win rates and scores."""

    run: tyro.conf.Positional[Path]
    """The run's directory."""

    episodes: int = 500
    """Episodes per seed."""

    seed: int = 0
    """Seed of the episodes."""

    task: Annotated[str | None, options.unset("STR", "not confirmed")] = None
    """Confirms that an environment may run its own code: pettingzoo:MODULE[:FUNCTION] as in the run."""

    json: bool = False
    """Print the results as JSON."""

    def __call__(self) -> int:
        """Evaluate, and print one line per seed; returns the exit code."""
        from omarl.runs.learnt import evaluate

        results = evaluate(self.run, self.episodes, self.seed, self.task)
        say_differences(results[0]["simulators"])
        if self.json:
            print(json.dumps(results, indent=1))
            return 0
        for result in results:
            scores = win_rate(result["win_rate"]) + "".join(
                f", {name} {value:.1f}" for name, value in result["scores"].items()
            )
            mean, std = result["return_mean"], result["return_std"]
            print(
                f"seed {result['seed']}: return {mean:.1f} +- {std:.1f} over {self.episodes} episodes{scores}"
            )
        return 0
