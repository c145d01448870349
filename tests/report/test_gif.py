"""Animations: as many images as the episode takes, in few colours, and what is drawn is where it is."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from omarl.errors import RequestError
from omarl.report.draw import gif as module
from omarl.report.draw.episode_file import parse_trajectories
from omarl.report.draw.gif import IMAGES_PER_SECOND, PALETTE_SIZE, gif, times, write_gif
from omarl.report.draw.still import CAPTION, LONGER_SIDE, SHADES, WALL_COLOUR, Canvas, mixed, rgb
from omarl.report.draw.window import window


def read(found):
    (episode,) = parse_trajectories([found], Path("episode.json"))
    return episode


def still(episode, time):
    return np.asarray(
        Canvas(ImageDraw, ImageFont, Image).still(episode, "OMAR", window([episode]), time), int
    )


def pixel(image, episode, x, y, time=0.0):
    """The colour at a position in the plane."""
    shown = window([episode])
    left = shown.left + (0.0 if episode.width is None else episode.camera(time))
    scale = LONGER_SIDE / max(shown.width, shown.height)
    return image[int((shown.low + shown.height - y) * scale), int((x - left) * scale)]


@pytest.mark.parametrize("kind", ["particles", "runner", "maze", "battle"])
def test_every_kind_of_episode_becomes_an_animation(episodes, kind):
    episode = read(episodes[kind]())
    content = gif(episode, "OMAR")
    found = Image.open(io.BytesIO(content))
    assert found.is_animated and found.n_frames == len(times(episode)) and found.info["loop"] == 0
    assert max(found.size[0], found.size[1] - CAPTION) == LONGER_SIDE
    assert len(found.convert("RGB").getcolors()) <= PALETTE_SIZE
    assert content == gif(episode, "OMAR"), "the same episode gives the same file"


@pytest.mark.parametrize(("steps", "seconds"), [(0, 0), (25, 3.1), (80, 10), (1000, 10)])
def test_a_long_episode_plays_faster(episodes, steps, seconds):
    episode = replace(read(episodes["runner"]()), steps=steps)
    found = times(episode)
    assert len(found) == round(seconds * IMAGES_PER_SECOND) + 1
    assert found[0] == 0 and (steps == 0 or found[-1] == episode.last)


def test_legs_have_the_shades_of_their_agents_and_the_window_follows(episodes):
    episode = read(episodes["runner"]())
    for time in (0.0, 2.0):
        image, x = still(episode, time), 0.5 * 3 * time
        assert np.abs(pixel(image, episode, x, 0.3, time) - SHADES[0]).max() <= 1
        assert np.abs(pixel(image, episode, x + 1, 0.3, time) - SHADES[1]).max() <= 1
        assert np.abs(pixel(image, episode, x + 0.5, 0.3, time) - rgb("#f6f7f9")).max() <= 1


def test_a_ball_lies_between_walls_and_leaves_its_path(episodes):
    episode = read(episodes["maze"]())
    first, last = still(episode, 0.0), still(episode, 3.0)
    assert tuple(pixel(last, episode, 1.5, -0.5)) == WALL_COLOUR
    assert tuple(pixel(first, episode, 0.45, 0.5)) == tuple(pixel(last, episode, 1.97, 0.54))
    assert tuple(pixel(first, episode, 0.8, 0.5)) != tuple(pixel(last, episode, 0.8, 0.5))


def test_colours_are_those_of_the_page():
    assert rgb("var(--s0, #0072b2)") == (0, 114, 178) and mixed("#000000", "#ffffff", 0.25) == (191, 191, 191)


def test_without_pillow_the_extra_is_named(episodes, monkeypatch, tmp_path):
    def missing(name):
        raise RequestError(f"figures need {name}, which is not installed: pip install 'omarl[report]'")

    monkeypatch.setattr(module, "require", missing)
    with pytest.raises(RequestError, match=r"omarl\[report\]"):
        write_gif(read(episodes["maze"]()), "OMAR", tmp_path / "x.gif")
    assert list(tmp_path.iterdir()) == []


def test_an_animation_that_cannot_be_written_is_refused(episodes, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RequestError, match="choose another --out"):
        write_gif(read(episodes["maze"]()), "OMAR", tmp_path / "taken" / "x.gif")
