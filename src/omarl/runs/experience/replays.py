"""Replays on disk: rows are appended, and a checkpoint says how many of them count."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from omarl.data.device import Arrays, with_everybody
from omarl.data.episodes import DTYPES, Episodes, present
from omarl.data.life import LIFE, Life, only_if_needed
from omarl.errors import RequestError
from omarl.files.writing import sync
from omarl.training.online import Replay

FOLDER = "replay"
OBSERVED = ("obs", "legal", "alive")
"""Fields with an entry for each observation; the others have one for each row."""


def recorded_part(replay: Replay, first: Mapping[str, int]) -> Episodes:
    """What a replay holds from these numbers of rows and episodes on, in host memory."""
    rows, episodes = size_of(replay).values()
    row = slice(first["rows"], rows)
    seen = slice(first["rows"] + first["episodes"], rows + episodes)
    constant = len(replay.arrays.legal) == 1
    places = {name: seen if name in OBSERVED else row for name in DTYPES}
    known = {name: getattr(replay.arrays, name) for name in DTYPES if not (constant and name == "legal")}
    return Episodes(
        **{name: np.asarray(field[places[name]]) for name, field in known.items() if field is not None}
    )


def size_of(replay: Replay) -> dict[str, int]:
    """How many rows and episodes a replay holds."""
    return {"rows": int(replay.filled), "episodes": int(replay.episodes)}


def append_replay(folder: Path, replay: Replay, written: Mapping[str, int]) -> None:
    """Write what came after these numbers of rows and episodes to the files in `folder`.

    A field without a file, such as that who is there where nobody was away before, is written from the start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, field in present(recorded_part(replay, written)).items():
        before = written["rows"] + (written["episodes"] if name in OBSERVED else 0)
        if not (folder / name).exists():
            field, before = present(recorded_part(replay, dict.fromkeys(written, 0)))[name], 0
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
    likes = with_everybody(empty.arrays)._asdict()
    for name in DTYPES:
        nowhere = name in LIFE and not (folder / name).exists()
        if not nowhere and not (name == "legal" and len(likes[name]) == 1):
            count = observations if name in OBSERVED else size["rows"]
            fields[name] = _read(folder / name, count, likes[name])
    if LIFE[0] in fields:
        counted = Life(fields["alive"][:observations], fields["died"][: size["rows"]])
        unneeded = set(LIFE) - set(only_if_needed(counted))  # written behind what counts
        fields = {name: field for name, field in fields.items() if name not in unneeded}
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
