"""A dataset's id, its place and its recorded command say with which parameters of the task it was made."""

import shlex

import pytest

import omarl
from omarl.cli import main
from omarl.data.store import locate, metadata
from omarl.errors import RequestError

FOUR = ("line-spread", "random", 50)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_another_team_is_another_dataset() -> None:
    four = omarl.collect(*FOUR, agents=4).metadata
    two = omarl.collect("line-spread", "random", 50).metadata
    assert (four.id, two.id) == ("line-spread-agents=4/random-v0", "line-spread/random-v0")
    assert str(locate("line-spread-agents=4/random")) == "data/line-spread-agents=4/random-v0"
    assert two.made_by["command"] == "omarl collect line-spread --quality random --size 50 --seed 0"


def test_the_recorded_command_makes_the_dataset_again(capsys) -> None:
    first = omarl.collect(*FOUR, out="first", agents=4)
    command = shlex.split(first.metadata.made_by["command"])
    assert command[-2:] == ["--task.agents", "4"] and main(command[1:]) == 0
    assert capsys.readouterr().out == "data/line-spread-agents=4/random-v0\n"
    again = omarl.load("line-spread-agents=4/random")
    assert again.metadata == first.metadata and (again.obs == first.obs).all()


def test_the_remedy_for_an_absent_dataset_names_its_options() -> None:
    with pytest.raises(RequestError, match=r"collect line-spread --quality medium --task\.agents 4`"):
        metadata("line-spread-agents=4/medium")
