"""Measures what Maze2D's scores refer to: the returns of random play and of the waypoint controller.

The controller is measured twice: planning anew in each episode, which is our expert, and keeping the
waypoints of its first episode for all others, as when D4RL's references were measured (100 episodes in a
row). Means with the standard error over independent series. A few minutes on one core.
"""

import argparse
from functools import partial

import jax
import numpy as np

from omarl.collecting.maze_returns import controlled_returns
from omarl.envs import make
from omarl.envs.maze2d.families import FAMILIES
from omarl.envs.maze2d.waypoints import WaypointController
from omarl.play.device import play_on_device
from omarl.play.policies import uniform_policy

MAZES = ("maze2d-umaze", "maze2d-medium", "maze2d-large")


def random_returns(task, key, episodes):
    """The returns of uniformly random play."""
    return play_on_device(task, uniform_policy(task.spec.team), key, episodes).returns


def measured(returns, key, series, episodes):
    """Mean, standard error over series, and the share of episodes that earn nothing."""
    keys = jax.random.split(key, series)
    found = np.asarray(jax.jit(jax.vmap(lambda one: returns(one, episodes)))(keys))
    error = found.mean(1).std(ddof=1) / np.sqrt(series)
    return f"{found.mean():8.2f} +- {error:4.2f} ({100 * (found == 0).mean():2.0f} % earn nothing)"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100, help="independent series (default 100)")
    parser.add_argument("--episodes", type=int, default=100, help="episodes of each (default 100)")
    arguments = parser.parse_args()
    for family in FAMILIES:
        for maze in MAZES:
            task = make(maze, family=family)
            controller = WaypointController(task)
            ways = {
                "random": partial(random_returns, task),
                "planning anew": partial(controlled_returns, controller),
                "first plan kept": partial(controlled_returns, controller, plan_again=False),
            }
            for number, (name, returns) in enumerate(ways.items()):
                found = measured(returns, jax.random.key(number), arguments.series, arguments.episodes)
                print(f"{task.spec.id!s:<56}{name:<17}{found}", flush=True)


if __name__ == "__main__":
    main()
