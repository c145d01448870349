"""Prints how fast learners update, beside the limit that one product of matrices sets in the same process.

One update is all agents once, batches drawn from memory, compilation not counted. The learners take turns
with the product of all candidates' activations by a layer's weights, by default [10240, 64] by [64, 64] in
float32, and medians are printed. `GFLOP` is the arithmetic that an update needs in products and nothing else,
so `of product` says which share of the product's rate the whole update reaches, and `of peak` which share of
what one thread does that only multiplies and adds in registers (`peak.cpp`, where there is a compiler). The
second table shows where time goes: what a learner has more than the one above it.

`--members 64` does the updates of so many runs side by side in one program, as `omarl reproduce` does on an
accelerator; times and rates are then those of one run's update, all runs together counted.

`--kernels none avx512 amx` measures every learner with each of these sets of compiled kernels, in turns in
one process, and prints how many times as fast it is as with the first.

`--against COMMIT` measures that commit and the working tree in turns, each by its own copy of this file and
its own code, and prints ratios. One thread is what each run of `omarl reproduce` gets; `--threads all`
leaves XLA its own.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

LEARNERS = ("bc", "td3_bc", "icq", "td3", "cql", "omar")
PARTS = (
    ("td3", None, "targets, critics, actors"),
    ("cql", "td3", "the conservative term"),
    ("omar", "cql", "the search"),
)
PRODUCTS = 20  # in one call
ENDLESS = 2**30  # updates
ROOT = Path(__file__).parent.parent
PEAK = Path(__file__).with_name("peak.cpp")


def shape_of(arguments):
    """What is measured, as command-line words for a process of its own."""
    names = ("agents", "batch", "width", "samples", "rows", "members", "normalisation", "repeats", "updates")
    return [word for name in names for word in (f"--{name}", str(getattr(arguments, name)))]


def arithmetic(name, agents, batch, width, samples, obs=18, act=2, rounds=3):
    """Floating-point operations in the products of one update, a multiplication and an addition being two.

    A pass back costs twice the pass forward, less what no parameter needs. Every network has two hidden
    layers; the part of a critic's first layer that sees the observation is counted once per observation.
    """
    seen = 2 * batch * obs * width
    critic = 2 * batch * (act * width + width * width + width)
    actor = seen + 2 * batch * (width * width + width * act)
    head = 2 * (seen + critic) + critic  # the products of a critic's gradient
    parts = {"bc": 3 * actor}
    parts["td3"] = 2 * (seen + critic) + actor + 2 * head + 3 * actor + (seen + 2 * critic)
    parts["td3_bc"] = parts["td3"]
    parts["icq"] = 2 * (seen + critic) + 2 * head + 3 * actor + seen + critic
    parts["cql"] = parts["td3"] + 2 * (2 * seen + 3 * samples * critic)
    parts["omar"] = parts["cql"] + seen + (rounds * samples + 1) * critic
    return agents * parts[name]


def recordings(agents, rows, obs=18, act=2, horizon=25):
    """Random recordings of a team in a dataset's layout, on the device."""
    import jax
    import jax.numpy as jnp

    from omarl.data.device import blank
    from omarl.types import TeamSpec

    team = TeamSpec(observation_sizes=(obs,) * agents, action_sizes=(act,) * agents)
    arrays = blank(team, rows, rows // horizon)
    keys, row = jax.random.split(jax.random.key(0), 3), jnp.arange(rows)
    return team, arrays._replace(
        episode=row // horizon,
        truncated=row % horizon == horizon - 1,
        obs=jax.random.normal(keys[0], arrays.obs.shape),
        action=jnp.tanh(jax.random.normal(keys[1], arrays.action.shape)),
        reward=jax.random.normal(keys[2], arrays.reward.shape),
    )


def learner(name, arguments, team, arrays):
    """A function that does `arguments.updates` updates as a run does them, and waits for them."""
    from omarl.algos import ALGORITHMS
    from omarl.data.device import draw
    from omarl.presets import settings
    from omarl.runs.experience.recorded import Recorded
    from omarl.training.offline import Learner

    config = settings("official", name).config
    changes = {"batch_size": arguments.batch, "hidden": (arguments.width,) * 2}
    own = {"cql_samples": arguments.samples, "search_samples": arguments.samples}
    changes |= {field: value for field, value in own.items() if hasattr(config, field)}
    config = replace(config, normalisation=arguments.normalisation, **changes)
    algorithm = ALGORITHMS[name][1](config, team)
    take = Learner(algorithm, partial(draw, batch_size=config.batch_size, sampling=config.sampling))
    run = Recorded(lambda _: take, lambda _: arrays, range(arguments.members), ENDLESS, ENDLESS)
    progress = [run.start()]

    def further():
        progress[0] = run.advance(progress[0], progress[0].position + arguments.updates)

    return further


def product(rows, entries):
    """A function that multiplies twenty times in one program, each product being the next one's matrix."""
    import jax

    x, w = jax.numpy.ones((rows, entries)), jax.numpy.eye(entries)
    multiply = jax.jit(lambda x, w: jax.lax.fori_loop(0, PRODUCTS, lambda _, x: x @ w, x))
    return lambda: multiply(x, w).block_until_ready()


def peak():
    """Operations a second of one thread that only multiplies and adds; None without a C++ compiler."""
    compiler = shutil.which("c++")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "peak"
        options = ["-O3", "-march=native", "-ffp-contract=fast"]
        subprocess.run([compiler, *options, str(PEAK), "-o", str(program)], check=True)
        return float(subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout)


def seconds_of(function):
    """Wall time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(arguments):
    """Median seconds of an update of each learner and of a product, taking turns.

    And the product's `rate` in operations per second, and the `megabytes` of memory that all took.
    """
    team, arrays = recordings(arguments.agents, arguments.rows)
    functions = {name: learner(name, arguments, team, arrays) for name in arguments.learners}
    rows = arguments.batch * arguments.samples
    functions["product"] = product(rows, arguments.width)
    calls = dict.fromkeys(functions, arguments.updates * arguments.members) | {"product": PRODUCTS}
    for function in functions.values():
        function()
    taken = {name: [] for name in functions}
    for _ in range(arguments.repeats):
        for name, function in functions.items():
            taken[name].append(seconds_of(function) / calls[name])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    found = {name: statistics.median(values) for name, values in taken.items()}
    rate = 2 * rows * arguments.width**2 / found["product"]
    return {**found, "rate": rate, "megabytes": memory}


def kernels_in_turns(arguments):
    """Seconds of an update of every learner with each set of kernels, one number for each turn."""
    team, arrays = recordings(arguments.agents, arguments.rows)
    functions = {}
    for name in arguments.learners:
        for kernels in arguments.kernels:
            os.environ["OMARL_KERNELS"] = kernels  # which is looked at when a program is made
            functions[f"{name} {kernels}"] = learner(name, arguments, team, arrays)
            functions[f"{name} {kernels}"]()
    taken = {name: [] for name in functions}
    for _ in range(arguments.repeats):
        for name, function in functions.items():
            taken[name].append(seconds_of(function) / arguments.updates / arguments.members)
    return taken


def kernel_table(arguments, taken):
    """Print milliseconds of an update with each set of kernels, and how many times as fast that is."""
    first = arguments.kernels[0]
    print(f"{'learner':10}{'kernels':10}{'ms':>8}   times as fast as {first}: median, lowest, highest")
    for name in arguments.learners:
        for kernels in arguments.kernels:
            times = taken[f"{name} {kernels}"]
            pairs = zip(taken[f"{name} {first}"], times, strict=True)
            ratios = sorted(slow / fast for slow, fast in pairs)
            row = f"{name:10}{kernels:10}{statistics.median(times) * 1e3:>8.2f}"
            print(f"{row}{statistics.median(ratios):>8.2f}{ratios[0]:>8.2f}{ratios[-1]:>8.2f}")


def in_a_process(arguments, root):
    """The same, measured in a process of its own by the benchmark and the code of a checkout."""
    from omarl.campaign.backends.processes import ONE_THREAD

    threads = ONE_THREAD if arguments.threads == "one" else {}
    names = ["--learners", *arguments.learners]
    names += ["--kernels", *arguments.kernels] if arguments.kernels else []
    words = [sys.executable, str(root / "benchmarks/updates.py"), "--child", *shape_of(arguments), *names]
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), **threads}
    done = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def tables(arguments, found):
    """Print what was measured of one version."""
    rate, most = found["rate"], peak()
    shape = (arguments.agents, arguments.batch, arguments.width, arguments.samples)
    needed = {name: arithmetic(name, *shape) for name in arguments.learners}
    print(f"the product: {rate / 1e9:.0f} GFLOP/s")
    print(f"one thread that only multiplies and adds: {most / 1e9:.0f} GFLOP/s\n" if most else "")
    print(
        f"{'learner':10}{'updates/s':>10}{'ms':>9}{'GFLOP':>8}{'GFLOP/s':>9}{'of product':>12}{'of peak':>9}"
    )
    for name, flop in needed.items():
        own = flop / found[name]
        row = f"{1 / found[name]:>10.1f}{found[name] * 1e3:>9.2f}{flop / 1e9:>8.2f}{own / 1e9:>9.0f}"
        print(f"{name:10}{row}{own / rate:>12.0%}" + (f"{own / most:>9.0%}" if most else ""))
    print(f"\n{'part':28}{'ms':>9}{'GFLOP':>8}{'of product':>12}")
    for name, below, what in PARTS:
        if {name, below} - {None} <= set(found):
            time_of = found[name] - found.get(below, 0.0)
            flop = needed[name] - needed.get(below, 0)
            print(f"{what:28}{time_of * 1e3:>9.2f}{flop / 1e9:>8.2f}{flop / time_of / rate:>12.0%}")
    if {"cql", "omar"} <= set(found):
        more = found["omar"] / found["cql"] - 1
        print(
            f"\nomar takes {more:+.0%} of cql's time, by arithmetic {needed['omar'] / needed['cql'] - 1:+.0%}"
        )


def against(arguments):
    """Print each learner's time with this code as a ratio to that of another commit, pair by pair."""
    with tempfile.TemporaryDirectory() as other:
        words = ["git", "-C", str(ROOT), "archive", arguments.against, "src", "benchmarks/updates.py"]
        archive = subprocess.run(words, check=True, stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", other], input=archive.stdout, check=True)
        roots = (Path(other), ROOT)
        pairs = [[in_a_process(arguments, root) for root in roots] for _ in range(arguments.pairs)]
    print(
        f"time per update, working tree / {arguments.against}: median, lowest, highest of {arguments.pairs}"
    )
    for name in (*arguments.learners, "product"):
        ratios = [new[name] / old[name] for old, new in pairs]
        print(f"{name:10}{statistics.median(ratios):>8.2f}{min(ratios):>8.2f}{max(ratios):>8.2f}")


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--learners", nargs="+", default=LEARNERS, choices=LEARNERS)
    parser.add_argument("--agents", type=int, default=3)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--width", type=int, default=64, help="of both hidden layers (default 64)")
    parser.add_argument("--samples", type=int, default=10, help="candidates, K (default 10)")
    parser.add_argument("--rows", type=int, default=100_000, help="of the dataset (default 100,000)")
    parser.add_argument("--members", type=int, default=1, help="runs side by side in one program (default 1)")
    parser.add_argument("--normalisation", default="batch", help="none, batch (default) or layer")
    parser.add_argument("--repeats", type=int, default=7, help="of which the median counts (default 7)")
    parser.add_argument("--updates", type=int, default=20, help="in one repeat (default 20)")
    parser.add_argument("--threads", choices=("one", "all"), default="one")
    parser.add_argument("--against", metavar="COMMIT", help="compare the working tree with a commit")
    parser.add_argument("--kernels", nargs="+", help="compare these sets, for instance none avx512 amx")
    parser.add_argument("--pairs", type=int, default=3, help="of processes, with --against (default 3)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    arguments = parse()
    if arguments.child:
        print(json.dumps((kernels_in_turns if arguments.kernels else measure)(arguments)))
    elif arguments.against:
        against(arguments)
    else:
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        print(f"{' '.join(shape_of(arguments))} --threads {arguments.threads}; load {load}")
        found = in_a_process(arguments, ROOT)
        (kernel_table if arguments.kernels else tables)(arguments, found)


if __name__ == "__main__":
    main()
