"""Learns the behaviour policies of a task anew that come with omarl, and writes them into the package.

`python .ci/behaviours.py TASK` carries out the whole online run of the task's recipe with seed 0, below
`data/`. It goes on where it stopped if it is started again. `omarl collect TASK` with all qualities, run
afterwards, cuts its datasets from the same run. The curve of the run goes to `docs/online/TASK.csv`.
"""

import argparse
import shutil
from pathlib import Path

from omarl.collecting.behaviour import Needs, train_behaviour
from omarl.collecting.datasets import unfinished_folder
from omarl.collecting.goals import Performance
from omarl.collecting.recipes import recipe_for
from omarl.collecting.shipped import ship
from omarl.envs.registry import dataset_id, make

SEED = 0
CURVES = Path("docs/online")


def main() -> None:
    """Run, and write the policies of every level that was reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task")
    parser.add_argument("--data", type=Path, default=Path("data"))
    asked = parser.parse_args()
    task = make(asked.task)
    recipe = recipe_for(task.spec)
    place = {"expert": asked.data / dataset_id(task.spec.id, "expert")}
    folder = unfinished_folder(task.spec, recipe, SEED, place)

    def tell(steps: int, reached: Performance) -> None:
        won = "" if reached.win_rate is None else f", win rate {reached.win_rate:.2f}"
        print(f"{steps:>9,} steps: {reached.mean_return:10.1f}{won}", flush=True)

    run = train_behaviour(task, recipe, SEED, Needs(None, recipe.steps), tell, folder)
    ship(task.spec, recipe, SEED, run.levels)
    CURVES.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "probes.csv", CURVES / f"{asked.task}.csv")
    for name, (policy, wanted) in run.levels.items():
        reached = getattr(policy, wanted.measure)
        print(f"{name}: {reached:.4g} (wanted {wanted}) after {policy.steps:,} steps")


if __name__ == "__main__":
    main()
