"""Behaviour policies: levels are reached in order, and the run stops where it was told to."""

from dataclasses import replace

import pytest

from omarl.training.behaviour import RECIPES, train_behaviour


@pytest.fixture(scope="module")
def whole(toy, recipe):
    told = []
    levels, progress = train_behaviour(toy, recipe, 0, None, lambda p, mean: told.append((p.steps, mean)))
    return levels, progress, told


def test_without_a_level_the_run_goes_to_its_end(whole):
    levels, progress, told = whole
    assert progress.steps == 48 and [steps for steps, _ in told] == [16, 32, 48]
    assert levels["medium"].steps == levels["expert"].steps == 16
    assert levels["medium"].mean_return == told[0][1]


def test_the_run_stops_at_the_level_that_is_wanted(toy, recipe, whole):
    first, second = (mean for _, mean in whole[2][:2])
    wanted = replace(recipe, levels={"medium": -100.0, "expert": max(first, second) + 0.01})
    told = []
    levels, progress = train_behaviour(toy, wanted, 0, "medium", lambda p, mean: told.append(mean))
    assert (list(levels), progress.steps, told) == (["medium"], 16, [first])


def test_a_level_out_of_reach_is_not_among_those_found(toy, recipe):
    distant = replace(recipe, levels={"medium": -100.0, "expert": 1e6})
    levels, progress = train_behaviour(toy, distant, 0, "expert", lambda p, mean: None)
    assert list(levels) == ["medium"] and progress.steps == 48


def test_the_levels_of_every_recipe_ascend():
    for recipe in RECIPES.values():
        assert list(recipe.levels) == ["medium", "expert"]
        assert recipe.levels["medium"] < recipe.levels["expert"]
