"""Units of a battle: shapes by type, arcs as long as what is left, and colours that tell sides apart."""

from pathlib import Path

import numpy as np
import pytest

from omarl.report.draw.episode_file import parse_trajectories
from omarl.report.draw.player import player
from omarl.report.draw.svg import COLOURS, opposing
from omarl.report.draw.units import CLEAR, FAINT, FILLED, HOLLOW, ROUND, SHOT, arc, shape, units


@pytest.fixture
def battle(episodes):
    return parse_trajectories([episodes["battle"]()], Path("episode.json"))[0]


@pytest.mark.parametrize(("corners", "points"), [(0, ROUND), (3, 3), (4, 4), (6, 6)])
def test_a_shape_is_closed_and_lies_within_the_disc(corners, points):
    outline = shape(corners, 2.0)
    assert len(outline) == points + 1 and np.allclose(outline[0], outline[-1])
    assert (np.hypot(*outline.T) < 2.0).all()
    assert np.isclose(outline[:, 1].min(), np.sort(outline[:-1, 1])[1]), "it stands on a side"


def test_an_arc_is_as_long_as_what_is_left():
    quarter, nothing = arc(2.0, 0.25), arc(2.0, 0.0)
    assert np.allclose(quarter[[0, -1]], [[0.0, 2.0], [2.0, 0.0]])
    assert np.allclose(nothing, [0.0, 2.0]) and np.allclose(arc(1.0, 1.0)[-1], [0.0, 1.0])


def test_sides_differ_in_their_fillings_and_shots_come_last(battle):
    found = list(units(battle, 1.0))
    fillings = [(each.own, each.filling) for each in found if each.filling is not None]
    assert fillings == [(True, FILLED), (True, FILLED), (False, HOLLOW)]
    assert found[-1].strength == SHOT and found[-1].points.tolist() == [[4.0, 0.0], [0.0, 0.0]]


def test_who_is_gone_lies_faint_behind_the_others(battle):
    first, *others = units(battle, 2.0)
    assert first.strength == FAINT and first.own and first.filling is None
    assert sum(each.filling is not None for each in others) == 2
    assert all(each.strength >= CLEAR for each in others if each.filling is not None)


def test_opponents_have_another_colour_than_any_method():
    assert all(opposing(own) in COLOURS[:2] and opposing(own) != own for own in COLOURS)


def test_the_player_says_which_shape_is_which(battle):
    page = player({"OMAR": battle}, ["OMAR"], 0)
    assert "tank (square), worm (disc), spike (triangle)" in page and '"opposing":' in page
    assert "Rings" not in page
