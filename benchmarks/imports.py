"""Prints how fast a folder of Parquet is imported and how much memory that takes, beside a plain scan of it.

The table is made of random numbers: two agents with four observations and one action each, in episodes of
100 steps, sorted by episode, in files of about a million rows. The import and the scan, which reads every
column with pyarrow alone and adds up its numbers, have a process of their own each. A row is one agent's at
one step. The memory is the highest resident memory of the process. What is left in the cache of the disk from
writing the files helps both alike.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

AGENTS, OBS, STEPS = ("a", "b"), 4, 100
FILE_EPISODES = 5000


def write(folder, rows):
    """A folder of files with about so many rows; how many there are."""
    import pyarrow
    import pyarrow.parquet

    rng = np.random.default_rng(0)
    episodes = max(1, rows // (STEPS * len(AGENTS)))
    for part, first in enumerate(range(0, episodes, FILE_EPISODES)):
        ids = np.arange(first, min(first + FILE_EPISODES, episodes))
        size = len(ids) * STEPS * len(AGENTS)
        step = np.tile(np.repeat(np.arange(STEPS), len(AGENTS)), len(ids))
        columns = {
            "episode": np.repeat(ids, STEPS * len(AGENTS)),
            "step": step,
            "agent": pyarrow.array(np.tile(AGENTS, size // len(AGENTS))),
            **{f"obs_{i}": rng.standard_normal(size, np.float32) for i in range(OBS)},
            "action_u": rng.uniform(-1, 1, size).astype(np.float32),
            "reward": rng.standard_normal(size, np.float32),
            "terminal": step == STEPS - 1,
            "truncated": np.zeros(size, bool),
        }
        pyarrow.parquet.write_table(pyarrow.table(columns), folder / f"part-{part:04}.parquet")
    return episodes * STEPS * len(AGENTS)


def import_folder(folder, out):
    """Import the folder as `omarl data import` does."""
    from omarl.data.imports.table import from_table

    from_table(folder).write(out)


def scan(folder, out):
    """Read every column batch by batch and add up the numbers."""
    import pyarrow
    import pyarrow.compute
    import pyarrow.dataset

    for batch in pyarrow.dataset.dataset(folder).to_batches():
        for column in batch.columns:
            if pyarrow.types.is_floating(column.type):
                pyarrow.compute.sum(column)


WAYS = {"import": import_folder, "scan": scan}


def timed(way, folder, out):
    """Carry out one way in this process and print seconds and the highest resident memory in MB."""
    begin = time.perf_counter()
    WAYS[way](folder, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(time.perf_counter() - begin, peak)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows of the table (default 5 million)")
    parser.add_argument("--dir", help="where the files are made and removed (default: the system's)")
    parser.add_argument("--way", nargs=3, metavar=("WAY", "FOLDER", "OUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        way, folder, out = arguments.way
        timed(way, Path(folder), Path(out))
        return
    with tempfile.TemporaryDirectory(dir=arguments.dir) as place:
        folder = Path(place) / "log"
        folder.mkdir()
        rows = write(folder, arguments.rows)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        print(
            f"{rows:,} rows, {size:,.0f} MB of Parquet, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        for way in WAYS:
            command = [sys.executable, __file__, "--way", way, str(folder), str(Path(place) / "out")]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, peak = map(float, done.stdout.split())
            print(f"{way:<8}{rows / seconds:>12,.0f} rows/s, at most {peak:>8,.0f} MB resident")


if __name__ == "__main__":
    main()
