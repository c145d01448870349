"""The errors that users see: a request that cannot be met, or a run that had to stop."""

from collections.abc import Mapping
from typing import TypeVar

_T = TypeVar("_T")


class RequestError(ValueError):
    """The request was wrong: an unknown name, a bad value, unreadable data (exit code 2).

    The message names the value, what was expected, and the remedy.
    """


class SimulatorError(RequestError):
    """A task's simulator is not installed here, or its installation cannot be used.

    What needs no simulator, such as learning from recorded data, goes on without it.
    """


class TrainingError(RuntimeError):
    """Training had to stop, for instance because a loss became NaN or infinite (exit code 1)."""


def one_line(error: BaseException) -> str:
    """The kind of an error and the first 120 characters of what it says, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:120]


def require_seed(seed: int) -> None:
    """Raise `RequestError` for a seed that the random number generator does not accept."""
    if not 0 <= seed < 2**32:
        raise RequestError(f"seed {seed}: expected a whole number from 0 to {2**32 - 1}")


def choose(kind: str, name: str, table: Mapping[str, _T]) -> _T:
    """The entry of `table` called `name`; raises `RequestError` with the choices if there is none."""
    if name not in table:
        raise RequestError(f"unknown {kind} {name!r}: choose one of {', '.join(sorted(table))}")
    return table[name]
