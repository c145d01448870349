"""The progress of long work: a bar on a terminal, elsewhere a line every few seconds."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 10.0  # seconds between plain lines


class Meter:
    """A context manager that shows on standard error how much of `total` is done."""

    def __init__(self, title: str, total: int, unit: str) -> None:
        """Prepare a meter; `unit` is the plural of what is counted."""
        self.title, self.total, self.unit = title, total, unit
        self._begin = self._said = time.monotonic()
        self._done = 0
        self._first: int | None = None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(title, total=total, rate="", note="")

    def __enter__(self) -> "Meter":
        """Start showing."""
        if sys.stderr.isatty():
            self._bar.start()
        return self

    def __call__(self, done: int, note: str = "") -> None:
        """Show that `done` of the total are done, with a short note."""
        now = time.monotonic()
        self._first = done if self._first is None else self._first
        self._done = done
        rate = (done - self._first) / max(now - self._begin, 1e-9)
        speed = f"{rate:,.0f} {self.unit}/s" if rate >= 10 else f"{rate:.1f} {self.unit}/s"
        speed = speed if rate > 0 else ""  # what was done before the first call may be of an earlier run
        self._bar.update(self._task, completed=done, rate=speed, note=note)
        if not sys.stderr.isatty() and (now - self._said >= EVERY or done >= self.total):
            self._said = now
            left = f", {(self.total - done) / rate:.0f} s left" if rate > 0 and done < self.total else ""
            parts = [f"{self.title}: {done:,} of {self.total:,} {self.unit}", speed]
            line = ", ".join(filter(None, parts)) + left
            print(f"{line}; {note}" if note else line, file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing; on a terminal, print one line that says what was done."""
        if sys.stderr.isatty():
            self._bar.stop()
        if sys.stderr.isatty() and self._done:
            seconds = time.monotonic() - self._begin
            print(f"{self.title}: {self._done:,} {self.unit} in {seconds:.0f} s", file=sys.stderr)
