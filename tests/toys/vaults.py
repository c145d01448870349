"""Vaults as flashbax writes them, for tests."""

import contextlib
import io
from pathlib import Path

import jax
import numpy as np


def write_vault(
    folder: Path, experience: dict, uid: str = "Good", writes: int = 1, name: str = "3m.vlt"
) -> Path:
    """The folder of a new vault, written in so many writes; leaves have the axes batch and time."""
    from flashbax.buffers.trajectory_buffer import make_trajectory_buffer
    from flashbax.vault import Vault

    experience = jax.tree.map(jax.numpy.asarray, experience)
    batch, steps = jax.tree.leaves(experience)[0].shape[:2]
    ring = -(-steps // writes) + 1
    buffer = make_trajectory_buffer(
        max_length_time_axis=ring,
        min_length_time_axis=1,
        sample_batch_size=1,
        add_batch_size=batch,
        sample_sequence_length=1,
        period=1,
    )
    with jax.numpy_rank_promotion("allow"), contextlib.redirect_stdout(io.StringIO()):
        state = buffer.init(jax.tree.map(lambda leaf: leaf[0, 0], experience))
        vault = Vault(name, state.experience, rel_dir=str(folder), vault_uid=uid)
        for low in range(0, steps, ring - 1):
            state = buffer.add(
                state, jax.tree.map(lambda leaf, low=low: leaf[:, low : low + ring - 1], experience)
            )
            vault.write(state)
    return folder / name / uid


def skirmish(batch: int = 1) -> dict:
    """Three agents with five choices; episodes of 4, 3 and 2 steps end truly, by time, and not at all."""
    rng = np.random.default_rng(7)
    legal = rng.random((batch, 9, 3, 5)) < 0.6
    legal[..., 1] = True
    terminal, truncated = np.zeros((2, batch, 9, 3), np.float32)
    terminal[:, 3], truncated[:, 6] = 1, 1
    return {
        "observations": rng.normal(size=(batch, 9, 3, 4)).astype(np.float32),
        "actions": np.argmax(legal * rng.random(legal.shape), -1),
        "rewards": rng.normal(size=(batch, 9, 3)).astype(np.float32),
        "terminals": terminal,
        "truncations": truncated,
        "infos": {
            "legals": legal.astype(np.float32),
            "state": rng.normal(size=(batch, 9, 7)).astype(np.float32),
        },
    }
