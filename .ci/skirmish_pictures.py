"""Draws docs/images/skirmish-2s3z.gif and docs/images/skirmish-2c_vs_64zg.png: battles of a simple script."""

import json
from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from omarl.envs import make
from omarl.envs.scenes import Scene
from omarl.envs.skirmish.contract import EAST, FIRST_ATTACK, NO_OP, STOP
from omarl.report.draw.episode_file import parse_trajectories
from omarl.report.draw.gif import write_gif
from omarl.report.draw.still import Canvas
from omarl.report.draw.trajectory import Trajectory
from omarl.report.draw.window import window
from omarl.runs.pictures import trajectory

IMAGES = Path(__file__).parents[1] / "docs/images"
WALK, STAND, IDLE, NEVER_MIND = -1e3, -2e3, -3e3, -4e3


def choices(task, state, legal) -> jax.Array:
    """Each learner attacks the nearest enemy that it can reach; else it goes east, or waits for who comes."""
    ours, theirs = state.allies, state.enemies
    distance = jnp.hypot(ours.x[:, None] - theirs.x, ours.y[:, None] - theirs.y)
    wish = jnp.full(legal.shape, NEVER_MIND).at[:, NO_OP].set(IDLE).at[:, STOP].set(STAND)
    walk = WALK if task.map.attack_at else NEVER_MIND
    wish = wish.at[:, EAST].set(walk).at[:, FIRST_ATTACK:].set(-distance)
    return jax.nn.one_hot(jnp.argmax(jnp.where(legal, wish, -jnp.inf), -1), legal.shape[-1])


def moments(task, key) -> Iterator[tuple]:
    """What is seen after each step of a battle, with the reward."""
    state, _ = task.reset(key)
    step = jax.jit(lambda state, legal: task.step(state, choices(task, state, legal)))
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
