"""The mean returns that define normalised scores: our own measurements and the paper's numbers.

The key of a table is `str` of a complete `TaskId`, for instance `spread agents=3`.
"""

from collections.abc import Mapping

from omarl.types import Reference

MEASURED: Mapping[str, Reference] = {
    "line-spread agents=1 independent=False": Reference(random=71.0, expert=203.1),
    "line-spread agents=2 independent=False": Reference(random=211.0, expert=431.9),
    "line-spread agents=3 independent=False": Reference(random=384.3, expert=607.6),
    "line-spread agents=4 independent=False": Reference(random=438.7, expert=572.6),
    "line-spread agents=5 independent=False": Reference(random=621.8, expert=709.5),
    "line-spread agents=1 independent=True": Reference(random=71.0, expert=203.1),
    "line-spread agents=2 independent=True": Reference(random=67.9, expert=149.9),
    "line-spread agents=3 independent=True": Reference(random=64.2, expert=134.9),
    "line-spread agents=4 independent=True": Reference(random=43.9, expert=97.7),
    "line-spread agents=5 independent=True": Reference(random=43.3, expert=89.8),
    "spread agents=3": Reference(random=160.12, expert=516.38),
    "tag": Reference(random=-4.93, expert=182.70),
    "world": Reference(random=-6.14, expert=78.39),
    "halfcheetah-2x3 agent_obsk=0": Reference(random=-287.76, expert=2278.77),
    "maze2d-umaze family=d4rl mujoco=3 reward=sparse": Reference(random=28.90, expert=222.93),
    "maze2d-medium family=d4rl mujoco=3 reward=sparse": Reference(random=18.11, expert=422.41),
    "maze2d-large family=d4rl mujoco=3 reward=sparse": Reference(random=9.85, expert=551.50),
    "maze2d-umaze family=pointmaze mujoco=3 reward=sparse": Reference(random=14.59, expert=232.35),
    "maze2d-medium family=pointmaze mujoco=3 reward=sparse": Reference(random=10.15, expert=456.67),
    "maze2d-large family=pointmaze mujoco=3 reward=sparse": Reference(random=8.09, expert=583.64),
}
"""Our own. For the paper's particle tasks and HalfCheetah they are the mean returns of our random and expert
datasets of a million transitions, collected with seed 0 and the shipped prey. For line-spread, `random` is
uniformly random play, and `expert` lies nine tenths of the way from there to the plateau of an online MATD3
run (`docs/datasets.md`). For Maze2D `expert` is the waypoint controller that plans anew in each episode; both
are means over 10,000 episodes (`benchmarks/maze_references.py`)."""

D4RL_MAZES: Mapping[str, Reference] = {
    "maze2d-umaze": Reference(random=23.85, expert=161.86),
    "maze2d-medium": Reference(random=13.13, expert=277.39),
    "maze2d-large": Reference(random=6.7, expert=273.99),
}
"""D4RL's references (Fu et al. 2020), each a mean over 100 episodes.

Its `expert` is a controller that keeps the waypoints of its first episode. So a sound one scores far above
100 (`docs/datasets.md`).
"""

PAPER: Mapping[str, Reference] = {
    "halfcheetah-2x3 agent_obsk=0": Reference(random=-284.0, expert=3568.8),
    "spread agents=3": Reference(random=159.8, expert=516.8),
    "tag": Reference(random=-4.1, expert=185.6),
    "world": Reference(random=-6.8, expert=79.5),
    **{
        f"{maze} family=d4rl mujoco={version} reward=sparse": reference
        for maze, reference in D4RL_MAZES.items()
        for version in (2, 3)
    },
}
"""The numbers by which the paper normalises (Pan et al. 2022)."""
