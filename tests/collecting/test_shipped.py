"""Behaviour policies that come with the library stand in for the online run that made them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from omarl.collecting import datasets, shipped
from omarl.collecting.behaviour import Needs, train_behaviour
from omarl.collecting.datasets import collect_datasets
from omarl.collecting.recipes import RECIPES, recipe_for
from omarl.collecting.shipped import ship, shipped_levels
from omarl.collecting.sources import course
from omarl.data.store import load
from omarl.envs import make

LEVELS = ("medium", "expert")


class RunError(AssertionError):
    """An online run was started."""


@pytest.fixture
def kept(toy, recipe, tmp_path, monkeypatch):
    """The levels of the toy's online run with seed 3, as if they came with the library."""
    monkeypatch.setitem(RECIPES, "toy", recipe)
    monkeypatch.setattr(shipped, "POLICIES", tmp_path / "policies")
    needs = Needs("expert", 0)
    run = train_behaviour(toy, recipe, 3, needs, lambda steps, mean: None, tmp_path / "run")
    collect_datasets(toy, {level: tmp_path / "made" / level for level in LEVELS}, 40, 3)
    ship(toy.spec, recipe, 3, run.levels)

    def refuse(*arguments):
        raise RunError

    monkeypatch.setattr(datasets, "train_behaviour", refuse)
    return tmp_path


def test_data_of_a_shipped_policy_is_that_of_its_run(toy, kept):
    collect_datasets(toy, {level: kept / "shipped" / level for level in LEVELS}, 40, 3)
    for level in LEVELS:
        ours, theirs = load(kept / "shipped" / level), load(kept / "made" / level)
        np.testing.assert_array_equal(ours.action, theirs.action)
        assert ours.metadata == theirs.metadata


@pytest.mark.parametrize(("quality", "seed"), [("medium", 4), ("medium-replay", 3), ("replay", 3)])
def test_what_a_shipped_policy_cannot_give_needs_a_run(toy, kept, quality, seed):
    with pytest.raises(RunError):
        collect_datasets(toy, {quality: kept / "other"}, 40, seed)


def test_a_changed_recipe_has_no_shipped_policies(toy, recipe, kept):
    assert shipped_levels(toy.spec, replace(recipe, every=recipe.every + 1), 3) == {}


def test_a_shipped_policy_makes_the_course_short(toy, kept):
    assert course(toy, ["expert"], 40, 3) == (40, None)
    assert course(toy, ["expert"], 40, 4)[1] is not None


@pytest.mark.parametrize("folder", sorted(Path(shipped.POLICIES).glob("*")), ids=lambda path: path.name)
def test_the_policies_in_the_library_are_those_of_todays_recipes(folder):
    task = make(folder.name).spec
    assert set(shipped_levels(task, recipe_for(task), 0)) == {path.stem for path in folder.iterdir()}
