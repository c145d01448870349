"""Checkpoints: what was saved comes back, and nothing else is taken for it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.errors import RequestError
from omarl.runs import checkpoint

TREE = {"layer": (jnp.arange(6.0).reshape(2, 3), jnp.array(7, jnp.int32)), "mask": jnp.array([True, False])}
SHAPES = jax.eval_shape(lambda: TREE)


def test_what_was_saved_comes_back(tmp_path):
    checkpoint.save(tmp_path / "state", TREE, {"step": 3, "config": {"hidden": [8]}})
    back = checkpoint.load(tmp_path / "state", SHAPES)
    assert jax.tree.structure(back) == jax.tree.structure(TREE)
    for have, want in zip(jax.tree.leaves(back), jax.tree.leaves(TREE), strict=True):
        assert have.dtype == want.dtype
        np.testing.assert_array_equal(have, want)
    assert checkpoint.about(tmp_path / "state") == {"step": 3, "config": {"hidden": [8]}}


def test_leaves_have_readable_names():
    assert checkpoint.names(TREE) == ["layer.0", "layer.1", "mask"]


def test_saving_again_replaces_and_leaves_nothing_behind(tmp_path):
    for value in (1.0, 2.0):
        checkpoint.save(tmp_path / "state", {"x": jnp.full(2, value)}, {})
    np.testing.assert_array_equal(checkpoint.load(tmp_path / "state", {"x": jnp.zeros(2)})["x"], [2, 2])
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_failed_save_leaves_the_old_file(tmp_path):
    checkpoint.save(tmp_path / "state", {"x": jnp.ones(2)}, {})
    with pytest.raises(TypeError):
        checkpoint.save(tmp_path / "state", {"x": jnp.zeros(2)}, {"not JSON": object()})
    np.testing.assert_array_equal(checkpoint.load(tmp_path / "state", {"x": jnp.zeros(2)})["x"], [1, 1])
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize(
    ("like", "message"),
    [
        ({"x": jnp.zeros(3)}, r"x has shape \(2,\), expected \(3,\): it belongs to another configuration"),
        ({"x": jnp.zeros(2), "y": jnp.zeros(1)}, r"y has shape None, expected \(1,\)"),
        ({}, r"x has shape \(2,\), expected None"),
    ],
)
def test_another_configurations_checkpoint_is_refused(tmp_path, like, message):
    checkpoint.save(tmp_path / "state", {"x": jnp.ones(2)}, {})
    with pytest.raises(RequestError, match=message):
        checkpoint.load(tmp_path / "state", like)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", bytes(100)])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "state").write_bytes(content)
    for read in (checkpoint.about, lambda path: checkpoint.load(path, {})):
        with pytest.raises(RequestError, match="is not a checkpoint that omarl wrote"):
            read(tmp_path / "state")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RequestError, match="is not a checkpoint that omarl wrote"):
        checkpoint.load(tmp_path / "state", {})
