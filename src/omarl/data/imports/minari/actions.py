"""The action space of a Minari dataset, and recorded actions as those of a team of one agent."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.data.imports.mapping import Bounds, Columns, read_mapping
from omarl.data.imports.minari.episode import StoredEpisode, StoredNumbers
from omarl.data.imports.rows import one_hot, rescale
from omarl.errors import RequestError


class BoxSpace(NamedTuple):
    """Bounds of a continuous action, flattened."""

    low: np.ndarray
    high: np.ndarray

    @property
    def bounded(self) -> bool:
        """Whether every number of an action has bounds."""
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())


class DiscreteSpace(NamedTuple):
    """An action space of `choices` whole numbers, beginning with `start`."""

    choices: int
    start: int


ActionSpace = BoxSpace | DiscreteSpace


def parse_action_space(space: Any, source: Path) -> ActionSpace:
    """The action space in the metadata; `RequestError` unless it is a Box or Discrete."""
    try:
        if space["type"] == "Discrete":
            return DiscreteSpace(operator.index(space["n"]), operator.index(space.get("start", 0)))
        if space["type"] == "Box":
            return BoxSpace(*(np.asarray(space[side], np.float64).reshape(-1) for side in ("low", "high")))
    except (TypeError, KeyError, ValueError):
        pass
    raise RequestError(
        f"{source}: action space {str(space)[:80]}, expected a Box or Discrete one{_remedy(space)}"
    )


def _remedy(space: Any) -> str:
    """What to do about an action of several choices."""
    counts = (
        space.get("nvec") if isinstance(space, Mapping) and space.get("type") == "MultiDiscrete" else None
    )
    if not isinstance(counts, list):
        return ""
    choices = int(np.prod(np.asarray(counts, np.float64)))
    return (
        f": an agent makes one choice a step; record the combination as one of {choices} choices "
        "(numpy.ravel_multi_index), or export the log as a table with an agent for each choice"
    )


def given_bounds(mapping: str | Path | None) -> Columns:
    """What a mapping says about a Minari dataset: its id and the bounds of actions, nothing else."""
    found = Columns() if mapping is None else read_mapping(mapping)
    if replace(found, id=None, low=None, high=None) != Columns():
        raise RequestError(
            f"{mapping}: of a Minari dataset a mapping can only say id, and low and high in [action]"
        )
    return found


def with_bounds(space: ActionSpace, said: Columns, episodes: Sequence[StoredEpisode]) -> ActionSpace:
    """The space with the bounds that the user gave; `RequestError` if it has none and none were given."""
    if isinstance(space, DiscreteSpace):
        if said.low is not None:
            raise RequestError(
                f"bounds of actions were given: these are {space.choices} choices, which have none"
            )
        return space
    if said.low is not None and said.high is not None:
        return BoxSpace(*(_each(bound, len(space.low)) for bound in (said.low, said.high)))
    if not space.bounded:
        seen = [episode.numbers("actions") for episode in episodes]
        least, most = (pick([pick(part) for part in seen if part.size]) for pick in (np.min, np.max))
        raise RequestError(
            "the action space has no bounds, and actions are learnt in [-1, 1]: give the bounds in a file, "
            f"with --mapping FILE: [action] and below it low = {least:.6g} and high = {most:.6g} (the "
            "recorded actions lie between these; one number for all, or a list)"
        )
    return space


def _each(bound: Bounds, count: int) -> Float[np.ndarray, "act"]:
    """One bound for each number of an action."""
    if isinstance(bound, tuple) and len(bound) != count:
        raise RequestError(
            f"{len(bound)} action bounds for {count} numbers of an action: give one each, or one for all"
        )
    return np.broadcast_to(np.asarray(bound, np.float64), (count,))


def action_vectors(values: StoredNumbers, space: ActionSpace) -> Float[np.ndarray, "rows act"]:
    """Recorded actions in [-1, 1], or one-hot; `RequestError` for what is not in the space."""
    width = 1 if isinstance(space, DiscreteSpace) else len(space.low)
    if values.shape[1] != width:
        raise RequestError(f"an action has {values.shape[1]} numbers: its space says {width}")
    if isinstance(space, DiscreteSpace):
        return one_hot(values[:, 0] - space.start, space.choices)
    return rescale(values, space.low, space.high).astype(np.float32)
