"""Prints how many environment steps per second each task takes, batched and compiled.

One step is one step of the joint environment: all agents act, everybody is observed and paid. Each run draws
uniformly random actions, plays whole episodes of all environments at once and keeps every observation, reward
and end, as collecting data does; compilation is not counted. The median of several runs is printed.
"""

import argparse
import os
import statistics
import tempfile
import time
from functools import partial
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from omarl.envs import make
from omarl.envs.opponents import FrozenOpponents

ORIGINAL = (
    5_800  # steps/s of the original environment: three agents, random play, one environment, plain Python
)


def still(obs):
    """A prey that costs nothing to compute."""
    return jnp.zeros((len(obs), 2))


def tasks():
    """Every task; the prey stands still, so that the task is measured and not the prey's network."""
    for agents in (1, 2, 3, 5, 10):
        yield f"spread, {agents} agents", make("spread", agents=agents)
    for agents in (1, 2, 5):
        yield f"line-spread, {agents} agents", make("line-spread", agents=agents)
    for name in ("tag", "world"):
        full = make(f"{name}-full")
        yield f"{name}, prey included", full
        yield f"{name}, still prey", FrozenOpponents(inner=full, act=still, learners=3, name=name)


MAZES = {"maze2d-umaze": "U_MAZE", "maze2d-medium": "MEDIUM_MAZE", "maze2d-large": "LARGE_MAZE"}
"""Our mazes, and what Gymnasium-Robotics calls them."""


def rates(work, steps):
    """Steps per second by the clock, and per second of CPU time, of a call that makes so many steps."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return steps / (time.perf_counter() - clock), steps / (time.process_time() - processor)


def point_maze(maze, steps=3_000):
    """The rates of Gymnasium-Robotics' PointMaze in plain Python, with random actions drawn before."""
    from gymnasium_robotics.envs.maze import maps
    from gymnasium_robotics.envs.maze.point_maze import PointMazeEnv

    with tempfile.TemporaryDirectory() as folder, mock.patch.object(tempfile, "tempdir", folder):
        env = PointMazeEnv(getattr(maps, maze))  # it leaves a model file in the folder for temporary files
    env.reset(seed=0)
    pushes = np.random.default_rng(0).uniform(-1.0, 1.0, (steps, 2))
    return rates(lambda: [env.step(push) for push in pushes], steps)


def compare_mazes(batch):
    """Print Maze2D beside PointMaze, which has the same walls and the same physics."""
    print(f"\n{'':<24}{'steps/s':>12}{'per CPU second':>18}")
    for name, theirs in MAZES.items():
        task = make(name)
        play = partial(episodes(task, batch), jax.random.key(0))
        jax.block_until_ready(play())
        ours = rates(lambda once=play: jax.block_until_ready(once()), batch * task.spec.horizon)
        for label, (clock, processor) in ((name, ours), ("  PointMaze", point_maze(theirs))):
            print(f"{label:<24}{clock:>12,.0f}{processor:>18,.0f}", flush=True)


def episodes(task, batch):
    """A compiled function from a key to a batch of complete random episodes."""
    team, horizon = task.spec.team, task.spec.horizon

    def play(key):
        reset_key, action_key = jax.random.split(key)
        state, obs = jax.vmap(task.reset)(jax.random.split(reset_key, batch))
        shape = (horizon, batch, team.agents, team.action_size)
        action = jax.random.uniform(action_key, shape, minval=-1.0)
        return obs, jax.lax.scan(jax.vmap(task.step), state, action)

    return jax.jit(play)


def seconds(function, repeats):
    """Median wall time of one call, compiled beforehand."""
    keys = jax.random.split(jax.random.key(0), repeats + 1)
    jax.block_until_ready(function(keys[0]))
    times = []
    for key in keys[1:]:
        start = time.perf_counter()
        jax.block_until_ready(function(key))
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=4096, help="environments stepped at once (default 4096)")
    parser.add_argument("--repeats", type=int, default=9, help="runs of which the median counts (default 9)")
    arguments = parser.parse_args()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"jax {jax.__version__}, {jax.devices()[0].device_kind}, {os.cpu_count()} cores, load {load}")
    print(f"ours: {arguments.batch:,} environments at once, compiled, float32, random actions drawn within")
    print(f"the original: {ORIGINAL:,} steps/s with spread, 3 agents: 1 environment, Python, 2 cores\n")
    for name, task in tasks():
        steps = arguments.batch * task.spec.horizon
        rate = steps / seconds(episodes(task, arguments.batch), arguments.repeats)
        ratio = f"  {rate / ORIGINAL:5.0f} times the original" if name == "spread, 3 agents" else ""
        print(f"{name:<24}{rate:>12,.0f} steps/s{ratio}", flush=True)
    compare_mazes(arguments.batch)


if __name__ == "__main__":
    main()
