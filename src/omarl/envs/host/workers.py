"""Copies of an environment spread over worker processes that live as long as the pool.

Processes are spawned, never forked (JAX runs threads), and import no JAX. A worker ignores Ctrl-C, which
reaches the parent, and ends when the parent's end of its pipe closes, however the parent ended.
"""

import contextlib
import multiprocessing
import signal
import sys
import traceback
from collections.abc import Callable
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from omarl.envs.host.adapter import Copies, Copy, HostResult, gathered
from omarl.errors import RequestError, TrainingError

PATIENCE = 5.0  # seconds that a worker has to close its environments


def serve(pipe: Connection, make: Callable[[], Copy], count: int) -> None:
    """A worker's life: make the copies, then answer each (method, arguments) by (failure, result)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    copies = None
    try:
        copies = Copies(make, count)
        pipe.send((None, None))
        while (call := pipe.recv()) is not None:
            method, arguments = call
            pipe.send((None, getattr(copies, method)(*arguments)))
    except EOFError:
        pass
    except Exception as error:
        said = error if isinstance(error, RequestError) else f"{type(error).__name__}: {error}"
        with contextlib.suppress(OSError):
            pipe.send(((said, traceback.format_exc()), None))
    finally:
        if copies is not None:
            copies.close()


def unsendable(make: Callable[[], Any]) -> str:
    """Why `make` cannot be sent to spawned processes; empty if it can."""
    try:
        text = bytes(ForkingPickler.dumps(make))
    except Exception as error:  # whatever it is that cannot be sent
        return " ".join(str(error).split())[:120]
    interactive = getattr(sys.modules["__main__"], "__file__", None) is None
    return "it belongs to an interactive session" if interactive and b"__main__" in text else ""


def shares(count: int, workers: int) -> list[slice]:
    """Consecutive copies for each worker, as equal in number as can be."""
    edges = np.linspace(0, count, min(workers, count) + 1).round().astype(int)
    return [slice(first, last) for first, last in pairwise(edges.tolist())]


class Pool:
    """`count` copies, each of which `make()` gives, in `workers` processes; the face of `Copies`.

    What a copy does depends on its seed alone, so the number of workers changes nothing but the speed. Once
    anything has failed the pool is closed.
    """

    def __init__(self, make: Callable[[], Copy], count: int, workers: int) -> None:
        """Start the workers; `RequestError` if `make` cannot be sent to them, `TrainingError` if it fails."""
        self.shares = shares(count, workers)
        """The episodes of each worker that has some, at first as many as there can be."""
        self.pipes: list[Connection] = []
        self.processes: list[Any] = []
        try:
            for share in self.shares:
                self._start(make, share.stop - share.start)
            for index in range(len(self.pipes)):
                self._answer(index)
        except BaseException:
            self.close()
            raise

    def reset(self, seeds: list[int]) -> HostResult:
        """Fresh episodes, one for each seed, spread over the workers."""
        self.shares = shares(len(seeds), len(self.pipes))
        return self._ask("reset", lambda share: (seeds[share],))

    def step(
        self, actions: Float[np.ndarray, "copies agent act"], alive: Bool[np.ndarray, "copies"]
    ) -> HostResult:
        """What comes of the actions where the episode goes on; elsewhere what was told last."""
        return self._ask("step", lambda share: (actions[share], alive[share]))

    def close(self) -> None:
        """End the workers: gently, then after some seconds by force."""
        for pipe in self.pipes:
            with contextlib.suppress(OSError):
                pipe.send(None)
            pipe.close()
        for process in self.processes:
            process.join(PATIENCE)
            if process.is_alive():
                process.terminate()
                process.join()
        self.pipes, self.processes = [], []

    def _start(self, make: Callable[[], Copy], count: int) -> None:
        """One more worker."""
        why = unsendable(make)
        if why:
            raise RequestError(
                f"{make} cannot be sent to other processes ({why}): define it at the top of a module, or "
                "ask for workers=0"
            )
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, make, count), daemon=True)
        self.pipes.append(ours)
        try:
            process.start()
        finally:
            theirs.close()
        self.processes.append(process)

    def _ask(self, method: str, arguments: Callable[[slice], tuple]) -> HostResult:
        """Every worker's answer to one call, joined; after a failure or Ctrl-C the pool is closed."""
        try:
            for index, share in enumerate(self.shares):
                self._send(index, (method, arguments(share)))
            answers = [self._answer(index) for index in range(len(self.shares))]
        except BaseException:
            self.close()
            raise
        return gathered(np.concatenate, answers)

    def _send(self, index: int, call: tuple) -> None:
        """Send a call; that a worker is gone shows when it is asked for its answer."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.pipes[index].send(call)

    def _answer(self, index: int) -> Any:
        """A worker's answer; `TrainingError` with the worker's own traceback as a note if it failed.

        `RequestError` if the environment broke its promise.
        """
        try:
            failure, result = self.pipes[index].recv()
        except (EOFError, ConnectionResetError):
            self.processes[index].join(PATIENCE)
            code = self.processes[index].exitcode
            raise TrainingError(f"an environment's process ended by itself (exit code {code})") from None
        if failure is not None and isinstance(failure[0], RequestError):
            raise failure[0]
        if failure is not None:
            error = TrainingError(f"an environment failed: {failure[0]}")
            error.add_note(failure[1])
            raise error
        return result
