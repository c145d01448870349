"""Gymnasium's spaces as vectors: what an agent sees and does in somebody else's environment."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from omarl.envs.host.promises import Space, fitted
from omarl.errors import RequestError
from omarl.types import MASK_NAMES, sounds_like_mask


def gymnasium_spaces() -> Any:
    """Gymnasium's module of spaces, imported when somebody's environment is made and not before."""
    try:
        from gymnasium import spaces
    except ImportError as error:
        raise RequestError(f"other people's environments need {error.name}: install omarl[envs]") from None
    return spaces


class Seen(NamedTuple):
    """What a space shows: a vector, and which choices are legal where the observation says so."""

    vector: Float[np.ndarray, "obs"]
    mask: np.ndarray | None


class Sight(NamedTuple):
    """How an agent sees: its name and what its observations hold besides the mask.

    If there is a `mask`, an observation is a dict in which the mask of the choices has this name.
    """

    agent: str
    space: Space
    mask: str | None

    @property
    def size(self) -> int:
        """Length of the vector."""
        return gymnasium_spaces().flatdim(self.space)

    def vector(self, value: Any) -> Seen:
        """An observation as a vector: arrays flattened, choices one-hot, parts one after another.

        Raises `RequestError` if the observation is not of its space.
        """
        what = f"observation of {self.agent!r}"
        shown, mask = value, None
        if self.mask is not None:
            if not isinstance(value, Mapping) or self.mask not in value:
                raise RequestError(f"{what} has no part {self.mask!r}: its space says so")
            shown, mask = {name: part for name, part in value.items() if name != self.mask}, value[self.mask]
        flat = gymnasium_spaces().flatten(self.space, fitted(self.space, shown, what))
        return Seen(np.asarray(flat, np.float32), mask)


class Interval(NamedTuple):
    """A bounded box of actions, reached from [-1, 1] by an affine map."""

    low: np.ndarray
    high: np.ndarray
    dtype: Any
    kind: str = "continuous"

    @property
    def size(self) -> int:
        """Length of the action vector."""
        return self.low.size

    def action(self, vector: Float[np.ndarray, "act"]) -> np.ndarray:
        """-1 becomes the lower bound, 1 the upper; where the bounds are these, nothing changes at all."""
        share = vector.astype(np.float64).reshape(self.low.shape)
        centre, half = (self.high + self.low) / 2.0, (self.high - self.low) / 2.0
        inner = np.clip(centre + share * half, self.low, self.high)
        return np.select([share <= -1.0, share >= 1.0], [self.low, self.high], inner).astype(self.dtype)


class Choice(NamedTuple):
    """A choice of `size` actions, numbered from `start`; its vector is one-hot."""

    size: int
    start: int
    kind: str = "discrete"

    def action(self, vector: Float[np.ndarray, "act"]) -> int:
        """The number of the vector's largest entry."""
        return self.start + int(np.argmax(vector))


def sight(agent: str, space: Space, choices: int | None) -> Sight:
    """How to read what `agent` sees, who has so many choices, or None if it steers.

    A part of a Dict that is called like a mask is the mask of the choices. Raises `RequestError` if the rest
    is not a vector of fixed length, or if the mask has another length.
    """
    spaces = gymnasium_spaces()
    parts = space.spaces if isinstance(space, spaces.Dict) and choices is not None else {}
    mask = next((name for name in MASK_NAMES if name in parts), None)
    inner = space
    if mask is not None:
        inner = spaces.Dict([(name, part) for name, part in parts.items() if name != mask])
        if spaces.flatdim(parts[mask]) not in (choices, 2 * (choices or 0)):
            raise RequestError(f"{mask} of {agent!r} is {parts[mask]}: expected {choices} zeros and ones")
    if not inner.is_np_flattenable or spaces.flatdim(inner) == 0:
        raise RequestError(
            f"observation space {inner} of {agent!r}: expected one of fixed size (Box, Discrete, ...)"
        )
    return Sight(agent, inner, mask)


def lookalikes(space: Space, choices: int, name: str = "") -> list[str]:
    """The parts that look like masks of so many choices but are taken as observations, by their names."""
    spaces = gymnasium_spaces()
    if isinstance(space, spaces.Dict):
        return [found for key, part in space.spaces.items() for found in lookalikes(part, choices, str(key))]
    bits = isinstance(space, spaces.MultiBinary | spaces.Box) and space.dtype.kind in "iub"
    return [name] if bits and sounds_like_mask(name) and spaces.flatdim(space) == choices else []


def hand(agent: str, space: Space) -> Interval | Choice:
    """How to move `agent`; `RequestError` unless its actions are a bounded Box or Discrete."""
    spaces = gymnasium_spaces()
    if isinstance(space, spaces.Discrete):
        return Choice(int(space.n), int(space.start))
    if not isinstance(space, spaces.Box) or not np.issubdtype(space.dtype, np.floating):
        raise RequestError(f"action space {space} of {agent!r}: expected Discrete, or a Box of real numbers")
    if not space.is_bounded():
        raise RequestError(
            f"action space {space} of {agent!r} has no bounds: wrap the environment so that it has some"
        )
    return Interval(space.low.astype(np.float64), space.high.astype(np.float64), space.dtype)


def legal_choices(
    size: int, mask: np.ndarray | None, present: bool, discrete: bool
) -> Bool[np.ndarray, "act"]:
    """Which entries of an agent's action vector may be used.

    An agent that has left, or whose mask forbids everything, keeps its first choice, which does nothing.
    """
    if not discrete or (present and mask is None):
        return np.ones(size, bool)
    allowed = np.asarray(mask, bool).reshape(-1) if present else np.zeros(size, bool)
    if len(allowed) != size:
        raise RequestError(f"an action mask has {len(allowed)} entries, expected {size}")
    return allowed if allowed.any() else np.arange(size) == 0
