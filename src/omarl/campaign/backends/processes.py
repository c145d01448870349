"""The backend `processes`: runs side by side on the CPU, each in a process of its own with a single thread.

A learner's networks are too small to share between cores: measured on OMAR's update (batch 1024), XLA's own
threads took 72 ms of CPU time where a single thread took 56, and two runs side by side do not wait for each
other. A piece of work that fails, or a process that dies, does not stop the others.
"""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from omarl.campaign.backends.backend import Backend, TellOutcome, Work, accelerated, attempt
from omarl.campaign.backends.here import one_by_one
from omarl.campaign.work import perform
from omarl.nets.kernels.blocks import usable_cores

ONE_THREAD = {
    "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false".strip(),
    "NPROC": "1",  # the size of XLA's pool of threads
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
GRACE_SECONDS = 10.0  # that a process gets to end by itself


def run_on_cpu(work: Work, items: Sequence[Any], workers: int, tell: TellOutcome) -> None:
    """Do `work(item)` for every item on the CPU, `workers` at a time.

    Where nothing would go side by side it is done in this process, unless that computes on an accelerator.
    """
    if accelerated() or (workers > 1 and len(items) > 1):
        run_in_processes(work, items, workers, tell)
    else:
        one_by_one(work, items, tell)


def run_in_processes(work: Work, items: Sequence[Any], workers: int, tell: TellOutcome) -> None:
    """Do the work in processes, which are ended on an interrupt and if `tell` raises."""
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
    """A new process that does the work, and the pipe on which it says how it went."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, item, sender))
    with environment({**ONE_THREAD, "JAX_PLATFORMS": "cpu"}), sender:
        process.start()
    return process, receiver


def _child(work: Work, item: Any, sender: Connection) -> None:
    """Do the work in a process; an interrupt from the keyboard is left to its parent."""
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
        process.join(GRACE_SECONDS)
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


PROCESSES = Backend(
    carry_out=lambda runs, width, tell: run_on_cpu(perform, runs, width, tell),
    width=usable_cores,
    describe=lambda width: f"{width} at a time, each in a process of one thread",
)
