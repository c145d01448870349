"""Behaviour policies that come with omarl, so that nobody needs to repeat an online run that takes long.

They are those of the run with a recipe and a seed. With another seed, or a changed recipe, a collection makes
a run of its own. `.ci/behaviours.py TASK` makes the files.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import jax

from omarl.algos.base import identity
from omarl.algos.td3 import td3
from omarl.collecting.goals import Goal
from omarl.collecting.levels import Level, Probe
from omarl.collecting.recipes import Recipe
from omarl.envs.protocol import TaskSpec
from omarl.envs.registry import distinct
from omarl.runs.checkpoint import describe_tree, load_tree, save_tree
from omarl.runs.spec import digest

POLICIES = Path(__file__).with_name("policies")


def online_run(task: TaskSpec, recipe: Recipe, seed: int) -> str:
    """What identifies the online run of a task's recipe and seed."""
    described = asdict(recipe) | {"learner": identity(recipe.learner)}  # options added later change no run
    return digest({"task": str(task.id), "seed": seed, "recipe": described})


def shipped_levels(task: TaskSpec, recipe: Recipe, seed: int) -> dict[str, Level]:
    """The levels of an online run whose policies come with omarl; none for most runs."""
    files = {path.stem: path for path in sorted((POLICIES / distinct(task.id).folder).glob("*.safetensors"))}
    told = {name: describe_tree(path) for name, path in files.items()}
    like = jax.eval_shape(td3(recipe.learner, task.team).init, jax.random.key(0)).actor
    return {
        name: Level(
            Probe(
                about["mean_return"],
                about["steps"],
                about["rows"],
                load_tree(files[name], like),
                about.get("win_rate"),
            ),
            Goal(about.get("measure", "mean_return"), about["wanted"]),
        )
        for name, about in told.items()
        if about["run"] == online_run(task, recipe, seed)
    }


def ship(task: TaskSpec, recipe: Recipe, seed: int, levels: Mapping[str, Level]) -> None:
    """Write the policies of an online run to where `shipped_levels` finds them."""
    folder = POLICIES / distinct(task.id).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, (policy, wanted) in levels.items():
        about = {"run": online_run(task, recipe, seed), "wanted": wanted.least, "measure": wanted.measure}
        about |= {name: getattr(policy, name) for name in ("mean_return", "win_rate", "steps", "rows")}
        save_tree(folder / f"{name}.safetensors", policy.actor, about)
