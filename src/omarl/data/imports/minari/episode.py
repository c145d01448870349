"""What is asked of a stored episode, however it is stored."""

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped

from omarl.errors import RequestError

StoredNumbers = Shaped[np.ndarray, "rows width"]


@runtime_checkable
class StoredEpisode(Protocol):
    """One episode as it is stored: observations and infos have one row more than the rest."""

    @property
    def name(self) -> str:
        """Where the episode is, for messages."""
        ...

    def members(self, *path: str | int) -> list[str]:
        """The names of what lies there, if it is divided further; none if it is not or does not exist."""
        ...

    def width(self, *path: str | int) -> int | None:
        """How many numbers a row has there; None if it holds no numbers of a fixed count."""
        ...

    def numbers(self, *path: str | int) -> StoredNumbers:
        """The numbers there, a row for each step; `RequestError` if there are none."""
        ...

    def texts(self, *path: str | int) -> list[str]:
        """The texts there, one for each step; `RequestError` if there are none."""
        ...


def spelled(path: Iterable[str | int]) -> str:
    """The way to an array as text."""
    return "/".join(map(str, path))


def require_there(found: Any, path: Iterable[str | int], where: str) -> Any:
    """What was found; `RequestError` if that is nothing."""
    if found is None:
        raise RequestError(
            f"{spelled(path)} is not in {where}: expected it, as metadata.json names the spaces"
        )
    return found
