"""The accelerator's way to carry out a campaign, on a CPU: runs in groups that are one program."""

from dataclasses import replace

from toys import tiny

from omarl.campaign import carry_out as campaign
from omarl.campaign.plan import FAILURE, Choices, plan, status
from omarl.campaign.work import groups
from omarl.paper.catalogue import experiment
from omarl.runs import members


def test_a_campaign_on_an_accelerator_runs_groups(places, monkeypatch):
    monkeypatch.setattr(campaign, "accelerated", lambda: True)
    small = (("hidden", (4,)), ("batch_size", 8))
    choices = Choices(presets=("official", "tuned"), seeds=2, only=("spread/random", "bc,td3_bc"))
    choices = replace(choices, updates=2, episodes=2, overrides=small)
    runs = plan(experiment("first-evidence"), choices, places)
    for data in {each.data for each in runs}:
        tiny.write(data, places.data)
    assert [len(group.runs) for group in groups(runs, 64)] == [2, 2, 2, 2]
    assert [len(group.runs) for group in groups(runs, 1)] == [1] * 8
    said: list[str] = []
    assert campaign.carry_out(runs, places, 100, 64, said.append) == 0
    assert said[0] == "8 of 8 runs to do" and len(said) == 9 and said[-1].startswith("[4/4]")
    known = campaign.known(places)
    assert {status(each, known).state for each in runs} == {"done"}
    assert campaign.carry_out(runs, places, 100, 64, said.append) == 0 and said[-1] == "0 of 8 runs to do"


def test_a_group_that_cannot_be_run_says_why_for_each(places, monkeypatch):
    monkeypatch.setattr(campaign, "accelerated", lambda: True)
    choices = Choices(presets=("official",), seeds=2, only=("spread/random", "bc"), updates=2, episodes=2)
    runs = plan(experiment("first-evidence"), choices, places)
    tiny.write(runs[0].data, places.data)

    def breaks(going, resume):
        raise MemoryError("no room")

    monkeypatch.setattr(members, "run_members", breaks)
    said: list[str] = []
    assert campaign.carry_out(runs, places, 100, 64, said.append) == 2
    assert said[1:] == [f"[1/1] {each}: MemoryError: no room" for each in runs]
    assert all((each.out / FAILURE).exists() for each in runs)
