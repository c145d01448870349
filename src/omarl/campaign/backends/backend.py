"""What a backend is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax

from omarl.campaign.plan import PlannedRun

Work = Callable[[Any], Any]
TellOutcome = Callable[[Any, str | None], None]
"""`tell(item, failure)` after each piece of work; `failure` is None if it went well."""


@dataclass(frozen=True)
class Backend:
    """A way to carry out many runs.

    `carry_out(runs, width, tell)` carries out all of them, at most `width` side by side, and tells how each
    ended. A run that fails leaves its `failed.txt` (see `work.perform`) and does not stop the others.
    `width()` is the usual number for this machine, `describe(width)` says in words how the runs go.
    """

    carry_out: Callable[[Sequence[PlannedRun], int, TellOutcome], None]
    width: Callable[[], int]
    describe: Callable[[int], str]


def accelerated() -> bool:
    """Whether there is an accelerator to compute on."""
    return jax.default_backend() != "cpu"


def attempt(work: Work, item: Any) -> str | None:
    """What went wrong in doing the work, in one line; None if nothing did."""
    try:
        work(item)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return None
