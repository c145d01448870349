"""Prints how OMAR's update grows with agents, batch, width, candidates and rows, one of them at a time.

Each line is a process of its own with one thread: `ms` of an update, its arithmetic in `GFLOP`, the share `of
limit` that the update reaches of the rate of one product of matrices measured beside it, and the process's
largest resident memory in MB, the recordings and the compiled program included. `--csv FILE` keeps the table.
"""

import argparse
import csv
from types import SimpleNamespace

import updates

USUAL = {"agents": 3, "batch": 1024, "width": 64, "samples": 10, "rows": 100_000}
VARIED = {
    "agents": (1, 2, 4, 8, 16, 32),
    "batch": (256, 1024, 4096, 16_384, 65_536),
    "width": (64, 128, 256, 512, 1024),
    "samples": (5, 10, 25, 50, 100),
    "rows": (10_000, 100_000, 1_000_000, 10_000_000),
}
SECONDS = 0.5
"""About how long one measured stretch of updates shall take."""


def cases():
    """Every case once, with what is varied in it."""
    for name, values in VARIED.items():
        for value in values:
            yield name, {**USUAL, name: value}


def measure(shape):
    """A line of the table."""
    flop = updates.arithmetic("omar", *(shape[name] for name in ("agents", "batch", "width", "samples")))
    stretch = max(1, int(SECONDS * 40e9 / flop))
    arguments = SimpleNamespace(
        **shape, normalisation="batch", repeats=3, updates=stretch, learners=("omar",), threads="one"
    )
    found = updates.in_a_process(arguments, updates.ROOT / "src")
    peak = 2 * updates.ROWS * updates.ENTRIES**2 / found["product"]
    return {
        **shape,
        "ms": round(found["omar"] * 1e3, 2),
        "gflop": round(flop / 1e9, 3),
        "of_limit": round(flop / found["omar"] / peak, 3),
        "megabytes": round(found["megabytes"]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", metavar="FILE", help="where to keep the table")
    parser.add_argument("--only", choices=VARIED, nargs="+", default=list(VARIED))
    arguments = parser.parse_args()
    lines = []
    for name, shape in cases():
        if name in arguments.only:
            lines.append({"varied": name, **measure(shape)})
            row = "  ".join(f"{key} {value:,}" for key, value in lines[-1].items() if key != "varied")
            print(f"{name:8}{row}", flush=True)
    if arguments.csv:
        with open(arguments.csv, "w", newline="") as file:
            writer = csv.DictWriter(file, lines[0])
            writer.writeheader()
            writer.writerows(lines)


if __name__ == "__main__":
    main()
