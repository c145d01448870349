"""The loop of every run: save, evaluate, append, tell, advance, whatever the experience is.

A checkpoint is written before the evaluation whose rows it does not cover yet. So a run that is killed
anywhere goes on from its last checkpoint, cuts its tables to the lengths that stand in it, and comes to the
same rows again.
"""

import time
from typing import Protocol, runtime_checkable

from omarl.runs.experience.base import Experience, Progress, forgotten

PERIOD = 60.0
"""Seconds after which a run is saved although no evaluation is due."""
PIECE = 20.0
"""Seconds that an experience should advance at a time, so that a run can be saved in between."""
FIRST = 16
"""How far the first piece goes, while the pace is not known; a piece is at most twice the one before it."""


@runtime_checkable
class Journal(Protocol):
    """Where a run, or many side by side, leaves what is saved and measured."""

    def begin(self, experience: Experience) -> Progress:
        """Where the run starts, or goes on."""
        ...

    def patience(self, progress: Progress) -> float:
        """Seconds since the last time after which the progress is to be saved."""
        ...

    def save(self, progress: Progress) -> None:
        """Write down all that is needed to go on from here."""
        ...

    def evaluate(self, progress: Progress) -> bool:
        """Measure, append to the tables, tell; whether the run ends here."""
        ...

    def check(self, progress: Progress) -> None:
        """Look for faults; raise `TrainingError` if none is left that can go on."""
        ...


def carry_out(experience: Experience, journal: Journal) -> Progress:
    """Take a run from its beginning, or from where it was saved, to its end; where it stood then."""
    progress = journal.begin(experience)
    saved, reach = time.monotonic() - PERIOD, FIRST
    while True:
        if time.monotonic() - saved >= journal.patience(progress):
            journal.save(progress)
            saved = time.monotonic()
        if progress.due:
            if journal.evaluate(progress):
                return progress
            progress = forgotten(progress)
        begin, before = time.monotonic(), progress.position
        progress = experience.advance(progress, before + reach)
        journal.check(progress)
        done, taken = progress.position - before, max(time.monotonic() - begin, 1e-6)
        reach = max(1, min(2 * max(done, reach), int(done / taken * PIECE)))
