"""Gymnasium's spaces as Minari's `metadata.json` spells them, flattened as Gymnasium does it.

Gymnasium itself is not needed. A space is taken apart into its parts, in the order of the space.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.errors import RequestError

Path = tuple[str | int, ...]
"""The way to a part: keys of Dict spaces, and numbers of the parts of Tuple spaces."""
Vectors = Float[np.ndarray, "rows size"]
IMAGE_SIDE = 32
"""Minari stores images of so many pixels in height and width, or more, as JPEG."""
MOST_NUMBERS = 1 << 24


class SpacePart(NamedTuple):
    """A part of a space that is not divided further.

    A step stores `width` numbers of it, or one text if `width` is None. `vectors(values)` makes `size`
    numbers of each step's. `image` says that Minari may have stored it as JPEG.
    """

    path: Path
    size: int
    width: int | None
    vectors: Callable[[Any], Vectors]
    image: bool = False

    @property
    def name(self) -> str:
        """The way to the part as text."""
        return "/".join(map(str, self.path))


def parts_of(space: Any, path: Path = ()) -> list[SpacePart]:
    """The parts of a space, in order; `RequestError` for a space that has no vector of fixed length."""
    try:
        return list(_parts(space, path))
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"space {str(space)[:80]} of {_named(path)} is not as Minari writes it") from None


def _parts(space: Any, path: Path) -> Iterator[SpacePart]:
    """The parts of a space that lies at `path`."""
    kind = space["type"]
    if kind == "Dict":
        for key, inner in space["subspaces"].items():
            yield from _parts(inner, (*path, key))
    elif kind == "Tuple":
        for index, inner in enumerate(space["subspaces"]):
            yield from _parts(inner, (*path, index))
    elif kind in LEAVES:
        yield _modest(LEAVES[kind](space, path))
    else:
        raise RequestError(
            f"{_named(path)} is of a {str(kind)[:40]} space: expected {', '.join(LEAVES)}, or Dict and Tuple "
            "of them"
        )


def _modest(part: SpacePart) -> SpacePart:
    """The part; `RequestError` if it would take too much memory."""
    if not 0 <= part.size <= MOST_NUMBERS:
        raise RequestError(f"{_named(part.path)} would become {part.size} numbers: expected fewer")
    return part


def _named(path: Path) -> str:
    """The way to a part as text, for messages."""
    return "/".join(map(str, path)) or "a value"


def _box(space: Mapping[str, Any], path: Path) -> SpacePart:
    """Numbers as they are."""
    shape = tuple(operator.index(side) for side in space["shape"])
    image = len(shape) in (2, 3) and min(shape[:2]) >= IMAGE_SIDE and space["dtype"] == "uint8"
    size = math.prod(shape)
    return SpacePart(path, size, size, as_they_are, image)


def _multi_binary(space: Mapping[str, Any], path: Path) -> SpacePart:
    """Zeros and ones as they are."""
    size = math.prod(np.atleast_1d(np.asarray(space["n"], np.int64)).tolist())
    return SpacePart(path, size, size, as_they_are)


def _discrete(space: Mapping[str, Any], path: Path) -> SpacePart:
    """A one-hot vector."""
    count, start = operator.index(space["n"]), operator.index(space.get("start", 0))
    return SpacePart(path, count, 1, lambda values: indicators(values[:, 0], start, count))


def _multi_discrete(space: Mapping[str, Any], path: Path) -> SpacePart:
    """One-hot vectors one behind the other."""
    counts = np.asarray(space["nvec"], np.int64).reshape(-1).tolist()
    starts = np.broadcast_to(np.asarray(space.get("start", 0), np.int64).reshape(-1), len(counts)).tolist()

    def vectors(values: np.ndarray) -> Vectors:
        columns = zip(values.T, starts, counts, strict=True)
        return np.concatenate([indicators(*column) for column in columns], 1)

    return SpacePart(path, sum(counts), len(counts), vectors)


def _text(space: Mapping[str, Any], path: Path) -> SpacePart:
    """The codes of the letters, filled up with the number of letters that there are."""
    length = operator.index(space["max_length"])
    codes = {letter: code for code, letter in enumerate(dict.fromkeys(space["charset"]))}

    def vectors(values: list[str]) -> Vectors:
        found = np.full((len(values), length), len(codes), np.float32)
        for row, text in enumerate(values):
            if len(text) > length or not codes.keys() >= set(text):
                raise RequestError(f"the text {text[:40]!r} is not in its space")
            found[row, : len(text)] = [codes[letter] for letter in text]
        return found

    return SpacePart(path, length, None, vectors)


LEAVES: Mapping[str, Callable[[Mapping[str, Any], Path], SpacePart]] = {
    "Box": _box,
    "Discrete": _discrete,
    "MultiDiscrete": _multi_discrete,
    "MultiBinary": _multi_binary,
    "Text": _text,
}
"""What has a vector of fixed length, by the name of its space."""


def as_they_are(values: np.ndarray) -> Vectors:
    """The numbers themselves."""
    return values.astype(np.float32)


def indicators(values: np.ndarray, start: int, count: int) -> Vectors:
    """One-hot vectors of whole numbers from `start` up; `RequestError` for one outside."""
    choice = values - start
    wrong = ~((choice >= 0) & (choice < count) & (choice == np.floor(choice)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise RequestError(f"{values[row]} in row {row} is not one of {start} to {start + count - 1}")
    found = np.zeros((len(values), count), np.float32)
    found[np.arange(len(values)), choice.astype(np.int64)] = 1.0
    return found
