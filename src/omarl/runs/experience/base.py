"""What an experience is: the one face that recordings and play show to the loop."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from omarl.training.tally import Tally


class Progress(NamedTuple):
    """Where a run stands; states and tally have the members on the leading axis.

    `position` counts what the experience counts, updates or environment steps. `due` says that the policies
    are to be evaluated here. The tally covers the updates since the evaluation before.
    """

    position: int
    states: Any
    tally: Tally
    due: bool

    @property
    def updates(self) -> Int[np.ndarray, "member"]:
        """Number of updates of each member."""
        return np.asarray(self.states.step)[:, 0]


@runtime_checkable
class Experience(Protocol):
    """Where updates come from. `end` is the position at which the run ends.

    `seconds` counts the time that was spent on playing and learning in this process, compilation apart.
    """

    end: int

    @property
    def seconds(self) -> float:
        """Seconds of playing and learning."""
        ...

    def start(self) -> Progress:
        """The beginning of a run."""
        ...

    def advance(self, progress: Progress, until: int) -> Progress:
        """The run further on: at `until`, or where the next evaluation is due if that comes first.

        It takes at least one step, and may go beyond `until` by what cannot be divided. The old progress must
        not be used afterwards: its memory is taken over.
        """
        ...

    def save(self, folder: Path) -> dict[str, Any]:
        """Write what is needed to go on from here to `folder`, and return what says how much of it counts."""
        ...

    def restore(self, folder: Path, kept: Mapping[str, Any]) -> None:
        """Take up what `save` wrote; `kept` is what it returned."""
        ...


def run_through(experience: Experience) -> Progress:
    """Where a run ends that nothing is measured or kept of."""
    progress = experience.start()
    while progress.position < experience.end:
        progress = experience.advance(progress, experience.end)
    return progress


def following(position: int, every: int, end: int) -> int:
    """The first multiple of `every` after a position, or the end if that comes first."""
    return min(position - position % every + every, end)


def forgotten(progress: Progress) -> Progress:
    """The progress with an empty tally, when its evaluation is done."""
    return progress._replace(tally=jax.tree.map(jnp.zeros_like, progress.tally), due=False)


def member_of(tree: Any, index: int) -> Any:
    """One member's part of a tree that has the members on the leading axis."""
    return jax.tree.map(lambda leaf: leaf[index], tree)


def stacked(trees: list[Any]) -> Any:
    """Several members' trees as one, with the members on the leading axis."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)
