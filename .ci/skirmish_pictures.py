"""Draws docs/images/skirmish-2s3z.gif and docs/images/skirmish-2c_vs_64zg.png: battles of a simple script."""

import json
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from omarl.envs import make
from omarl.envs.scenes import Scene
from omarl.envs.skirmish.scripts import at_nearest
from omarl.report.draw.episode_file import parse_trajectories
from omarl.report.draw.gif import write_gif
from omarl.report.draw.still import Canvas
from omarl.report.draw.trajectory import Trajectory
from omarl.report.draw.window import window
from omarl.runs.pictures import trajectory

IMAGES = Path(__file__).parents[1] / "docs/images"


def moments(task, key) -> Iterator[tuple]:
    """What is seen after each step of a battle, with the reward."""
    state, _ = task.reset(key)
    action = lambda state, legal: jax.nn.one_hot(at_nearest(state, legal, key), legal.shape[-1])  # noqa: E731
    step = jax.jit(lambda state, legal: task.step(state, action(state, legal)))
    legal, over = task.legal(state), False
    yield task.shown(state), 0.0
    while not over:
        state, told = step(state, legal)
        legal, over = told.legal, bool(told.terminal | told.truncated)
        yield task.shown(state), float(told.reward[0])


def battle(name: str, seed: int) -> Trajectory:
    """A battle of the script as a report reads it."""
    task = make(name)
    shown, reward = zip(*moments(task, jax.random.key(seed)), strict=True)
    scene = Scene(task.stage, jax.tree.map(lambda *each: np.stack(each), *shown), np.array(reward[1:]))
    written = json.loads(json.dumps([trajectory("script", scene)]))
    return parse_trajectories(written, Path(name))[0]


if __name__ == "__main__":
    write_gif(battle("skirmish-2s3z", 0), "attack the nearest", IMAGES / "skirmish-2s3z.gif")
    swarm = battle("skirmish-2c_vs_64zg", 0)
    fiercest = float(np.argmax((swarm.aims >= 0).sum(1)))
    still = Canvas(ImageDraw, ImageFont, Image).still(swarm, "2c_vs_64zg", window([swarm]), fiercest)
    still.save(IMAGES / "skirmish-2c_vs_64zg.png", optimize=True)
