"""What tasks on the host have in common whose copies are stepped in worker processes."""

import weakref
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

from omarl.envs.host.adapter import Copies, Copy, HostResult
from omarl.envs.host.workers import Pool


class InProcesses:
    """At most `copies` episodes side by side, each in what `make()` gives, spread over `workers` processes.

    With 0 workers everything happens in this process. The processes start when first needed, and end with
    `close()` or with this object.
    """

    def __init__(self, make: Callable[[], Copy], copies: int, workers: int) -> None:
        """Remember what to start; nothing is started yet."""
        self.make, self.copies, self.workers = make, copies, workers
        self._envs: Copies | Pool | None = None

    def envs(self) -> Copies | Pool:
        """The copies, made when first asked for."""
        if self._envs is None:
            here = self.workers == 0
            self._envs = (
                Copies(self.make, self.copies) if here else Pool(self.make, self.copies, self.workers)
            )
            weakref.finalize(self, self._envs.close)
        return self._envs

    def close(self) -> None:
        """End the worker processes; they start again when needed."""
        if self._envs is not None:
            self._envs.close()
        self._envs = None

    def reset(self, seeds: list[int]) -> HostResult:
        """Fresh episodes, one for each seed; `TrainingError` if an environment fails."""
        return self.envs().reset(seeds)

    def step(
        self, actions: Float[np.ndarray, "copies agent act"], alive: Bool[np.ndarray, "copies"]
    ) -> HostResult:
        """What comes of the actions where an episode is alive, elsewhere what was told last."""
        return self.envs().step(actions, alive)
