"""Gymnasium's spaces as vectors: what an agent sees and does in somebody else's environment."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from omarl.errors import RequestError

Space = Any  # gymnasium's

MASK = "action_mask"
OBSERVATION = "observation"


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
    """An observation space. If `masked`, an observation is a dict with `observation` and `action_mask`."""

    space: Space
    masked: bool

    @property
    def size(self) -> int:
        """Length of the vector."""
        return gymnasium_spaces().flatdim(self.space)

    def vector(self, value: Any) -> Seen:
        """An observation as a vector: arrays flattened, choices one-hot, parts one after another."""
        shown, mask = (value[OBSERVATION], value[MASK]) if self.masked else (value, None)
        return Seen(np.asarray(gymnasium_spaces().flatten(self.space, shown), np.float32), mask)


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


def sight(agent: str, space: Space) -> Sight:
    """How to read what `agent` sees; `RequestError` if that is not a vector of fixed length."""
    spaces = gymnasium_spaces()
    masked = isinstance(space, spaces.Dict) and MASK in space.spaces and OBSERVATION in space.spaces
    inner = space[OBSERVATION] if masked and isinstance(space, spaces.Dict) else space
    if not inner.is_np_flattenable:
        raise RequestError(
            f"observation space {inner} of {agent!r}: expected one of fixed size (Box, Discrete, ...)"
        )
    return Sight(inner, masked)


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
