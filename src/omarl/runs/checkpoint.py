"""Checkpoints: trees of arrays in safetensors files, with no code in them, whole or absent."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from omarl.errors import RequestError
from omarl.files.writing import aside, sync, sync_directory, write_bytes

NEWEST, OLDER = "checkpoint.safetensors", "checkpoint-older.safetensors"


def leaf_names(tree: Any) -> list[str]:
    """A readable name for every leaf, `network.layers.0.weight`."""
    paths, _ = jax.tree_util.tree_flatten_with_path(tree)
    return [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in paths]


def packed(tree: Any, about: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> bytes:
    """The content of a file: the leaves of `tree`, those of trees `beside` it by name, and a description."""
    trees = [("", tree), *((f"{name}.", other) for name, other in (beside or {}).items())]
    arrays = {
        f"{prefix}{name}": np.asarray(leaf)
        for prefix, each in trees
        for name, leaf in zip(leaf_names(each), jax.tree.leaves(each), strict=True)
    }
    return save(arrays, metadata={"about": json.dumps(about, sort_keys=True)})


def save_tree(path: Path, tree: Any, about: Mapping[str, Any]) -> None:
    """Write the leaves of `tree` and what they are; an older file is replaced in one step."""
    write_bytes(path, packed(tree, about))


def keep_checkpoint(folder: Path, content: bytes) -> None:
    """Make `content` the newest checkpoint in a folder; the one before it stays beside it as the older one.

    The older one is given up only when the new one has been read back from the disk.
    """
    newest = folder / NEWEST
    unfinished = aside(newest)
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            sync(file)
        if unfinished.read_bytes() != content:
            raise OSError(f"{newest} could not be read back as it was written")
        if newest.exists():
            os.replace(newest, folder / OLDER)
        os.replace(unfinished, newest)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_directory(folder)


def checkpoints(folder: Path) -> list[Path]:
    """The readable checkpoints in a folder, the newest first."""
    return [path for name in (NEWEST, OLDER) if (path := folder / name).exists() and readable(path)]


def make_newest(path: Path) -> None:
    """Let a checkpoint take the place of the newest one, which the run does not go on from."""
    if path.name != NEWEST:
        os.replace(path, path.with_name(NEWEST))


def positions(folder: Path) -> set[int]:
    """The positions at which the readable checkpoints in a folder were written."""
    return {describe_tree(path)["position"] for path in checkpoints(folder)}


def readable(path: Path) -> bool:
    """Whether a file is a checkpoint."""
    try:
        describe_tree(path)
    except RequestError:
        return False
    return True


def describe_tree(path: Path) -> dict[str, Any]:
    """What a file says that it holds."""
    try:
        with safe_open(path, "numpy") as file:
            return json.loads((file.metadata() or {})["about"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise RequestError(f"{path} is not a checkpoint that omarl wrote: {error}") from None


def load_tree(path: Path, like: Any, beside: Mapping[str, Any] | None = None) -> Any:
    """The tree in a file; structure and shapes must be those of `like` (arrays, or their `eval_shape`).

    With `beside`, trees that were packed beside it, a pair of the tree and of those.
    """
    try:
        with safe_open(path, "numpy") as file:
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise RequestError(f"{path} is not a checkpoint that omarl wrote: {error}") from None
    whole = like if beside is None else (like, beside)
    names = [*leaf_names(like), *(leaf_names(beside) if beside else [])]
    expected = dict(zip(names, jax.tree.leaves(whole), strict=True))
    for name in sorted(expected.keys() | stored.keys()):
        have, want = (getattr(table.get(name), "shape", None) for table in (stored, expected))
        if have != want:
            raise RequestError(
                f"{path}: {name} has shape {have}, expected {want}: it belongs to another configuration"
            )
    return jax.tree.unflatten(jax.tree.structure(whole), [jax.numpy.asarray(stored[n]) for n in expected])
