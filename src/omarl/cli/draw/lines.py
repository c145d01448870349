"""Evaluations, and what must be said of them, as lines of text."""

import sys

from omarl.cli.draw.card import plain
from omarl.records.record import Record
from omarl.versions import VersionPairs, version_differences


def returns(records: list[Record]) -> str:
    """The mean returns of all records, and their win rates where they are known, in a few words."""
    if not records:
        return ""
    won = [f"{record.win_rate:.2f}" for record in records if record.win_rate is not None]
    means = " ".join(f"{record.return_mean:.1f}" for record in records)
    return f"return {means}" + (f", win rate {' '.join(won)}" if won else "")


def win_rate(known: float | None) -> str:
    """A win rate as a part of a line; nothing where the task knows no wins."""
    return "" if known is None else f", win rate {known:.2f}"


def seed_lines(records: list[Record]) -> str:
    """One line per seed: raw return, win rate if the task knows wins, and both normalised scores."""
    if not records:
        return "trained, without evaluation"
    return "\n".join(
        f"seed {r.seed}: return {r.return_mean:.1f} +- {r.return_std:.1f} over {r.episodes} episodes"
        + win_rate(r.win_rate)
        + "".join(f", {name} {s:.1f}" for name, s in scores(r) if s is not None)
        for r in records
    )


def scores(record: Record) -> tuple[tuple[str, float | None], ...]:
    """Both normalised scores with their names."""
    return ("score", record.score), ("score by the paper's references", record.score_paper)


def say_differences(found: VersionPairs) -> None:
    """Tell on standard error of which simulators another version is installed here than made the data."""
    for line in version_differences(found):
        print(plain(line), file=sys.stderr)
