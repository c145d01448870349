"""Masks of choices in Minari datasets: a part of the observation, or an array of the infos."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from omarl.data.imports.minari.actions import ActionSpace, DiscreteSpace
from omarl.data.imports.minari.episode import StoredEpisode, spelled
from omarl.data.imports.minari.spaces import SpacePart
from omarl.errors import RequestError
from omarl.types import MASK_NAMES, sounds_like_mask


class Mask(NamedTuple):
    """Where the mask of `choices` choices lies."""

    path: tuple[str | int, ...]
    choices: int


def observed_mask(parts: Sequence[SpacePart], space: ActionSpace) -> Mask | None:
    """The mask in an observation; None if there is none, or if actions are no choices."""
    named = [part for name in MASK_NAMES for part in parts if part.path == (name,)]
    if not named or not isinstance(space, DiscreteSpace):
        return None
    if named[0].width != space.choices:
        raise RequestError(
            f"observations/{named[0].name} has {named[0].width} entries: expected {space.choices}, as choices"
        )
    return Mask(("observations", *named[0].path), space.choices)


def told_mask(episodes: Sequence[StoredEpisode], space: ActionSpace) -> Mask | None:
    """The mask in the infos of all episodes, which has an entry for each choice; None if there is none."""
    if not isinstance(space, DiscreteSpace):
        return None
    widths = {name: {episode.width("infos", name) for episode in episodes} for name in MASK_NAMES}
    found = [name for name in MASK_NAMES if widths[name] == {space.choices}]
    return Mask(("infos", found[0]), space.choices) if found else None


def without(mask: Mask | None, parts: Sequence[SpacePart]) -> list[SpacePart]:
    """The parts that are seen, without the mask."""
    return [part for part in parts if mask is None or ("observations", *part.path) != mask.path]


def suspects(parts: Sequence[SpacePart], space: ActionSpace) -> list[str]:
    """Notes about parts that look like a mask of the choices, but are taken as observations."""
    choices = space.choices if isinstance(space, DiscreteSpace) else None
    return [
        f"observations/{part.name} looks like a mask of the {choices} choices, but is taken as seen: a mask "
        f"is a part at the top that is called {MASK_NAMES[0]}"
        for part in parts
        if part.width == choices and sounds_like_mask(part.name)
    ]


def legal_in(episode: StoredEpisode, mask: Mask) -> Bool[np.ndarray, "rows choices"]:
    """Which choices the mask allows; where it forbids everything, the first one.

    Raises `RequestError` if it is not made of zeros and ones.
    """
    values = episode.numbers(*mask.path)
    if values.shape[1] != mask.choices or not np.isin(values, (0, 1)).all():
        raise RequestError(
            f"{spelled(mask.path)} in {episode.name}: expected {mask.choices} zeros and ones a row"
        )
    allowed = values != 0
    return np.where(allowed.any(1, keepdims=True), allowed, np.arange(mask.choices) == 0)


def forbidden(episode: StoredEpisode, mask: Mask, space: DiscreteSpace) -> Bool[np.ndarray, "rows"]:
    """The rows whose recorded choice is one that the mask forbids."""
    legal, chosen = legal_in(episode, mask), episode.numbers("actions")[:, 0] - space.start
    rows = np.arange(min(len(chosen), len(legal)))
    return ~legal[rows, np.clip(chosen[rows], 0, space.choices - 1).astype(np.int64)]


def heeded(
    mask: Mask | None, episodes: Sequence[StoredEpisode], space: ActionSpace
) -> tuple[Mask | None, list[str]]:
    """The mask if the recorded actions heed it, and notes.

    A mask in the infos may be advice only, so it is left out if they do not; one that the agent saw must be
    heeded, else `RequestError`.
    """
    if mask is None or not isinstance(space, DiscreteSpace):
        return None, []
    broken = [forbidden(episode, mask, space) for episode in episodes]
    count = sum(int(rows.sum()) for rows in broken)
    if not count:
        return mask, [f"{spelled(mask.path)} says which choices are legal"]
    first = next(index for index, rows in enumerate(broken) if rows.any())
    said = (
        f"{spelled(mask.path)} forbids {count} of the recorded actions, the first in row "
        f"{int(np.argmax(broken[first]))} of {episodes[first].name}"
    )
    if mask.path[0] == "observations":
        raise RequestError(f"{said}: expected only legal actions; is the mask that of another step?")
    return None, [f"{said}: the mask is not used"]
