"""A look at all of an agent's logged actions, before it is decided what they are."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

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
        return self.reach <= 1 + TOLERANCE

    @property
    def reach(self) -> float:
        """The largest absolute value."""
        return float(np.max(np.maximum(-self.least, self.greatest)))

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


class Look(NamedTuple):
    """The same of a part of an agent's actions (see `Survey`)."""

    least: Float[np.ndarray, "columns"]
    greatest: Float[np.ndarray, "columns"]
    seen: Float[np.ndarray, "values"] | None
    whole: bool
    one_hot: bool


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
    return _joined(agent, columns, [_look(part) for part in parts if len(part)], typed)


def team_survey(
    columns: tuple[str, ...], parts: Iterable[Shaped[np.ndarray, "_ agent columns"]], typed: bool
) -> list[Survey]:
    """The surveys of all agents, which have the same columns and are called by their numbers."""
    looked = [[_look(part[:, agent]) for agent in range(part.shape[1])] for part in parts if len(part)]
    return [
        _joined(str(agent), columns, looks, typed) for agent, looks in enumerate(zip(*looked, strict=True))
    ]


def _joined(agent: str, columns: tuple[str, ...], looked: Sequence[Look], typed: bool) -> Survey:
    """The survey of an agent from a look at each part of its actions."""
    seen = [look.seen for look in looked if look.seen is not None]
    values = np.unique(np.concatenate(seen)) if len(seen) == len(looked) else None
    return Survey(
        agent=agent,
        columns=columns,
        least=np.min([look.least for look in looked], 0),
        greatest=np.max([look.greatest for look in looked], 0),
        seen=None if values is None or len(values) > FEW else values,
        whole=all(look.whole for look in looked),
        one_hot=all(look.one_hot for look in looked),
        typed=typed,
    )


def _look(logged: Shaped[np.ndarray, "rows columns"]) -> Look:
    """What a part of an agent's actions holds."""
    part = np.asarray(logged, np.float64)
    single = part.shape[1] == 1
    seen = np.unique(part) if single else None
    one_hot = not single and bool((((part == 0) | (part == 1)).all(1) & (part.sum(1) == 1)).all())
    return Look(
        least=part.min(0),
        greatest=part.max(0),
        seen=seen if seen is not None and len(seen) <= FEW else None,
        whole=bool((part == np.floor(part)).all()),
        one_hot=one_hot,
    )
