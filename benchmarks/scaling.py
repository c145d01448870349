"""Prints how OMAR's update grows with agents, batch, width, candidates and rows, one of them at a time.

Each line is a process of its own with one thread: `ms` of an update, its arithmetic in `GFLOP`, the `rate` in
GFLOP/s of one product of matrices measured beside it, the share `of limit` that the update reaches of that
rate, and the process's largest resident memory in MB, the recordings and the compiled program included.
`--csv FILE` keeps the lines and does not measure again what the file has; `--plot FILE` draws them, measured
and as the arithmetic would have it.
"""

import argparse
import csv
from pathlib import Path
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
COLUMNS = ("varied", *USUAL, "ms", "gflop", "rate", "of_limit", "megabytes")


def cases(only):
    """What is varied and the whole shape, for every case."""
    return [(name, {**USUAL, name: value}) for name in only for value in VARIED[name]]


def measure(shape):
    """What is measured of one shape."""
    flop = updates.arithmetic("omar", *(shape[name] for name in ("agents", "batch", "width", "samples")))
    stretch = max(1, int(SECONDS * 40e9 / flop))
    arguments = SimpleNamespace(
        **shape, normalisation="batch", repeats=3, updates=stretch, learners=("omar",), threads="one"
    )
    found = updates.in_a_process(arguments, updates.ROOT / "src")
    return {
        "ms": round(found["omar"] * 1e3, 2),
        "gflop": round(flop / 1e9, 3),
        "rate": round(found["rate"] / 1e9, 1),
        "of_limit": round(flop / found["omar"] / found["rate"], 3),
        "megabytes": round(found["megabytes"]),
    }


def kept(path):
    """The lines of an earlier run, by what was varied and the value that it had."""
    if path is None or not path.exists():
        return {}
    with path.open(newline="") as file:
        lines = [{key: number(text) for key, text in line.items()} for line in csv.DictReader(file)]
    return {(line["varied"], line[line["varied"]]): line for line in lines}


def number(text):
    """A field of the table: a number, or the name of what is varied."""
    if text in VARIED:
        return text
    return float(text) if "." in text else int(text)


def write(path, lines):
    """All lines as a table."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)


def plot(lines):
    """A panel for everything that is varied: an update's time, and what the products alone would take."""
    import altair as alt

    from omarl.report.draw.svg import COLOURS, render, standalone

    kinds = {
        "measured": lambda line: line["ms"],
        "products alone": lambda line: line["ms"] * line["of_limit"],
    }
    panels = []
    for name in dict.fromkeys(line["varied"] for line in lines):
        values = [line[name] for line in lines if line["varied"] == name]
        points = [
            {"value": line[name], "ms": of(line), "kind": kind}
            for line in lines
            if line["varied"] == name
            for kind, of in kinds.items()
        ]
        along = {
            "scale": alt.Scale(type="log", domain=[min(values), max(values)], nice=False),
            "axis": alt.Axis(values=values, grid=False, format=","),
        }
        up = {"scale": alt.Scale(type="log"), "axis": alt.Axis(tickCount=3)}
        panels.append(
            alt.Chart(alt.Data(values=points), title=name, width=190, height=170)
            .mark_line(point=True)
            .encode(
                x=alt.X("value:Q", title=None, **along),
                y=alt.Y("ms:Q", title="ms per update", **up),
                color=alt.Color("kind:N", scale=alt.Scale(domain=list(kinds), range=COLOURS[:2])),
            )
        )
    figure = render(
        alt.concat(*panels, columns=3),
        title="How an update of OMAR grows",
        description="Time of an update and of its products by agents, batch, width, candidates, rows.",
        prefix="scaling",
    )
    return standalone(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", metavar="FILE", type=Path, help="where the table is kept")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="where to draw it, as SVG")
    parser.add_argument("--only", choices=VARIED, nargs="+", default=list(VARIED))
    arguments = parser.parse_args()
    lines = kept(arguments.csv)
    for name, shape in cases(arguments.only):
        if (name, shape[name]) not in lines:
            lines[name, shape[name]] = {"varied": name, **shape, **measure(shape)}
            if arguments.csv:
                write(arguments.csv, lines.values())
        row = "  ".join(
            f"{key} {value:,}" for key, value in lines[name, shape[name]].items() if key != "varied"
        )
        print(f"{name:8}{row}", flush=True)
    if arguments.plot:
        arguments.plot.write_text(plot(list(lines.values())))


if __name__ == "__main__":
    main()
