"""What `omarl calibrate` measures, in a made-up game whose every number is known."""

import json

import numpy as np
import pytest

from omarl.cli import main
from omarl.envs.host.smac.frames import Frame, blows, cooldown_maxima, rows_of_map
from omarl.envs.host.smac.maps import SMAC_MAPS


def seen(health, shield, cooldown):
    """A loop with two units of one kind."""
    each = (np.array(field, float) for field in (health, shield, cooldown))
    return Frame(np.array([7, 7]), np.zeros((2, 2)), *each)


def test_blows_are_what_those_lost_who_live():
    frames = [
        seen([100, 50], [30, 0], [0, 12]),
        seen([100, 37], [17.4, 0.1], [20, 11]),
        seen([92.6, 0], [0, 0], [35, 0]),
        seen([92.6, 0], [0.1, 0], [34, 0]),
    ]
    assert blows(frames) == {"7": [[12.6, 0.0, 1], [-0.1, 13.0, 1], [17.4, 7.4, 1]]}
    assert cooldown_maxima(frames) == {"7": 35.0}


def test_a_map_is_written_with_its_highest_row_first():
    assert rows_of_map(np.array([[True, False, False], [True, True, False]])) == ["##", "#.", ".."]


def calibrated(game, path, task):
    game.fight = True
    assert main(["calibrate", task, "--out", str(path)]) == 0
    assert all(each.closed for each in game.games)
    return json.loads(path.read_text())


@pytest.mark.parametrize("cut", [False, True])
def test_calibrate_writes_what_it_measured(game, tmp_path, cut, capsys):
    game.cut = cut
    found = calibrated(game, tmp_path / "found.json", "smac-1c3s5z")
    assert capsys.readouterr().out == f"{tmp_path / 'found.json'}\n"
    assert found["versions"]["starcraft2-build"] == "75689" and found["game"] == "0.0.0.stand-in"
    assert found["map"]["playable_area"] == [[0, 0], [32, 32]]
    assert found["map"]["walkable"] == ["#" * 32] * 8 + ["." * 32] * 16 + ["#" * 32] * 8
    assert found["units"]["1904"] == {"owner": 1, "health": 200, "shield": 150}
    assert len(found["starts"]) == 5 and found["starts"][0]["enemies"][1] == [74, 14.0, 16.1]
    longest = found["longest_cooldown_in_loops"]
    assert (longest["1904"], longest["1974"], longest["73"]) == (35, 23, 19)
    lost = found["lost_in_one_loop"]
    assert lost.keys() == {"to all", "to one 1904", "to one 1974", "to one 1973"}
    assert lost["to one 1974"]["4"][0][:2] == [13.0, 0.0] and lost["to one 1904"]["4"][0][:2] == [20.0, 0.0]
    shots = found["damage_of_a_colossus_shot"]
    assert shots["no new order"] == [20.0] * 3
    assert shots["then stop"] == [0.0 if cut else 20.0] * 3


def test_calibrate_measures_maps_without_a_colossus_too(game, tmp_path):
    assert calibrated(game, tmp_path / "found.json", "smac-2s3z")["damage_of_a_colossus_shot"] == {}


def test_calibrate_refuses_another_task_and_a_file_that_exists(game, tmp_path, capsys):
    assert main(["calibrate", "spread", "--out", str(tmp_path / "new.json")]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in SMAC_MAPS)
    assert main(["calibrate", "smac-2s3z", "--out", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err and game.games == []


def test_calibrate_stops_where_the_game_is_lost(game, tmp_path, capsys):
    game.plan = [(1, "connection")]
    assert main(["calibrate", "smac-2s3z", "--out", str(tmp_path / "new.json")]) == 1
    assert "connection to the game was lost" in capsys.readouterr().err
    assert list(tmp_path.glob("new.json")) == [] and game.games[0].closed
