"""A look at all of an agent's logged actions, before it is decided what they are."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.data.checks import TOLERANCE

FEW = 64


class Survey(NamedTuple):
    """What an agent's action columns hold in all rows in which the agent acts.

    `seen` are the distinct values of a single column, or None if there are several columns or more than `FEW`
    values. `typed` says that the log stores whole numbers or truth values.
    """

    agent: str
    columns: tuple[str, ...]
    least: Float[np.ndarray, "columns"]
    greatest: Float[np.ndarray, "columns"]
    seen: Float[np.ndarray, "values"] | None
    whole: bool
    one_hot: bool
    typed: bool

    @property
    def inside(self) -> bool:
        """Whether all values are in [-1, 1]."""
        return bool((self.least >= -1 - TOLERANCE).all() and (self.greatest <= 1 + TOLERANCE).all())

    @property
    def extent(self) -> str:
        """The least and greatest values of the column that reaches farthest, in words."""
        column = int(np.argmax(np.maximum(-self.least, self.greatest)))
        return (
            f"actions of agent {self.agent!r} run from {self.least[column]:g} to {self.greatest[column]:g} "
            f"in {self.columns[column]}"
        )

    @property
    def used(self) -> int:
        """Number of columns that ever change."""
        return int(np.count_nonzero(self.greatest > self.least))


def team_values(surveys: Sequence[Survey]) -> Float[np.ndarray, "values"] | None:
    """The distinct values of all agents' single columns, or None where there are too many."""
    seen = [found.seen for found in surveys if found.seen is not None]
    values = np.unique(np.concatenate(seen)) if len(seen) == len(surveys) else None
    return None if values is None or len(values) > FEW else values


def choice_like(surveys: Sequence[Survey]) -> bool:
    """Whether these look like the numbers of choices: a few whole numbers without wide gaps."""
    values = team_values(surveys)
    if values is None or len(values) < 2 or not all(found.typed for found in surveys):
        return False
    return bool(values[-1] - values[0] < 2 * len(values))


def survey(
    agent: str, columns: tuple[str, ...], parts: Iterable[Float[np.ndarray, "_ _"]], typed: bool
) -> Survey:
    """The survey of an agent's actions, which come in parts."""
    looked = [_look(np.asarray(part, np.float64)) for part in parts if len(part)]
    least, greatest, seen, whole, one_hot = zip(*looked, strict=True)
    values = None if any(part is None for part in seen) else np.unique(np.concatenate(seen))
    return Survey(
        agent=agent,
        columns=columns,
        least=np.min(least, 0),
        greatest=np.max(greatest, 0),
        seen=None if values is None or len(values) > FEW else values,
        whole=all(whole),
        one_hot=all(one_hot),
        typed=typed,
    )


def _look(part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, bool, bool]:
    """Least and greatest values, the distinct ones, and whether they are whole or one-hot."""
    single = part.shape[1] == 1
    seen = np.unique(part) if single else None
    one_hot = not single and bool((((part == 0) | (part == 1)).all(1) & (part.sum(1) == 1)).all())
    return (
        part.min(0),
        part.max(0),
        seen if seen is not None and len(seen) <= FEW else None,
        bool((part == np.floor(part)).all()),
        one_hot,
    )
