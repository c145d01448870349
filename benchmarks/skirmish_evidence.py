"""Prints how scripted policies fare in the skirmishes, as Markdown tables.

The first table stands beside what smaclite was measured to do with the same policies, and says where the
differences are within margins that were fixed before. The second has our own numbers: all maps, and what the
choices change that nobody has measured in the game. Half an hour on one core.
"""

import argparse
from collections.abc import Iterable
from typing import NamedTuple

import jax
import numpy as np

from omarl.envs import make
from omarl.envs.skirmish.endings import Endings, as_told, for_losses, fought
from omarl.envs.skirmish.scripts import script_shares

POLICIES = {
    "random": script_shares(random=1.0),
    "nearest, 30 % random": script_shares(random=0.3, nearest=0.7),
    "nearest": script_shares(nearest=1.0),
    "focus": script_shares(focus=1.0),
}


class Measured(NamedTuple):
    """What smaclite was measured to do: means over some battles, the standard deviation of returns."""

    whose: str
    battles: int
    returns: float
    spread: float
    length: float
    left: float | None = None


MIXED = "nearest, 30 % random"
OWN_PORT = "as it is"
CPP = "C++ RVO2"
SMACLITE = {
    ("2s3z", "random"): (
        Measured(OWN_PORT, 200, 3.87, 0.93, 43.7, 4.99),
        Measured(CPP, 200, 3.84, 0.95, 44.0),
    ),
    ("2s3z", MIXED): (
        Measured(OWN_PORT, 200, 10.36, 2.79, 38.5, 2.74),
        Measured(CPP, 200, 10.3, 2.5, 38.5),
    ),
    ("3s5z", "random"): (
        Measured(OWN_PORT, 200, 4.09, 0.83, 50.3, 7.98),
        Measured(CPP, 200, 4.13, 0.80, 47.1),
    ),
    ("3s5z", MIXED): (
        Measured(OWN_PORT, 200, 11.42, 2.59, 43.2, 4.05),
        Measured(CPP, 200, 11.2, 2.3, 42.4),
    ),
    ("1c3s5z", "random"): (
        Measured(OWN_PORT, 60, 6.33, 1.49, 54.0, 7.82),
        Measured(f"{CPP}, other map", 200, 6.55, 1.46, 61.3),
    ),
    ("1c3s5z", MIXED): (
        Measured(OWN_PORT, 88, 14.60, 2.74, 62.7, 2.03),
        Measured(f"{CPP}, other map", 183, 14.8, 2.7, 64.1),
    ),
}
"""smaclite 0d6abbe with SMAC's time limits. Its search for neighbours was replaced by one that finds the same
sooner. `as it is` moves units by its own RVO2 in numpy; the other measurements use its RVO2 in C++. It has no
1c3s5z: in the first ones that is its 3s5z with one colossus put first on both sides, in the others a map of
their own. Battles that it stops with an error, because a colossus shoots where nobody is, are left out."""

MARGINS = {
    "random": {"returns": 0.5, "length": 3.0, "left": 0.4},
    MIXED: {"returns": 1.0, "length": 3.0, "left": 0.4},
}
"""How far means may differ; fixed before anything was measured."""

GAME = (
    *(("2s3z", {}), ("2s3z", {"starts": "jittered"})),
    *(("3s5z", {}), ("3s5z", {"starts": "jittered"})),
    ("1c3s5z", {}),
    *(("2c_vs_64zg", {"beams": beams}) for beams in ("cut", "kept")),
    *(("2c_vs_64zg", {"beams": beams, "units": "smaclite"}) for beams in ("cut", "kept")),
)
"""The tasks of the second table, with the parameters that are not left as they are."""
SLOW = {"beams", "units"}
"""Tasks with these parameters, 66 units that avoid each other one by one, are fought a tenth as often."""


def fight(name: str, battles: int, pay=as_told, policies: Iterable[str] = POLICIES, **parameters):
    """Yields how battles end by each policy."""
    task = make(f"skirmish-{name}", **parameters)
    for number, policy in enumerate(policies):
        endings = fought(task, POLICIES[policy], jax.random.key(number), battles, pay)
        yield policy, Endings(*map(np.asarray, endings))


def compared(ours, theirs: float | None, others: int, margin: float) -> str:
    """Our mean beside theirs, the difference, twice its standard error, and whether it is in the margin.

    The standard error takes it that their battles differ among each other as ours do.
    """
    if theirs is None:
        return f"{ours.mean():.2f} | | |"
    difference = ours.mean() - theirs
    twice = 2.0 * ours.std() * np.sqrt(1 / len(ours) + 1 / others)
    held = (
        "yes" if abs(difference) + twice <= margin else "no" if abs(difference) - twice > margin else "open"
    )
    return f"{ours.mean():.2f} | {theirs:.2f} | {difference:+.2f} ± {twice:.2f} {held} |"


def beside_smaclite(battles: int) -> None:
    """Print our battles by smaclite's numbers beside smaclite's."""
    print(
        "| map, policy | smaclite |",
        *(f"{what} | its | difference |" for what in ("return", "length", "left")),
    )
    print("|---|---|" + "---|" * 9)
    for name in dict.fromkeys(name for name, _ in SMACLITE):
        for policy, ours in fight(name, battles, for_losses, MARGINS, units="smaclite"):
            for theirs in SMACLITE[name, policy]:
                cells = [
                    compared(getattr(ours, field), getattr(theirs, field), theirs.battles, margin)
                    for field, margin in MARGINS[policy].items()
                ]
                print(f"| {name}, {policy} | {theirs.whose} |", *cells, flush=True)


def told(battles: Endings) -> str:
    """Wins in percent, return with standard deviation, length, enemies left."""
    won, left = 100 * battles.won.mean(), battles.left.mean()
    returns = f"{battles.returns.mean():.1f} ± {battles.returns.std():.1f}"
    return f"{won:.0f} %, {returns}, {battles.length.mean():.0f}, {left:.1f}"


def by_ourselves(battles: int) -> None:
    """Print our own numbers."""
    print("| task |", *(f"{policy} |" for policy in POLICIES))
    print("|---|" + "---|" * len(POLICIES))
    for name, parameters in GAME:
        count = battles // 10 if set(parameters) == SLOW else battles
        cells = [f"{told(endings)} |" for _, endings in fight(name, count, **parameters)]
        label = " ".join([name, *(f"{key}={value}" for key, value in parameters.items())])
        print(f"| {label} |", *cells, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--battles", type=int, default=1000, help="battles in each cell (default 1000)")
    battles = parser.parse_args().battles
    print(f"{battles:,} battles in each cell, jax {jax.__version__}, {jax.devices()[0].device_kind}\n")
    beside_smaclite(battles)
    print()
    by_ourselves(battles)


if __name__ == "__main__":
    main()
