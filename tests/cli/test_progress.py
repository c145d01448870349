"""Progress: plain lines without a terminal, a bar and one last line on one."""

import io

import pytest

from omarl.cli.draw import progress
from omarl.cli.draw.progress import Meter


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_without_a_terminal_there_is_a_line_now_and_then(clock, capsys):
    with Meter("training", 1000, "updates") as meter:
        for seconds, done in ((0, 0), (4, 100), (10, 400), (12, 500), (25, 1000)):
            clock[0] = 100.0 + seconds
            meter(done, "return 1.5")
    assert capsys.readouterr().err.splitlines() == [
        "training: 400 of 1,000 updates, 40 updates/s, 15 s left; return 1.5",
        "training: 1,000 of 1,000 updates, 40 updates/s; return 1.5",
    ]


def test_the_rate_of_a_resumed_run_counts_what_was_done_now(clock, capsys):
    with Meter("training", 1000, "updates") as meter:
        meter(800)
        clock[0] += 20
        meter(900)
    assert capsys.readouterr().err == "training: 900 of 1,000 updates, 5.0 updates/s, 20 s left\n"


def test_what_is_done_at_once_has_no_rate(clock, capsys):
    with Meter("collecting", 1000, "steps") as meter:
        clock[0] += 20
        meter(1000, "mean return 2")
    assert capsys.readouterr().err == "collecting: 1,000 of 1,000 steps; mean return 2\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_one_line_stays(clock, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with Meter("training", 10, "updates") as meter:
        clock[0] += 3
        meter(10)
    assert terminal.getvalue().endswith("training: 10 updates in 3 s\n")


def test_an_interrupt_passes_through(capsys):
    with pytest.raises(KeyboardInterrupt), Meter("training", 10, "updates"):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""
