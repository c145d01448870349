"""Trees of arrays in safetensors files: no code in them, one file each, whole or absent."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from omarl.errors import RequestError


def names(tree: Any) -> list[str]:
    """A readable name for every leaf, `network.layers.0.weight`."""
    paths, _ = jax.tree_util.tree_flatten_with_path(tree)
    return [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in paths]


def save(path: Path, tree: Any, about: Mapping[str, Any]) -> None:
    """Write the leaves of `tree` and what they are; an older file is replaced in one step."""
    arrays = dict(zip(names(tree), map(np.asarray, jax.tree.leaves(tree)), strict=True))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(arrays, unfinished, metadata={"about": json.dumps(about, sort_keys=True)})
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def about(path: Path) -> dict[str, Any]:
    """What a file says that it holds."""
    try:
        with safe_open(path, "numpy") as file:
            return json.loads((file.metadata() or {})["about"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise RequestError(f"{path} is not a checkpoint that omarl wrote: {error}") from None


def load(path: Path, like: Any) -> Any:
    """The tree in a file; structure and shapes must be those of `like` (arrays, or their `eval_shape`)."""
    try:
        with safe_open(path, "numpy") as file:
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise RequestError(f"{path} is not a checkpoint that omarl wrote: {error}") from None
    expected = dict(zip(names(like), jax.tree.leaves(like), strict=True))
    for name in sorted(expected.keys() | stored.keys()):
        have, want = (getattr(table.get(name), "shape", None) for table in (stored, expected))
        if have != want:
            raise RequestError(
                f"{path}: {name} has shape {have}, expected {want}: it belongs to another configuration"
            )
    return jax.tree.unflatten(jax.tree.structure(like), [jax.numpy.asarray(stored[n]) for n in expected])
