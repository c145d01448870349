"""Datasets of a policy of the user's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from omarl.collecting.provenance import metadata_of
from omarl.data.writer import Writer
from omarl.errors import RequestError
from omarl.play.episodes import play_rows

TellRows = Callable[[int, float], None]
"""`tell(rows, mean_return)` after each round of episodes."""


def record(
    task: Any,
    policy: Any,
    path: str | Path,
    size: int,
    seed: int = 0,
    *,
    quality: str | None = None,
    how: str = "play of a policy of the user's own",
    tell: TellRows = lambda rows, mean: None,
) -> Path:
    """The new dataset at `path`: at least `size` joint transitions of whole episodes of a task.

    `policy(obs [batch agent obs], legal [batch agent act], key)` gives actions `[batch agent act]`, within
    [-1, 1] or one-hot; in a task on the device it is compiled. Raises `RequestError` for what cannot be
    recorded, `TrainingError` if an environment fails; then nothing is left at `path`.
    """
    if size < 1:
        raise RequestError(f"size {size}: expected at least one transition")
    about = metadata_of(task.spec, quality, size, seed, {"how": how, "seed": seed, "size": size})
    with Writer(path, about) as writer:
        for part in play_rows(task, policy, jax.random.key(seed), size):
            writer.append(part)
            tell(writer.rows, float(part.returns.mean()))
    return Path(path)
