"""Episodes from files: those of today and of earlier versions, what is refused, and what pictures show."""

from pathlib import Path

import numpy as np
import pytest

from omarl.errors import RequestError
from omarl.report.draw.episode_file import USUAL_TRAIL, parse_trajectories
from omarl.report.draw.player import player
from omarl.report.draw.trajectory import between
from omarl.report.draw.window import BELOW_GROUND, ROOM, window

FILE = Path("episode.json")


def read(*found):
    return parse_trajectories(list(found), FILE)


def test_a_file_of_an_earlier_version_has_discs_alone(episodes):
    (found,) = read(episodes["particles"]())
    assert found.bodies.shape == (26, 0, 4) and found.walls.shape == (0, 4)
    assert (found.trail, found.every, found.steps, found.last) == (USUAL_TRAIL, 1, 25, 25)
    assert found.ground is None and found.width is None and found.json()["camera"] == []


def test_bodies_without_discs_are_followed(episodes):
    (found,) = read(episodes["runner"]())
    assert found.agents.shape == (5, 0, 2) and found.body_agent == (None, 0, 1)
    assert found.returns.tolist() == [0, 3, 6, 9, 10] and found.steps == 10
    assert found.followed.tolist() == [0.5, 2.0, 3.5, 5.0, 5.5]
    assert found.camera(0.5) == pytest.approx(1.25) and found.at(0.5).bodies[0, 0] == pytest.approx(0.75)


def test_a_trail_is_counted_in_frames(episodes):
    lengths = [read(episodes["runner"]() | {"trail": trail})[0].trail for trail in (None, 0, 1, 3, 7)]
    assert lengths == [None, 0, 1, 1, 3]


def test_a_goal_moves_and_a_landmark_stands(episodes):
    maze, particles = read(episodes["maze"](), episodes["particles"]())
    assert maze.at(2.5).landmarks.tolist() == [[2.25, 0.5]]
    assert np.array_equal(particles.at(2.5).landmarks, particles.landmarks[0])


def test_between_frames_is_a_straight_line_and_after_the_last_nothing_moves():
    frames = np.array([[0.0], [1.0], [3.0]])
    assert [between(frames, time).tolist() for time in (0.25, 1.5, 2.0, 9.5)] == [[0.25], [2.0], [3.0], [3.0]]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"bodies": [[[0, 0, 1]]] * 5}, "bodies must have four coordinates, got 3"),
        ({"bodies": []}, "agents must hold 1 to 2000 frames"),
        ({"body_radius": [0.1]}, "body_radius must hold 3 sizes"),
        ({"body_agent": [0, 1]}, "body_agent must hold an agent's number or null for each of 3 bodies"),
        ({"body_agent": [0, 1, -1]}, "body_agent must hold"),
        ({"body_agent": [0, 1, True]}, "body_agent must hold"),
        ({"walls": [[0, 0, 1]]}, "walls must have four coordinates, got 3"),
        ({"ground": "low"}, "ground must be a number"),
        ({"width": 0}, "width must be a number of at least 0.1, got '0'"),
        ({"width": 1e300}, "width must be a number"),
        ({"bodies": [[[0, 0, 1e300, 0]] * 3] * 5}, "bodies must be finite numbers"),
        ({"every": 0}, "every must be a whole number of at least 1"),
        ({"every": None}, "every must be a whole number"),
        ({"trail": 1.5}, "trail must be a whole number"),
        ({"steps": 40}, "40 steps, every 3 of them a frame, do not make 5 frames"),
        ({"agents": [[[0, 0]]] * 3, "radius": [1], "kinds": ["a"]}, "agents must hold 5 frames, got 3"),
        ({"landmarks": [[[0, 0]]] * 3, "landmark_radius": [1]}, "landmarks must hold 5 frames, got 3"),
    ],
)
def test_an_unsound_picture_is_refused_with_the_place(episodes, change, named):
    with pytest.raises(RequestError, match=named) as error:
        read(episodes["runner"]() | change)
    assert "episode.json, episode 0" in str(error.value)


def test_a_window_of_discs_is_a_square_around_everything(episodes):
    (found,) = read(episodes["particles"]())
    found = window([found])
    points = np.concatenate(
        [np.array(episodes["particles"]()[name]).reshape(-1, 2) for name in ("agents", "landmarks")]
    )
    assert found.width == found.height >= ROOM * np.ptp(points, 0).max()
    assert (points >= [found.left, found.low]).all()
    assert (points <= [found.left + found.width, found.low + found.height]).all()


def test_a_window_with_walls_ends_at_the_outermost(episodes):
    assert window(read(episodes["maze"]())) == (0.0, -1.0, 3.0, 3.0)


def test_a_window_that_follows_is_as_wide_as_asked_and_shows_the_ground(episodes):
    found = window(read(episodes["runner"]()))
    assert (found.left, found.low, found.width, found.height) == (-2.0, -BELOW_GROUND, 4.0, 1.6)
    assert found.json() == [-2.0, -1.3, 4.0, 1.6]


def test_a_window_with_a_margin_ends_that_far_from_the_discs(episodes):
    (found,) = read(episodes["battle"]())
    assert window([found]) == pytest.approx((-1.5, -1.5, 8.0, 3.9))
    assert window(read(episodes["battle"]() | {"walls": []})).left == -0.6, "no farther than what is shown"


def test_a_battle_has_shots_on_the_way_to_a_frame_and_others_have_none(episodes):
    battle, maze = (read(episodes[kind]())[0] for kind in ("battle", "maze"))
    assert [battle.shots(time) for time in (0.0, 0.5, 1.0, 1.1)] == [[], [(2, 0)], [(2, 0)], [(0, 2), (2, 0)]]
    assert battle.at(0.5).gauges[:, 0].tolist() == [0.75, 0.5] and maze.shots(1.0) == []
    assert not {"types", "corners", "gauges", "aims"} & set(maze.json())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"types": ["tank"]}, "types must say one for each of 3 agents"),
        ({"corners": [4, 0, 2]}, "corners must say one for each"),
        ({"gauges": [[[1.0, 1.0, 1.5]]] * 3}, "gauges must be numbers from 0 to 1, 3 frames of 3 agents"),
        ({"gauges": [[[1.0, 1.0]]] * 3}, "gauges must be"),
        ({"gauges": "full"}, "gauges must be"),
        ({"aims": [[-1, -1, 3]] * 3}, "aims must be numbers of agents, 3 frames of 3 agents"),
        ({"aims": [[0.5, -1, -1]] * 3}, "aims must be"),
        ({"aims": [[-1, -1, -1]]}, "aims must be"),
        ({"margin": -1}, "margin must be a number"),
    ],
)
def test_an_unsound_battle_is_refused(episodes, change, named):
    with pytest.raises(RequestError, match=named):
        read(episodes["battle"]() | change)


def test_the_player_explains_what_is_seen(episodes):
    runner, maze = (player({"OMAR": read(episodes[kind]())[0]}, ["OMAR"], 0) for kind in ("runner", "maze"))
    assert 'class="player wide"' in runner and 'class="player"' in maze
    assert "one in 3 is drawn" in runner and "Each shade is moved by an agent of its own" in runner
    assert "drawn" not in maze and "shade" not in maze and "dots mark landmarks" in maze
    assert "dots" not in runner and "Rings" not in runner
