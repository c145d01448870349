"""Evaluations, and what must be said of them, as lines of text."""

import sys

from omarl.cli.draw.card import plain
from omarl.records.record import Record
from omarl.versions import VersionPairs, version_differences


def returns(records: list[Record]) -> str:
    """The mean returns of all records in a few words."""
    return "return " + " ".join(f"{record.return_mean:.1f}" for record in records) if records else ""


def seed_lines(records: list[Record]) -> str:
    """One line per seed: raw return and both normalised scores."""
    if not records:
        return "trained, without evaluation"
    return "\n".join(
        f"seed {r.seed}: return {r.return_mean:.1f} +- {r.return_std:.1f} over {r.episodes} episodes"
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
