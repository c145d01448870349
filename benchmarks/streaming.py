"""Prints how fast OMAR learns from a streamed dataset, beside one that lies in memory, and the memory taken.

The dataset is made of random numbers in the shape of `spread`. Each way of training has a process of its own,
so that its memory can be told; the two take turns, one stretch of updates each, so that whatever else the
machine does hits both alike. The ratio is that of the median stretches. Resident memory is what a process has
more than before it looked at the dataset: the data, and the compiled code and work space of training too.
Beside a dataset that no memory holds (`--gigabytes 25.5` has 1e8 rows) a smaller one lies in memory,
of `--beside` GB.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

AGENTS, OBS, ACT, HORIZON = 3, 18, 2, 25
ROW = 4 * AGENTS * (OBS * (HORIZON + 1) / HORIZON + ACT + 1)  # bytes in the files, ends apart
CHUNK = 2000  # episodes written at once
EVERY = 50  # updates in a stretch


def make(path, gigabytes):
    """A dataset of about so many GB at `path`."""
    from omarl.data.dataset import Metadata
    from omarl.data.episodes import Episodes
    from omarl.data.writer import Writer
    from omarl.types import TeamSpec

    team = TeamSpec(observation_sizes=(OBS,) * AGENTS, action_sizes=(ACT,) * AGENTS)
    rng, rows = np.random.default_rng(0), CHUNK * HORIZON
    ends = np.arange(rows) % HORIZON == HORIZON - 1
    with Writer(path, Metadata(id="benchmark/random-v0", team=team)) as writer:
        for _ in range(max(1, round(gigabytes * 1e9 / ROW / rows))):
            writer.append(
                Episodes(
                    obs=rng.standard_normal((rows + CHUNK, AGENTS, OBS), np.float32),
                    action=rng.uniform(-1, 1, (rows, AGENTS, ACT)).astype(np.float32),
                    reward=rng.standard_normal((rows, AGENTS), np.float32),
                    terminal=np.zeros(rows, bool),
                    truncated=ends,
                )
            )


def resident(which="VmRSS"):
    """This process's resident memory in MB; `VmHWM` for its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which)) * 1024 / 1e6


def train(pipe, path, window, updates):
    """Learn a stretch whenever asked; answers are seconds of each, in the end the memory taken in MB."""
    import jax

    from omarl.algos.omar import OMARConfig
    from omarl.data.store import load
    from omarl.runs.from_dataset import experience
    from omarl.runs.prepared import build_learner
    from omarl.runs.spec import RunSpec

    jax.block_until_ready(jax.numpy.zeros(1))
    before = resident()
    spec = RunSpec(
        dataset=str(path),
        algorithm="omar",
        config=OMARConfig(),
        preset="tuned",
        updates=updates,
        every=EVERY,
        window=window,
    )
    dataset = load(path, verify=False)
    run = experience(spec, build_learner(spec, dataset.metadata.team), dataset)
    progress = run.start()
    while pipe.recv():
        begin = time.perf_counter()
        progress = run.advance(progress, progress.position + EVERY)
        pipe.send(time.perf_counter() - begin)
    pipe.send((resident() - before, resident("VmHWM") - before))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=0.2, help="size of the dataset (default 0.2)")
    parser.add_argument("--beside", type=float, metavar="GB", help="size of the one in memory, if another")
    parser.add_argument("--window", type=int, default=512, help="MiB there at a time (default 512)")
    parser.add_argument("--stretches", type=int, default=6, help="timed stretches each (default 6)")
    parser.add_argument("--dir", help="where the dataset is made and removed (default: the system's)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as folder:
        streamed = beside = Path(folder) / "dataset"
        make(streamed, arguments.gigabytes)
        if arguments.beside is not None:
            beside = Path(folder) / "beside"
            make(beside, arguments.beside)
        size = sum(file.stat().st_size for file in streamed.iterdir()) / 1e9
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        print(f"{size:.2f} GB on disk, window {arguments.window} MiB, {os.cpu_count()} cores, load {load}")
        compare({"in memory": (beside, None), "streamed": (streamed, arguments.window)}, arguments.stretches)


def compare(ways, stretches):
    """Let both ways, datasets and their windows, take turns, and print what they took."""
    context, updates = multiprocessing.get_context("spawn"), EVERY * (stretches + 2)
    pipes, workers, times = {}, [], {name: [] for name in ways}
    for name, (path, window) in ways.items():
        pipes[name], theirs = context.Pipe()
        workers.append(context.Process(target=train, args=(theirs, path, window, updates), daemon=True))
        workers[-1].start()
        theirs.close()
    for turn in range(stretches + 1):
        for name, pipe in pipes.items():
            pipe.send(True)
            seconds = pipe.recv()
            if turn:  # the first one compiles
                times[name].append(seconds)
    for name, pipe in pipes.items():
        pipe.send(False)
        now, peak = pipe.recv()
        rate = EVERY / statistics.median(times[name])
        print(f"{name:<10}{rate:>8.1f} updates/s, resident {now:>7.0f} MB, at most {peak:>7.0f} MB")
    for worker in workers:
        worker.join()
    ratio = statistics.median(times["in memory"]) / statistics.median(times["streamed"])
    print(f"streamed at {100 * ratio:.0f} % of the rate in memory; load {os.getloadavg()[0]:.1f} in the end")


if __name__ == "__main__":
    main()
