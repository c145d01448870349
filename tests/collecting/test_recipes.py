"""Behaviour policies: levels are reached in order, and the run stops where it was told to."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from omarl.collecting.behaviour import Needs, train_behaviour
from omarl.collecting.goals import Performance, won
from omarl.collecting.levels import Probe, exceeds, first_at, own_levels, random_return
from omarl.collecting.recipes import RECIPES, recipe_for
from omarl.envs import make
from omarl.errors import RequestError


@pytest.fixture(scope="module")
def whole(toy, recipe, tmp_path_factory):
    told, folder = [], tmp_path_factory.mktemp("whole")
    run = train_behaviour(
        toy, recipe, 0, Needs(None, 48), lambda steps, mean: told.append((steps, mean)), folder
    )
    return run, told


def test_without_a_level_the_run_goes_to_its_end(whole):
    run, told = whole
    assert run.steps == 48 and [steps for steps, _ in told] == [16, 32, 48]
    assert len(run.played.action) == 48 and len(run.played.obs) == 60
    levels = run.levels
    assert levels["medium"].policy.steps == levels["expert"].policy.steps == 32, "at 16 it has not learnt yet"
    assert (
        levels["medium"].policy.mean_return == told[1][1].mean_return and levels["medium"].policy.rows == 32
    )


def silent(steps, mean):
    """Tells nobody."""


def test_the_run_stops_at_the_level_that_is_wanted(toy, recipe, whole, tmp_path):
    _, first, second = (performance.mean_return for _, performance in whole[1])
    wanted = replace(recipe, levels={"medium": -100.0, "expert": max(first, second) + 0.01})
    told = []
    run = train_behaviour(
        toy,
        wanted,
        0,
        Needs("medium", 0),
        lambda steps, reached: told.append(reached.mean_return),
        tmp_path / "run",
    )
    assert (list(run.levels), run.steps, told[1:]) == (["medium"], 32, [first])


def test_the_run_goes_on_until_it_has_the_steps_too(toy, recipe, tmp_path):
    assert train_behaviour(toy, recipe, 0, Needs("medium", 40), silent, tmp_path).steps == 48


def test_a_level_out_of_reach_is_not_among_those_found(toy, recipe, tmp_path):
    distant = replace(recipe, levels={"medium": -100.0, "expert": 1e6})
    run = train_behaviour(toy, distant, 0, Needs("expert", 0), silent, tmp_path)
    assert list(run.levels) == ["medium"] and run.steps == 48


@pytest.mark.parametrize("stop", [16, 32, 48])
def test_an_interrupted_run_goes_on_as_if_it_had_not_stopped(toy, recipe, whole, tmp_path, stop):
    def interrupt(steps, mean):
        if steps == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_behaviour(toy, recipe, 0, Needs(None, 48), interrupt, tmp_path)
    told = []
    run = train_behaviour(
        toy, recipe, 0, Needs(None, 48), lambda steps, mean: told.append((steps, mean)), tmp_path
    )
    assert told == [each for each in whole[1] if each[0] >= stop]
    same = jax.tree.map(np.array_equal, run, whole[0])
    assert all(jax.tree.leaves(same))


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
    means = [20.0, 90.0, 50.0, *[100.0] * 7, 120.0, 140.0]
    probes = [Probe(mean, steps, steps, None) for steps, mean in enumerate(means)]
    levels = own_levels(30.0, probes)
    assert levels == pytest.approx({"medium": 30 + 90 * 113.6 / 357, "expert": 120.0})
    assert {name: level.policy.steps for name, level in first_at(levels, probes).items()} == {
        "medium": 1,
        "expert": 10,
    }
    assert own_levels(130.0, probes) == {} == own_levels(130.0, [])


def test_a_level_may_be_a_win_rate():
    rates = [0.0, 0.3, 0.2, 0.6]
    probes = [Probe(9.0 - n, n, n, None, rate) for n, rate in enumerate(rates)]
    found = first_at({"medium": won(0.2), "expert": won(0.5), "beyond": won(0.7), "paid": 8.5}, probes)
    assert {name: level.policy.steps for name, level in found.items()} == {
        "medium": 1,
        "expert": 3,
        "paid": 0,
    }
    assert str(found["expert"].wanted) == "a win rate of 0.5"


def test_a_policy_is_kept_if_it_exceeds_those_before_in_either_measure():
    before = [Probe(5.0, 1, 1, None, 0.2), Probe(3.0, 2, 2, None, 0.4)]
    for performance, kept in [((6.0, 0.0), True), ((0.0, 0.5), True), ((5.0, 0.4), False)]:
        assert exceeds(Performance(*performance), before) == kept
    assert exceeds(Performance(-1.0), []) and not exceeds(Performance(5.0), [Probe(5.0, 1, 1, None)])


def test_levels_by_wins_need_a_task_that_knows_wins(toy, recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "toy", replace(recipe, levels={"medium": won(0.5)}))
    with pytest.raises(RequestError, match="levels of toy: expected mean returns"):
        recipe_for(toy.spec)
    assert recipe_for(replace(toy.spec, wins=True)).levels == {"medium": won(0.5)}


def test_the_return_of_random_play_is_that_of_the_first_episodes(whole):
    played = whole[0].played
    first = played.reward[:16].mean(1).sum() / 4
    assert random_return(16, played) == pytest.approx(first, abs=1e-5)


def test_a_task_with_its_parameters_may_have_a_recipe_of_its_own(toy, recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "toy", recipe)
    monkeypatch.setitem(RECIPES, "toy size=2", replace(recipe, steps=7))
    assert recipe_for(replace(toy.spec, parameters={"size": 2})).steps == 7
    assert recipe_for(replace(toy.spec, parameters={"size": 3})).steps == recipe.steps
