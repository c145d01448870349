"""Behaviour policies: levels are reached in order, and the run stops where it was told to."""

from dataclasses import replace

import numpy as np
import pytest

from omarl.collecting.recipes import (
    RECIPES,
    Needs,
    Probe,
    first_at,
    own_levels,
    random_return,
    recipe_for,
    train_behaviour,
)
from omarl.envs import make


@pytest.fixture(scope="module")
def whole(toy, recipe):
    told = []
    levels, progress = train_behaviour(
        toy, recipe, 0, Needs(None, 48), lambda p, mean: told.append((p.steps, mean))
    )
    return levels, progress, told


def test_without_a_level_the_run_goes_to_its_end(whole):
    levels, progress, told = whole
    assert progress.steps == 48 and [steps for steps, _ in told] == [16, 32, 48]
    assert levels["medium"].policy.steps == levels["expert"].policy.steps == 32, "at 16 it has not learnt yet"
    assert levels["medium"].policy.mean_return == told[1][1]


def test_the_run_stops_at_the_level_that_is_wanted(toy, recipe, whole):
    _, first, second = (mean for _, mean in whole[2])
    wanted = replace(recipe, levels={"medium": -100.0, "expert": max(first, second) + 0.01})
    told = []
    levels, progress = train_behaviour(toy, wanted, 0, Needs("medium", 0), lambda p, mean: told.append(mean))
    assert (list(levels), progress.steps, told[1:]) == (["medium"], 32, [first])


def test_the_run_goes_on_until_it_has_the_steps_too(toy, recipe):
    _, progress = train_behaviour(toy, recipe, 0, Needs("medium", 40), lambda p, mean: None)
    assert progress.steps == 48


def test_a_level_out_of_reach_is_not_among_those_found(toy, recipe):
    distant = replace(recipe, levels={"medium": -100.0, "expert": 1e6})
    levels, progress = train_behaviour(toy, distant, 0, Needs("expert", 0), lambda p, mean: None)
    assert list(levels) == ["medium"] and progress.steps == 48


MEASURED_TASKS = [
    *[("line-spread", {"agents": n, "independent": alone}) for n in range(1, 6) for alone in (False, True)],
    *[("spread", {"agents": 3}), ("tag", {}), ("world", {})],
]


@pytest.mark.parametrize(("name", "parameters"), MEASURED_TASKS)
def test_the_levels_of_every_measured_task_ascend(name, parameters):
    spec = make(name, **parameters).spec
    levels = recipe_for(spec).levels
    assert list(levels) == ["medium", "expert"]
    assert spec.reference.random < levels["medium"] < levels["expert"]


def test_levels_that_nobody_published_follow_from_the_references(toy, recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "toy", replace(recipe, levels={}))
    assert recipe_for(toy.spec).levels == pytest.approx({"medium": 8 * 113.6 / 357, "expert": 8.0})
    assert recipe_for(replace(toy.spec, reference=None)).levels == {}


def test_levels_of_its_own_lie_between_random_play_and_where_the_run_levels_off():
    probes = [
        Probe(None, mean, steps) for steps, mean in enumerate([20.0, 90.0, 50.0, *[100.0] * 7, 120.0, 140.0])
    ]
    levels = own_levels(30.0, probes)
    assert levels == pytest.approx({"medium": 30 + 90 * 113.6 / 357, "expert": 120.0})
    assert {name: level.policy.steps for name, level in first_at(levels, probes).items()} == {
        "medium": 1,
        "expert": 10,
    }
    assert own_levels(130.0, probes) == {} == own_levels(130.0, [])


def test_the_return_of_random_play_is_that_of_the_first_episodes(toy, recipe, whole):
    replay = whole[1].run.replay
    first = np.asarray(replay.reward[:16]).mean(1).sum() / 4
    assert random_return(replace(recipe.online, random_steps=16), whole[1]) == pytest.approx(first, abs=1e-5)


def test_a_task_with_its_parameters_may_have_a_recipe_of_its_own(toy, recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "toy", recipe)
    monkeypatch.setitem(RECIPES, "toy size=2", replace(recipe, steps=7))
    assert recipe_for(replace(toy.spec, parameters={"size": 2})).steps == 7
    assert recipe_for(replace(toy.spec, parameters={"size": 3})).steps == recipe.steps
