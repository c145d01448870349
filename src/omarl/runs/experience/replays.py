"""Replays on disk: rows are appended, and a checkpoint says how many of them count."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from omarl.data.device import Arrays
from omarl.data.episodes import DTYPES, Episodes
from omarl.errors import RequestError
from omarl.files.writing import sync
from omarl.training.online import Replay

FOLDER = "replay"
OBSERVED = ("obs", "legal")
"""Fields with an entry for each observation; the others have one for each row."""


def recorded_part(replay: Replay, first: Mapping[str, int]) -> Episodes:
    """What a replay holds from these numbers of rows and episodes on, in host memory."""
    rows, episodes = size_of(replay).values()
    row = slice(first["rows"], rows)
    seen = slice(first["rows"] + first["episodes"], rows + episodes)
    constant = len(replay.arrays.legal) == 1
    places = {name: seen if name in OBSERVED else row for name in DTYPES}
    fields = {name: np.asarray(getattr(replay.arrays, name)[places[name]]) for name in DTYPES}
    return Episodes(**{name: field for name, field in fields.items() if not (constant and name == "legal")})


def size_of(replay: Replay) -> dict[str, int]:
    """How many rows and episodes a replay holds."""
    return {"rows": int(replay.filled), "episodes": int(replay.episodes)}


def append_replay(folder: Path, replay: Replay, written: Mapping[str, int]) -> None:
    """Write what came after these numbers of rows and episodes to the files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, field in recorded_part(replay, written)._asdict().items():
        if field is not None:
            before = written["rows"] + (written["episodes"] if name in OBSERVED else 0)
            _append(folder / name, np.ascontiguousarray(field, DTYPES[name]), before)


def _append(path: Path, rows: np.ndarray, before: int) -> None:
    """Write rows behind the first `before` ones of a file, in place of whatever stands there."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
        file.seek(before * (rows[:1].nbytes or rows.dtype.itemsize * int(np.prod(rows.shape[1:]))))
        file.truncate()
        file.write(rows.tobytes())
        sync(file)


def read_replay(folder: Path, size: Mapping[str, int], empty: Replay) -> Replay:
    """The replay that `append_replay` wrote, as far as it counts, with the room that `empty` has."""
    observations = size["rows"] + size["episodes"]
    fields: dict[str, Any] = {}
    for name in DTYPES:
        like = getattr(empty.arrays, name)
        if not (name == "legal" and len(like) == 1):
            fields[name] = _read(folder / name, observations if name in OBSERVED else size["rows"], like)
    ends = fields["terminal"] | fields["truncated"]
    fields["episode"] = (np.cumsum(ends) - ends).astype(np.int32)
    arrays: Arrays = empty.arrays._replace(**{name: jnp.asarray(field) for name, field in fields.items()})
    return Replay(arrays, jnp.asarray(size["rows"], jnp.int32))


def _read(path: Path, count: int, like: Any) -> np.ndarray:
    """The first `count` entries of a file, and zeros behind them up to the size of `like`."""
    whole = np.zeros((max(count, len(like)), *like.shape[1:]), like.dtype)
    try:
        found = np.fromfile(path, like.dtype, whole[:count].size)
    except OSError as error:
        raise RequestError(f"{path} cannot be read ({error.strerror}): begin the run anew") from None
    if found.size < whole[:count].size:
        raise RequestError(f"{path} was cut short: begin the run anew")
    whole[:count] = found.reshape(count, *like.shape[1:])
    return whole
