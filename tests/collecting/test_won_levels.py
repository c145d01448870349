"""Levels that are set by the win rate, in tasks that know wins, on the device and on the host."""

from dataclasses import replace

import pytest
from toys.battles import Battle, HostBattle

from omarl.collecting import probes, shipped
from omarl.collecting.behaviour import Needs, train_behaviour
from omarl.collecting.datasets import collect_datasets
from omarl.collecting.goals import won
from omarl.collecting.recipes import RECIPES
from omarl.collecting.shipped import ship, shipped_levels
from omarl.data.store import load
from omarl.errors import TrainingError


@pytest.fixture(params=[Battle(), HostBattle()], ids=["device", "host"])
def task(request, recipe, monkeypatch):
    """A battle whose recipe has a level that is soon reached, and one that never is."""
    levels = {"medium": won(0.01), "expert": won(1.5)}
    monkeypatch.setitem(RECIPES, request.param.spec.name, replace(recipe, levels=levels))
    return request.param


def test_a_card_says_what_set_the_level_and_the_win_rate_that_was_reached(task, tmp_path):
    told = []
    collect_datasets(task, {"medium": tmp_path / "d"}, 20, 0, lambda steps, reached: told.append(reached))
    level = load(tmp_path / "d").metadata.made_by["level"]
    assert set(level) == {"defined_by_win_rate", "reached_mean_return", "reached_win_rate", "after_steps"}
    assert level["defined_by_win_rate"] == 0.01 <= level["reached_win_rate"] <= 1.0
    assert (level["reached_mean_return"], level["reached_win_rate"]) == told[-1]


def test_a_win_rate_that_is_not_reached_is_named(task, tmp_path):
    with pytest.raises(TrainingError, match=r"the expert level, a win rate of 1.5, within 48 steps"):
        collect_datasets(task, {"expert": tmp_path / "d"}, 20, 0)


def test_an_interrupted_run_remembers_its_wins(task, tmp_path):
    recipe, told, again = RECIPES[task.spec.name], [], []

    def interrupt(steps, reached):
        told.append(reached)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_behaviour(task, recipe, 0, Needs(None, 48), interrupt, tmp_path / "one")
    run = train_behaviour(
        task, recipe, 0, Needs(None, 48), lambda steps, reached: again.append(reached), tmp_path / "one"
    )
    assert again[0] == told[1] and all(reached.win_rate is not None for reached in again)
    actor = run.levels["medium"].policy.actor
    remembered = probes.read_probes(tmp_path / "one", 2, actor)
    assert [(probe.mean_return, probe.win_rate) for probe in remembered] == told


def test_a_shipped_policy_keeps_its_goal_and_its_win_rate(task, tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "POLICIES", tmp_path / "policies")
    recipe = RECIPES[task.spec.name]
    run = train_behaviour(task, recipe, 0, Needs("medium", 0), lambda *told: None, tmp_path / "run")
    ship(task.spec, recipe, 0, run.levels)
    kept, level = shipped_levels(task.spec, recipe, 0)["medium"], run.levels["medium"]
    assert kept.wanted == level.wanted == won(0.01)
    assert kept.policy.win_rate == level.policy.win_rate
