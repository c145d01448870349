"""Prints how many environment steps per second each task takes, batched and compiled.

One step is one step of the joint environment: all agents act, everybody is observed and paid. Each run draws
uniformly random actions, plays whole episodes of all environments at once and keeps every observation, reward
and end, as collecting data does; compilation is not counted. The median of several runs is printed.

`--cheetah` steps the two-agent HalfCheetah instead, in turns with others' ways to step the same simulation:
gymnasium, envpool (if it is installed) and MaMuJoCo as omarl plays any PettingZoo environment.

`--skirmish` measures the skirmishes, in turns with smaclite and SMAX where these are installed.
"""

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from functools import partial
from itertools import pairwise
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from omarl.envs import make
from omarl.envs.host.foreign import wrap
from omarl.envs.opponents import FrozenOpponents
from omarl.envs.skirmish.maps import MAPS

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


THREADS = os.cpu_count() or 1
EPISODE = 1000  # steps of a HalfCheetah's episode


def gymnasium_cheetah():
    """One HalfCheetah-v5 of gymnasium."""
    import gymnasium

    env = gymnasium.make("HalfCheetah-v5")
    return lambda: env.reset(seed=0), env.step, random_actions(500, 6), 1


def envpool_cheetahs():
    """64 HalfCheetahs of envpool, which reset by themselves."""
    import envpool

    env = envpool.make("HalfCheetah-v5", env_type="gymnasium", num_envs=64, num_threads=THREADS)
    return env.reset, env.step, random_actions(20, 64, 6), 64


def mamujoco_cheetahs(workers):
    """20 HalfCheetahs of MaMuJoCo in so many processes, as omarl plays any environment of PettingZoo."""
    from gymnasium_robotics.envs.multiagent_mujoco import mamujoco_v1

    how = {"scenario": "HalfCheetah", "agent_conf": "2x3", "agent_obsk": 0}
    return on_host(wrap(mamujoco_v1.parallel_env, copies=20, workers=workers, **how), 20)


def on_host(task, copies, steps=20):
    """A task of ours on the host."""
    alive = np.ones(copies, bool)
    actions = random_actions(steps, copies, task.spec.team.agents, task.spec.team.action_size)
    return lambda: task.reset(list(range(copies))), lambda action: task.step(action, alive), actions, copies


def random_actions(*shape):
    """Actions within the bounds; each run takes the same."""
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


CHEETAHS = {
    "omarl, halfcheetah-2x3": lambda: on_host(make("halfcheetah-2x3"), 256),
    "gymnasium, HalfCheetah-v5": gymnasium_cheetah,
    "envpool, HalfCheetah-v5": envpool_cheetahs,
    "omarl, MaMuJoCo": lambda: mamujoco_cheetahs(0),
    "omarl, MaMuJoCo in processes": lambda: mamujoco_cheetahs(THREADS),
}
"""Each makes what resets some HalfCheetahs, what steps them and the actions of a run, and says how many."""


class Stepper:
    """Episodes that go on from run to run."""

    def __init__(self, reset, step, actions, copies):
        self.reset, self.step, self.actions, self.copies = reset, step, actions, copies
        self.time = 0

    def rates(self):
        """Steps per CPU second of this process and per second of one run."""
        if self.time % EPISODE == 0:
            self.reset()
        self.time += len(self.actions)
        cpu, wall = time.process_time(), time.perf_counter()
        for action in self.actions:
            self.step(action)
        steps = len(self.actions) * self.copies
        return steps / (time.process_time() - cpu), steps / (time.perf_counter() - wall)


def cheetahs(repeats):
    """Prints the rates of what is installed, measured in turns, and how many times as fast the first is."""
    steppers = {}
    for name, parts in CHEETAHS.items():
        try:
            steppers[name] = Stepper(*parts())
        except ImportError as error:
            print(f"{name:<30}{error.name} is not installed")
    rounds = [[stepper.rates() for stepper in steppers.values()] for _ in range(repeats + 1)][1:]
    rates, ratios = np.median(rounds, 0), np.median(np.array(rounds)[:, :1] / np.array(rounds), 0)
    print(f"{'':<30}{'per CPU second':>24}{'per second':>24}")
    for name, rate, ratio in zip(steppers, rates, ratios, strict=True):
        cells = [f"{r:>12,.0f} (1/{q:.1f} of ours)" for r, q in zip(rate, ratio, strict=True)]
        if "in processes" in name:  # their time is not this process's
            cells[0] = f"{'':>24}"
        print(f"{name:<30}{''.join(cells)}")


CHUNK = 100  # steps of each battle in a run
WIDTH = 64


def chosen(key, obs, legal):
    """Actions drawn from the legal ones by a network of two layers whose weights are random and fixed."""
    sizes = (obs.shape[-1], WIDTH, WIDTH, legal.shape[-1])
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight = jax.random.normal(jax.random.key(number), (inputs, outputs)) / np.sqrt(inputs)
        obs = (jax.nn.relu(obs) if number else obs) @ weight
    return jax.random.categorical(key, jnp.where(legal, obs, -jnp.inf))


def compiled_battles(reset, step, battles):
    """Some steps of many battles in one compiled loop, which go on where the last run ended."""

    def one(carry, key):
        state, obs, legal = carry
        draw, *keys = jax.random.split(key, 1 + battles)
        return step(jnp.stack(keys), state, chosen(draw, obs, legal)), None

    further = jax.jit(lambda carry, key: jax.lax.scan(one, carry, jax.random.split(key, CHUNK))[0])
    now = [jax.jit(reset)(jax.random.split(jax.random.key(0), battles))]

    def work():
        now[0] = jax.block_until_ready(further(now[0], jax.random.key(1)))

    work(), work()  # the second compiles again where the first returned other types
    return work, CHUNK * battles


def our_skirmish(name, battles):
    """Our battles. One that is over is computed on, which costs as much."""
    task = make(f"skirmish-{name}")

    def reset(keys):
        state, obs = jax.vmap(task.reset)(keys)
        return state, obs, jax.vmap(task.legal)(state)

    def step(keys, state, action):
        state, told = jax.vmap(task.step)(state, jax.nn.one_hot(action, task.spec.team.action_size))
        return state, told.obs, told.legal

    return compiled_battles(reset, step, battles)


def smax(name, battles):
    """Battles of SMAX with its scripted opponent, which begin again by themselves."""
    from jaxmarl.environments.smax import HeuristicEnemySMAX, map_name_to_scenario

    env = HeuristicEnemySMAX(scenario=map_name_to_scenario(name))

    def shown(obs, state):
        legal = jax.vmap(env.get_avail_actions)(state)
        return state, *(jnp.stack([each[agent] for agent in env.agents], 1) for each in (obs, legal))

    def step(keys, state, action):
        obs, state, *_ = jax.vmap(env.step)(keys, state, dict(zip(env.agents, action.T, strict=True)))
        return shown(obs, state)

    return compiled_battles(lambda keys: shown(*jax.vmap(env.reset)(keys)), step, battles)


def smaclite(name):
    """One battle of smaclite in Python; actions are drawn from the legal ones, without a network."""
    from smaclite.env import SMACliteEnv
    from smaclite.env.maps.map import MapPreset

    maps = {preset.value.name: preset.value for preset in MapPreset}
    with contextlib.redirect_stdout(None):
        env = SMACliteEnv(map_info=maps[name])
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    steps = 2_000 // (env.n_agents + env.n_enemies)

    def work():
        for _ in range(steps):
            actions = [int(rng.choice(np.flatnonzero(legal))) for legal in env.get_avail_actions()]
            try:
                over = env.step(actions)[2]
            except ValueError:  # a colossus shot where nobody is
                over = True
            if over:
                env.reset()

    return work, steps


SKIRMISHES = {
    "omarl, 256 battles": partial(our_skirmish, battles=256),
    "omarl, 512 battles": partial(our_skirmish, battles=512),
    "SMAX, 256 battles": partial(smax, battles=256),
    "SMAX, 512 battles": partial(smax, battles=512),
    "smaclite, one battle": smaclite,
}
"""Each makes, for a map, a run and the number of its steps."""


def skirmishes(repeats):
    """Prints steps per CPU second, measured in turns, and how many times as fast as each other ours is."""
    print(f"observations, legal actions and actions of a network ({WIDTH}-{WIDTH}) in one compiled loop;")
    print("smaclite: observations, legal actions, random ones of them, in Python")
    for name in MAPS:
        works = {}
        for label, maker in SKIRMISHES.items():
            try:
                works[label] = maker(name)
            except ImportError as error:
                print(f"{name:<12}{label:<24}{error.name} is not installed")
            except KeyError:
                print(f"{name:<12}{label:<24}it has no such map")
        found = np.array([[rates(*work)[1] for work in works.values()] for _ in range(repeats)])
        for label, rate, ratio in zip(
            works, np.median(found, 0), np.median(found[:, :1] / found, 0), strict=True
        ):
            print(f"{name:<12}{label:<24}{rate:>10,.0f} steps per CPU second (1/{ratio:.1f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=4096, help="environments stepped at once (default 4096)")
    parser.add_argument("--repeats", type=int, default=9, help="runs of which the median counts (default 9)")
    parser.add_argument("--cheetah", action="store_true", help="compare ways to step HalfCheetah instead")
    parser.add_argument("--skirmish", action="store_true", help="compare simulators like StarCraft instead")
    arguments = parser.parse_args()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"jax {jax.__version__}, {jax.devices()[0].device_kind}, {os.cpu_count()} cores, load {load}")
    if arguments.cheetah:
        with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):  # for MuJoCo's MUJOCO_LOG.TXT
            return cheetahs(arguments.repeats)
    if arguments.skirmish:
        return skirmishes(arguments.repeats)
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
