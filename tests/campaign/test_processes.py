import multiprocessing
import os
import signal
from typing import Any

import pytest

from omarl.campaign.backends.processes import run_on_cpu


def work(item: Any) -> None:
    """What a process of the pool is asked to do."""
    if item == "fail":
        raise ValueError("as it was asked to")
    if item == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "look":
        assert os.environ["NPROC"] == "1" and "multi_thread_eigen=false" in os.environ["XLA_FLAGS"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_piece_does_not_stop_the_others(workers: int) -> None:
    told: dict[str, str | None] = {}
    run_on_cpu(work, ["fail", "fine"], workers, told.__setitem__)
    assert told == {"fail": "ValueError: as it was asked to", "fine": None}


def test_a_process_that_dies_is_told_and_each_has_one_thread() -> None:
    told: dict[str, str | None] = {}
    before = dict(os.environ)
    run_on_cpu(work, ["die", "look", "fine"], 2, told.__setitem__)
    assert told == {"die": "its process ended with exit code -9", "look": None, "fine": None}
    assert dict(os.environ) == before


def hang(item: Any) -> None:
    """Wait for longer than any test."""
    if item:
        signal.pause()


def test_an_interrupt_ends_the_processes() -> None:
    def interrupt(item: Any, failure: str | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_on_cpu(hang, [False, True], 2, interrupt)
    assert multiprocessing.active_children() == []
