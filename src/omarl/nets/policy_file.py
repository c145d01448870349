"""Frozen policies of opponents, as small safetensors files.

A file holds one network, which all opponents share: `layers.{i}.weight` [fan_in, fan_out] and
`layers.{i}.bias`; for normalised hidden layers also `hidden.{i}.scale` and `hidden.{i}.offset`; for a
standardised input also `input.scale`, `input.offset`, `input.mean` and `input.var`. Its metadata entry
`made_by` is JSON.
"""

import json
import os
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from omarl.errors import RequestError
from omarl.nets.mlp import MLP, Affine, Linear, Moments, apply

Act = Callable[[Array], Array]
"""A policy, from observations [agent, obs] to actions [agent, act] within [-1, 1]."""

Tensors = Mapping[str, np.ndarray]


def layout(sizes: list[int], hidden: bool, standardised: bool) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in the file of a network with these layer sizes."""
    shapes: dict[str, tuple[int, ...]] = {}
    for index, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        shapes |= {f"layers.{index}.weight": (fan_in, fan_out), f"layers.{index}.bias": (fan_out,)}
    if hidden:
        for index, size in enumerate(sizes[1:-1]):
            shapes |= {f"hidden.{index}.{part}": (size,) for part in ("scale", "offset")}
    if standardised:
        shapes |= {f"input.{part}": (sizes[0],) for part in ("scale", "offset", "mean", "var")}
    return shapes


def check_tensors(tensors: Tensors, observation_size: int, action_size: int, path: Path) -> None:
    """Raise `RequestError` unless the tensors are one network of finite numbers with these two sizes."""
    weights = [name for name in tensors if name.startswith("layers.") and name.endswith(".weight")]
    widths = [tensors.get(f"layers.{index}.bias", np.empty(0)).size for index in range(len(weights) - 1)]
    expected = layout(
        [observation_size, *widths, action_size], "hidden.0.scale" in tensors, "input.scale" in tensors
    )
    found = {name: tensor.shape for name, tensor in tensors.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise RequestError(
                f"{path}: tensor {name!r} has shape {found.get(name)}, expected {expected.get(name)}: "
                f"pass the policy of an agent that sees {observation_size} numbers and does {action_size}"
            )
    for name, tensor in tensors.items():
        if tensor.dtype != np.float32 or not np.isfinite(tensor).all():
            raise RequestError(f"{path}: tensor {name!r} must hold finite float32 numbers: export it again")


def to_tensors(network: MLP, running: Moments) -> dict[str, np.ndarray]:
    """The file's tensors for one agent's network."""
    tensors = {}
    for index, layer in enumerate(network.layers):
        tensors |= {f"layers.{index}.weight": layer.weight, f"layers.{index}.bias": layer.bias}
    for index, normaliser in enumerate(network.hidden):
        tensors |= {f"hidden.{index}.scale": normaliser.scale, f"hidden.{index}.offset": normaliser.offset}
    for normaliser in network.input:
        tensors |= {"input.scale": normaliser.scale, "input.offset": normaliser.offset}
        tensors |= {"input.mean": running.mean, "input.var": running.variance}
    return {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in tensors.items()}


def from_tensors(tensors: Tensors) -> tuple[MLP, Moments]:
    """One agent's network and the moments of its input, from tensors that were checked."""
    depth = sum(name.startswith("layers.") for name in tensors) // 2
    depth_hidden = sum(name.startswith("hidden.") for name in tensors) // 2
    part = {name: jnp.asarray(tensor) for name, tensor in tensors.items()}
    standardised = "input.scale" in part
    size = part["layers.0.weight"].shape[0]
    network = MLP(
        layers=tuple(Linear(part[f"layers.{i}.weight"], part[f"layers.{i}.bias"]) for i in range(depth)),
        input=(Affine(part["input.scale"], part["input.offset"]),) if standardised else (),
        hidden=tuple(
            Affine(part[f"hidden.{i}.scale"], part[f"hidden.{i}.offset"]) for i in range(depth_hidden)
        ),
    )
    mean, variance = part.get("input.mean", jnp.zeros(size)), part.get("input.var", jnp.ones(size))
    return network, Moments(mean, variance)


def save_frozen_policy(path: Path, network: MLP, running: Moments, made_by: Mapping[str, Any]) -> None:
    """Write one agent's network to a file, completely or not at all; `made_by` says how it was trained."""
    data = save(to_tensors(network, running), metadata={"made_by": json.dumps(dict(made_by))})
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def load_frozen_policy(path: str | Path, *, observation_size: int, action_size: int) -> Act:
    """The greedy policy in a file, `tanh` of its network; raises `RequestError` if the file holds none."""
    path = Path(path)
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise RequestError(
            f"{path} is not a readable safetensors file ({error}): pass a policy file"
        ) from None
    check_tensors(tensors, observation_size, action_size, path)
    network, running = from_tensors(tensors)
    return lambda obs: jnp.tanh(apply(network, obs, running))
