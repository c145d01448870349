"""The observations of stored episodes, and what they are made of."""

from typing import Any

import numpy as np

from omarl.data.imports.minari.episode import StoredEpisode
from omarl.data.imports.minari.spaces import Path, SpacePart, Vectors, as_they_are
from omarl.errors import RequestError


def stored_parts(episode: StoredEpisode, path: Path = ()) -> list[SpacePart]:
    """The parts of an observation where no space is known: every array, by name, as it is stored."""
    names = episode.members("observations", *path)
    if names:
        ordered = sorted(names, key=_by_number)
        return [part for name in ordered for part in stored_parts(episode, (*path, name))]
    width = episode.width("observations", *path)
    if width is None:
        raise RequestError(
            f"observations/{'/'.join(map(str, path))} in {episode.name}: expected numbers of a fixed count"
        )
    return [SpacePart(path, width, width, as_they_are)]


def _by_number(name: str) -> tuple[int, int, str]:
    """A sort key by which parts of Tuples come in their order, and others by name."""
    number = name.removeprefix("_index_")
    return (0, int(number), "") if number.isdecimal() else (1, 0, name)


def refuse_jpeg(episode: StoredEpisode, parts: list[SpacePart]) -> None:
    """Raise `RequestError` if a part was stored as JPEG, whose bytes are no numbers to learn from."""
    for part in parts:
        if part.image and episode.width("observations", *part.path) != part.width:
            raise RequestError(
                f"{_seen(part)} holds images as JPEG: expected vectors; record features of the images, or "
                "small images with jpeg_encoding=False"
            )


def observations_in(episode: StoredEpisode, parts: list[SpacePart]) -> Vectors:
    """The observations of an episode, flattened; `RequestError` for what does not fit the space."""
    return np.concatenate([_vectors(episode, part) for part in parts], 1)


def _seen(part: SpacePart) -> str:
    """The place of a part as text."""
    return "/".join(("observations", *map(str, part.path)))


def _vectors(episode: StoredEpisode, part: SpacePart) -> Vectors:
    """One part of an episode's observations, flattened."""
    place, where = ("observations", *part.path), f"{_seen(part)} in {episode.name}"
    values: Any = episode.texts(*place) if part.width is None else episode.numbers(*place)
    if part.width is not None and values.shape[1] != part.width:
        raise RequestError(f"{where} has {values.shape[1]} numbers a row: its space says {part.width}")
    try:
        return part.vectors(values)
    except RequestError as error:
        raise RequestError(f"{where}: {error}") from None
