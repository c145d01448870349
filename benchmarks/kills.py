"""Kills runs with SIGKILL, starts them again, and prints how many ended with the bits of runs left alone.

Runs of every kind take turns: on recordings in memory, streamed and side by side in one program; online in a
task on the device and in one on the host; and `omarl collect` on both. All are tiny and save after every
piece of work. A kill comes at a random moment, or at one of the run's file operations, chosen at random:
before something is opened for writing, synced, renamed, made or removed, or when half of what it writes is
on disk. Every third run is killed a second time on its way. Then the same request is given again, with
`--resume` where there is such an option. Everything below the run's directory must be as without kills, file
by file, but for the column `seconds`. `identical` counts the kills of runs for which that holds, `different`
those of the others, and `stuck` those of runs that did not end with exit code 0. A line for each run that was
not identical says how it was killed.
"""

import argparse
import csv
import hashlib
import os
import random
import shutil
import signal
import stat
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

PATIENCE = 300.0
"""Seconds after which a run counts as stuck."""
LEARNER = ["--algo.hidden", "8", "--algo.batch-size", "8"]
ACTING = ["--online.updates-per-iteration", "2", "--seeds", "0,3", "--episodes", "2"]
TOY = "pettingzoo:kills:Drift"


class Drift:
    """A `ParallelEnv` in which two agents drift on a line; the seed decides starts, lengths and choices."""

    possible_agents = ("left", "right")

    def observation_space(self, agent):
        from gymnasium import spaces

        return spaces.Box(-np.inf, np.inf, (3,), np.float32)

    def action_space(self, agent):
        from gymnasium import spaces

        return spaces.Discrete(3)

    def reset(self, seed=None, options=None):
        self.random, self.agents, self.time = np.random.default_rng(seed), list(self.possible_agents), 0
        self.place, self.length = self.random.normal(size=2), int(self.random.integers(3, 7))
        return self.told()

    def told(self):
        seen = np.float32([[*self.place, self.time], [*self.place[::-1], self.time]])
        infos = [{"action_mask": np.int8([1, *self.random.integers(0, 2, 2)])} for _ in seen]
        return (dict(zip(self.possible_agents, each, strict=True)) for each in (seen, infos))

    def step(self, actions):
        moves = np.array([actions[agent] - 1 for agent in self.agents])
        self.place, self.time = self.place + 0.3 * moves + 0.1 * self.random.normal(size=2), self.time + 1
        over = bool(np.abs(self.place).max() > 2), self.time >= self.length
        observations, infos = self.told()
        ends = [dict.fromkeys(self.possible_agents, each) for each in over]
        self.agents = [] if any(over) else self.agents
        return observations, dict.fromkeys(self.possible_agents, -abs(self.place.sum())), *ends, infos

    def close(self):
        pass


class Place(NamedTuple):
    """Where a run finds its data and puts what it makes."""

    data: Path
    root: Path


def verb(*words):
    """Carry out a verb of the command line; fail unless its exit code is 0."""
    from omarl.cli import main

    if code := main([*map(str, words)]):
        raise RuntimeError(f"exit code {code}")


def offline(place, again):
    of = ["--dataset", place.data, "--algo", "omar", "--updates", 6, "--every", 3, "--seeds", "0,1"]
    verb("train", *of, "--episodes", 2, *LEARNER, "--out", place.root / "run", *again)


def streamed(place, again):
    of = ["--dataset", place.data, "--window", 1, "--algo", "td3_bc", "--updates", 6, "--every", 3]
    verb("train", *of, "--episodes", 2, *LEARNER, "--out", place.root / "run", *again)


def members(place, again):
    from omarl.runs.members import MemberRun, run_members
    from omarl.runs.spec import offline_spec

    how = {"kind": ("spread", "random"), "changes": {"hidden": (8,), "batch_size": 8}, "updates": 6}
    names = {"one": 0, "two": 1, "three": 2}
    specs = [
        offline_spec(str(place.data), "omar", **how, every=3, episodes=2, seeds=(seed,))
        for seed in names.values()
    ]
    run_members(
        [MemberRun(*each) for each in zip(specs, map(place.root.joinpath, names), strict=True)], again
    )


def online(place, again):
    of = ["--online", "spread", "--task.agents", 2, "--algo", "td3", "--steps", 300, "--every", 100]
    of += ["--online.environments", 2, "--online.random-steps", 50]
    verb("train", *of, *ACTING, *LEARNER, "--out", place.root / "run", *again)


def online_on_host(place, again):
    of = ["--online", TOY, "--algo", "omar", "--steps", 60, "--every", 20]
    of += ["--online.environments", 3, "--online.random-steps", 20]
    verb("train", *of, *ACTING, *LEARNER, "--out", place.root / "run", *again)


def collect(place, again):
    qualities = ["random", "medium-replay", "medium", "replay"]
    small_recipe("spread agents=2", {"medium": -1e6}, steps=200, every=50, environments=2)
    verb("collect", "spread", "--task.agents", 2, "--quality", *qualities, "--size", 150, "--out", place.root)


def collect_on_host(place, again):
    qualities = ["random", "medium", "replay"]
    small_recipe(TOY, {}, steps=60, every=20, environments=3)
    verb("collect", TOY, "--quality", *qualities, "--size", 50, "--out", place.root)


def small_recipe(task, levels, steps, every, environments):
    """Let datasets of a task come from a tiny online run, which reaches its levels whatever it learns."""
    from omarl.algos.td3 import TD3Config
    from omarl.collecting import behaviour, probes, recipes
    from omarl.training.online import OnlineConfig

    learner = TD3Config(critic="centralised", hidden=(8,), batch_size=8)
    acting = OnlineConfig(environments=environments, updates_per_iteration=2, random_steps=every)
    recipes.RECIPES[task] = recipes.Recipe(
        levels=levels, steps=steps, every=every, learner=learner, online=acting
    )
    probes.PROBE_EPISODES = 4
    behaviour.own_levels = lambda random, probes: {"medium": min(probe.mean_return for probe in probes)}


KINDS = {
    "in memory": offline,
    "streamed": streamed,
    "side by side": members,
    "online": online,
    "online, host": online_on_host,
    "collect": collect,
    "collect, host": collect_on_host,
}


def save_often():
    """Let runs save after every piece of work, the first of which is a single step."""
    from omarl.collecting import behaviour
    from omarl.runs import loop, many, run

    for module in (loop, many, run, behaviour):
        module.PERIOD = 0.0
    loop.FIRST, loop.PIECE = 1, 1e9


class Stop(NamedTuple):
    """A kill: after so many seconds, or at file operation `number`, `torn` if half of it is done by then."""

    seconds: float = 0.0
    number: int = 0
    torn: bool = False

    def __str__(self):
        return f"{self.seconds:.2f} s" if self.seconds else f"operation {self.number}{'t' * self.torn}"


class Operations:
    """Counts this process's file operations below a directory, and kills it at one of them."""

    EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")

    def __init__(self, root, stop):
        self.root, self.stop, self.count, self.before = str(root), stop, 0, {}
        self.sync, os.fsync = os.fsync, self.fsync
        sys.addaudithook(self.hear)

    def hear(self, event, arguments):
        """Python tells of what it is about to do with files; all but syncing and writing."""
        if event not in self.EVENTS or (event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        path = arguments[0]
        below = isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.root)
        if below or (event in ("os.remove", "os.rmdir") and arguments[1] != -1):  # a tree is being removed
            if event == "open":
                self.remember(path, bool(arguments[2] & os.O_TRUNC))
            self.next()

    def remember(self, path, emptied):
        """How much a file held before it was opened for writing."""
        if os.path.exists(path):
            found = os.stat(path)
            self.before[found.st_ino] = 0 if emptied else found.st_size

    def fsync(self, handle):
        """Sync a file, which may be torn before."""
        found = os.fstat(handle)
        if self.count + 1 == self.stop.number and self.stop.torn and stat.S_ISREG(found.st_mode):
            kept = min(self.before.get(found.st_ino, 0), found.st_size)
            os.ftruncate(handle, (kept + found.st_size) // 2)
        self.next()
        self.sync(handle)

    def next(self):
        self.count += 1
        if self.count == self.stop.number:
            os.kill(os.getpid(), signal.SIGKILL)


def attempt(kind, place, again, stop):
    """Give the request in a process of its own, killed as `stop` says; exit code, operations and output."""
    note, begin = place.root.with_suffix(".note"), time.monotonic()
    if not (child := os.fork()):
        os._exit(carry_out(kind, place, again, stop, note))
    limit = stop.seconds or PATIENCE
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() - begin > limit:
            os.kill(child, signal.SIGKILL)
            ended = os.waitpid(child, 0)
            break
        time.sleep(0.002)
    code = os.waitstatus_to_exitcode(ended[1])
    return code, int(note.read_text()) if code == 0 else 0


def carry_out(kind, place, again, stop, note):
    """The life of a process that carries out a request; its exit code. What it prints goes to a file."""
    redirect(note.with_suffix(".output"))
    try:
        save_often()
        operations = Operations(place.root, stop)
        KINDS[kind](place, again)
        note.write_text(str(operations.count))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    return 0


def redirect(path):
    """Let this process print to a file."""
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)


def content(root):
    """Every file below a directory by its path, times left out."""
    return {str(path.relative_to(root)): meaning(path) for path in sorted(root.rglob("*"))}


def meaning(path):
    """What must be the same in a file: tensors, a table's rows but for `seconds`, or all of it."""
    from safetensors.numpy import load_file

    if path.is_dir():
        return "directory"
    if path.suffix == ".safetensors":
        return {name: (each.shape, each.dtype.str, each.tobytes()) for name, each in load_file(path).items()}
    if path.name == "records.csv":
        with path.open(newline="") as file:
            return [{**row, "seconds": None} for row in csv.DictReader(file)]
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Whole(NamedTuple):
    """A run that was left alone: what it leaves, its file operations, and its seconds."""

    content: dict
    operations: int
    seconds: float


def left_alone(kind, data, folder):
    """The run of a kind that is not killed, started twice: the first one compiles."""
    for name in ("compiling", "whole"):
        place, begin = Place(data, folder / name / kind), time.monotonic()
        place.root.mkdir(parents=True)
        code, operations = attempt(kind, place, [], Stop())
        if code:
            sys.exit(f"{kind}: exit code {code}\n{place.root.with_suffix('.output').read_text()}")
    return Whole(content(place.root), operations, time.monotonic() - begin)


def stops(whole, turn, dice):
    """How the run of a turn is killed."""
    return [
        Stop(number=dice.randint(1, whole.operations), torn=dice.random() < 0.5)
        if dice.random() < 0.7
        else Stop(seconds=dice.uniform(0.05, 1.0) * whole.seconds)
        for _ in range(1 + (turn % 3 == 2))
    ]


def killed_and_resumed(kind, place, plan, whole):
    """Kill a run as planned, let it end; the number of kills and what came of it."""
    again, kills = [], []
    for stop in [*plan, Stop()]:
        code, _ = attempt(kind, place, again, stop)
        if code == -signal.SIGKILL and stop != Stop():
            kills.append(stop)
            again = ["--resume"]
        elif code:
            return kills, "stuck"
        else:
            return kills, judged(content(place.root), whole.content, place.root)
    raise AssertionError("the last attempt is not killed")


def judged(found, wanted, root):
    """Whether all files are as they should be; those that are not are listed beside them."""
    wrong = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    if wrong:
        root.with_suffix(".different").write_text("\n".join(wrong))
    return "different" if wrong else "identical"


def prepare(folder):
    """Import what runs need without starting JAX, which a forked process must do itself; the data's path."""
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder / "compiled")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
    from omarl.cli.verbs import collect, online, train  # noqa: F401
    from omarl.runs import members, pictures  # noqa: F401

    data = folder / "data"
    if not (child := os.fork()):
        redirect(folder / "data.output")
        verb("collect", "spread", "--quality", "random", "--size", 10_000, "--out", data)
        os._exit(0)
    os.waitpid(child, 0)
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="at least so many (default 100)")
    parser.add_argument("--seed", type=int, default=0, help="decides where runs are killed (default 0)")
    parser.add_argument("--only", choices=KINDS, nargs="+", default=list(KINDS), help="kinds of runs")
    parser.add_argument("--dir", help="where runs are made and removed (default: the system's)")
    parser.add_argument("--keep", metavar="DIR", help="where the directories of bad ends are kept")
    arguments = parser.parse_args()
    dice, tally = random.Random(arguments.seed), {kind: Counter() for kind in arguments.only}
    with tempfile.TemporaryDirectory(dir=arguments.dir) as place:
        folder, turn, begin = Path(place), 0, time.monotonic()
        data, wholes = prepare(folder), {}
        while sum(each["kills"] for each in tally.values()) < arguments.kills:
            kind = arguments.only[turn % len(arguments.only)]
            if kind not in wholes:
                wholes[kind] = left_alone(kind, data, folder)
            root = folder / f"turn-{turn}" / kind
            root.mkdir(parents=True)
            plan = stops(wholes[kind], turn, dice)
            kills, end = killed_and_resumed(kind, Place(data, root), plan, wholes[kind])
            tally[kind].update({"kills": len(kills), end: len(kills)})
            if end != "identical":
                print(f"{kind}, turn {turn}, killed at {', '.join(map(str, kills))}: {end}", flush=True)
                if arguments.keep:
                    shutil.copytree(root.parent, Path(arguments.keep) / root.parent.name)
            shutil.rmtree(root.parent)
            turn += 1
        show(tally, time.monotonic() - begin)


def show(tally, seconds):
    """Print a line for each kind of run, and their sum."""
    columns = ("kills", "identical", "different", "stuck")
    print(f"{'':16}" + "".join(f"{name:>11}" for name in columns))
    for kind, counts in [*tally.items(), ("all", sum(tally.values(), Counter()))]:
        print(f"{kind:16}" + "".join(f"{counts[name]:>11}" for name in columns))
    print(f"{seconds / 60:.0f} minutes")


if __name__ == "__main__":
    main()
