"""What the command line says of wins: the win rate of a task that knows them, and nothing of others."""

import json

import pytest

from omarl.cli import main
from omarl.envs.registry import TASKS, Factory
from omarl.records.record import read_records

TOYS = {"battle": Factory("toys.battles:Battle"), "host-battle": Factory("toys.battles:HostBattle")}
LEARN = "--algo td3 --algo.hidden 8 --algo.batch-size 8 --online.environments 2 --online.random-steps 6"
LENGTH = "--steps 24 --every 12 --episodes 4"


@pytest.fixture
def toys(monkeypatch):
    for name, factory in TOYS.items():
        monkeypatch.setitem(TASKS, name, factory)


@pytest.mark.parametrize("name", TOYS)
def test_the_win_rate_is_said_from_the_run_to_the_report(name, toys, tmp_path, capsys):
    out = tmp_path / name
    assert main(f"train --online {name} {LEARN} {LENGTH} --out {out}".split()) == 0
    rate = f"win rate {read_records([out])[-1].win_rate:.2f}"
    printed = capsys.readouterr()
    assert f"over 4 episodes, {rate}" in printed.out and f", {rate}" in printed.err

    evaluate = ["evaluate", str(out), "--episodes", "8"]
    assert main([*evaluate, "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["win_rate"] * 8 in range(9)
    assert main(evaluate) == 0
    assert f"over 8 episodes, win rate {result['win_rate']:.2f}" in capsys.readouterr().out

    assert main(["runs", str(tmp_path)]) == 0
    assert "win rate" in capsys.readouterr().out
    assert main(["report", str(out), "--out", str(tmp_path / "page.html")]) == 0
    assert "win rate" in capsys.readouterr().out
    page = (tmp_path / "page.html").read_text()
    assert '<th scope="col">win rate</th>' in page and f"and a {rate[:8]} of {rate[9:]}" in page


def test_a_task_without_wins_has_no_win_rate_anywhere(place, tmp_path, capsys):
    assert [record.win_rate for record in read_records([place])] == [None] * 6
    for line in (["evaluate", str(place / "runs/bc"), "--episodes", "3"], ["runs", str(place)]):
        assert main(line) == 0
    assert main(["report", str(place / "runs"), "--out", str(tmp_path / "page.html")]) == 0
    assert "win" not in capsys.readouterr().out
    assert "win rate" not in (tmp_path / "page.html").read_text()
