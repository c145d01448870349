"""Pieces of work side by side, each in a process of its own with a single thread, or one by one in this one.

A learner's networks are too small to share between cores: measured on OMAR's update (batch 1024), XLA's own
threads took 72 ms of CPU time where a single thread took 56, and two runs side by side do not wait for each
other. A failing piece, or a process that dies, does not stop the others.
"""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

Work = Callable[[Any], Any]
Tell = Callable[[Any, str | None], None]
"""`tell(item, failure)` after each piece of work; `failure` is None if it went well."""

ONE_THREAD = {
    "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false".strip(),
    "NPROC": "1",  # the size of XLA's pool of threads
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
PATIENCE = 10.0  # seconds that a process gets to end by itself


def run_all(work: Work, items: Sequence[Any], workers: int, tell: Tell, here: bool = True) -> None:
    """Do `work(item)` for every item, `workers` at a time, a single one in this process if it may be `here`.

    On an interrupt the processes are ended, and so are they if `tell` raises.
    """
    if not here or (workers > 1 and len(items) > 1):
        side_by_side(work, items, workers, tell)
        return
    for item in items:
        tell(item, attempt(work, item))


def attempt(work: Work, item: Any) -> str | None:
    """What went wrong in doing the work, in one line; None if nothing did."""
    try:
        work(item)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return None


def side_by_side(work: Work, items: Sequence[Any], workers: int, tell: Tell) -> None:
    """Do the work in processes."""
    waiting, running = deque(items), dict[Any, tuple[BaseProcess, Any]]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                item = waiting.popleft()
                process, receiver = launch(work, item)
                running[receiver] = process, item
            ready = wait(list(running))
            for receiver in [each for each in running if each in ready]:
                process, item = running.pop(receiver)
                tell(item, outcome(process, receiver))
    finally:
        stop([process for process, _ in running.values()])


def launch(work: Work, item: Any) -> tuple[BaseProcess, Connection]:
    """A new process that does the work, and the end of a pipe on which it will say how it went."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, item, sender))
    with environment({**ONE_THREAD, "JAX_PLATFORMS": "cpu"}), sender:
        process.start()
    return process, receiver


def _child(work: Work, item: Any, sender: Connection) -> None:
    """What a process does; an interrupt from the keyboard is its parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that half-written files are removed
    sender.send(attempt(work, item))


def outcome(process: BaseProcess, receiver: Connection) -> str | None:
    """What the process said, or how it died."""
    with receiver:
        try:
            said = receiver.recv()
        except EOFError:
            process.join()
            return f"its process ended with exit code {process.exitcode}"
    process.join()
    return said


def stop(processes: Sequence[BaseProcess]) -> None:
    """End processes, gently first."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(PATIENCE)
        process.kill()
        process.join()


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Environment variables that hold inside the `with` block, for processes started there."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
