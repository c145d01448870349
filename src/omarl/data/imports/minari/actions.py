"""The action space of a Minari dataset, and recorded actions as those of a team of one agent."""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from omarl.data.imports.acting import settle_actions
from omarl.data.imports.mapping import MOST_CHOICES, Columns, read_mapping
from omarl.data.imports.minari.episode import StoredEpisode, StoredNumbers
from omarl.data.imports.reading import CUT_SHARE, ActionReading, cut_note
from omarl.data.imports.survey import Survey, survey
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
        if space["type"] == "Discrete" and 1 <= operator.index(space["n"]) <= MOST_CHOICES:
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
    if found.kind == "discrete" or replace(found, id=None, kind=None, low=None, high=None) != Columns():
        raise RequestError(
            f"{mapping}: of a Minari dataset a mapping can only say id, and low and high in [action]"
        )
    return found


def minari_actions(
    space: ActionSpace, said: Columns, episodes: Sequence[StoredEpisode]
) -> tuple[ActionReading, list[str]]:
    """How recorded actions are read, and notes for the user.

    Choices are those of the space, and so are bounds unless the user gave others. Raises `RequestError` for
    actions that are not in the space, and if there are no bounds.
    """
    width = 1 if isinstance(space, DiscreteSpace) else len(space.low)
    names = tuple(f"number {k} of actions" for k in range(width))
    found = survey("0", names, _parts(episodes, width), typed=True)
    _refuse_others(found, space)
    columns = _given(space, said, found)
    _, (reading,), notes = settle_actions([found], columns, names, cut=CUT_SHARE)
    return reading, [*notes, *cut_note([reading], (part[:, None] for part in _parts(episodes, width)))]


def _parts(episodes: Sequence[StoredEpisode], width: int) -> Iterator[StoredNumbers]:
    """The actions of each episode."""
    for episode in episodes:
        part = episode.numbers("actions")
        if part.shape[1] != width:
            raise RequestError(f"an action has {part.shape[1]} numbers: its space says {width}")
        yield part


def _refuse_others(found: Survey, space: ActionSpace) -> None:
    """Raise `RequestError` if an action is not one of the choices of a Discrete space."""
    if not isinstance(space, DiscreteSpace):
        return
    last = space.start + space.choices - 1
    if not (found.whole and space.start <= found.least[0] and found.greatest[0] <= last):
        raise RequestError(
            f"recorded actions run from {found.least[0]:g} to {found.greatest[0]:g}: expected the choices "
            f"{space.start} to {last} of the action space"
        )


def _given(space: ActionSpace, said: Columns, found: Survey) -> Columns:
    """The choices or bounds of a space, or the bounds that the user gave instead."""
    if isinstance(space, DiscreteSpace):
        if said.low is not None:
            raise RequestError(
                f"bounds of actions were given: these are {space.choices} choices, which have none"
            )
        return Columns(kind="discrete", choices=space.choices, first=space.start)
    if said.low is not None:
        return Columns(kind="continuous", low=said.low, high=said.high)
    if not space.bounded:
        raise RequestError(
            "the action space has no bounds, and actions are learnt in [-1, 1]: give the bounds in a file, "
            f"with --mapping FILE: [action] and below it low = {found.least.min():.6g} and "
            f"high = {found.greatest.max():.6g} (the recorded actions lie between these; one number for all, "
            "or a list)"
        )
    return Columns(kind="continuous", low=tuple(space.low.tolist()), high=tuple(space.high.tolist()))
