"""Prints how long a whole training run takes, from the start of its process to its records on disk.

The run is the released code's schedule: OMAR, preset `official`, 2,000 updates on a dataset of a million
transitions of `spread` recorded from random play, evaluated over 500 episodes every 100 updates. It is
started twice, first with no compiled program kept from before, then again. A run of a single update, judged
over one episode, shows what starting costs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OMARL = [sys.executable, "-c", "import sys; from omarl.cli import main; sys.exit(main())"]


def seconds(words, cache):
    """Wall time of one command with this directory of compiled programs."""
    environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": str(cache)}
    environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as they usually are
    environment["PYTHONPYCACHEPREFIX"] = str(cache / "modules")
    start = time.perf_counter()
    subprocess.run([*OMARL, *words], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def train(folder, updates, every, episodes, cache):
    """Wall time of a run of so many updates."""
    out = folder / "run"
    shutil.rmtree(out, ignore_errors=True)
    budget = ["--updates", str(updates), "--every", str(every), "--episodes", str(episodes)]
    data = ["--dataset", str(folder / "random"), "--algo", "omar", "--preset", "official"]
    return seconds(["train", *data, *budget, "--out", str(out)], cache)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the dataset (default 1,000,000)")
    parser.add_argument("--updates", type=int, default=2000, help="of the whole run (default 2,000)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        size = ["--quality", "random", "--size", str(arguments.rows), "--seed", "0"]
        seconds(["collect", "spread", *size, "--out", str(folder / "random")], folder / "unused")
        for state in ("nothing compiled before", "compiled before"):
            start = train(folder, 1, 1, 1, folder / "compiled-short")
            whole = train(folder, arguments.updates, 100, 500, folder / "compiled-whole")
            print(f"{state}: a single update {start:.1f} s, the whole run {whole:.1f} s", flush=True)


if __name__ == "__main__":
    main()
