"""Checkpoints: what was saved comes back, and nothing else is taken for it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.errors import RequestError
from omarl.runs.checkpoint import (
    NEWEST,
    OLDER,
    checkpoints,
    describe_tree,
    keep_checkpoint,
    leaf_names,
    load_tree,
    packed,
    save_tree,
)

TREE = {"layer": (jnp.arange(6.0).reshape(2, 3), jnp.array(7, jnp.int32)), "mask": jnp.array([True, False])}
SHAPES = jax.eval_shape(lambda: TREE)


def test_what_was_saved_comes_back(tmp_path):
    save_tree(tmp_path / "state", TREE, {"step": 3, "config": {"hidden": [8]}})
    back = load_tree(tmp_path / "state", SHAPES)
    assert jax.tree.structure(back) == jax.tree.structure(TREE)
    for have, want in zip(jax.tree.leaves(back), jax.tree.leaves(TREE), strict=True):
        assert have.dtype == want.dtype
        np.testing.assert_array_equal(have, want)
    assert describe_tree(tmp_path / "state") == {"step": 3, "config": {"hidden": [8]}}


def test_leaves_have_readable_names():
    assert leaf_names(TREE) == ["layer.0", "layer.1", "mask"]


def test_saving_again_replaces_and_leaves_nothing_behind(tmp_path):
    for value in (1.0, 2.0):
        save_tree(tmp_path / "state", {"x": jnp.full(2, value)}, {})
    np.testing.assert_array_equal(load_tree(tmp_path / "state", {"x": jnp.zeros(2)})["x"], [2, 2])
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_failed_save_leaves_the_old_file(tmp_path):
    save_tree(tmp_path / "state", {"x": jnp.ones(2)}, {})
    with pytest.raises(TypeError):
        save_tree(tmp_path / "state", {"x": jnp.zeros(2)}, {"not JSON": object()})
    np.testing.assert_array_equal(load_tree(tmp_path / "state", {"x": jnp.zeros(2)})["x"], [1, 1])
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
    save_tree(tmp_path / "state", {"x": jnp.ones(2)}, {})
    with pytest.raises(RequestError, match=message):
        load_tree(tmp_path / "state", like)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", bytes(100)])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "state").write_bytes(content)
    for read in (describe_tree, lambda path: load_tree(path, {})):
        with pytest.raises(RequestError, match="is not a checkpoint that omarl wrote"):
            read(tmp_path / "state")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RequestError, match="is not a checkpoint that omarl wrote"):
        load_tree(tmp_path / "state", {})


def number(path):
    return describe_tree(path)["number"]


def test_the_last_two_checkpoints_are_kept(tmp_path):
    for count in (1, 2, 3):
        keep_checkpoint(tmp_path, packed({"x": jnp.full(2, count)}, {"number": count}))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((NEWEST, OLDER))
    assert [number(path) for path in checkpoints(tmp_path)] == [3, 2]


def test_an_unreadable_checkpoint_is_passed_over_for_the_older_one(tmp_path):
    for count in (1, 2):
        keep_checkpoint(tmp_path, packed({"x": jnp.full(2, count)}, {"number": count}))
    (tmp_path / NEWEST).write_bytes((tmp_path / NEWEST).read_bytes()[:-3])
    assert [number(path) for path in checkpoints(tmp_path)] == [1]


def test_what_cannot_be_read_back_replaces_nothing(tmp_path, monkeypatch):
    keep_checkpoint(tmp_path, packed({"x": jnp.zeros(2)}, {"number": 1}))
    monkeypatch.setattr(type(tmp_path), "read_bytes", lambda path: b"torn")
    with pytest.raises(OSError, match="could not be read back"):
        keep_checkpoint(tmp_path, packed({"x": jnp.zeros(2)}, {"number": 2}))
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == [NEWEST]
    assert [number(path) for path in checkpoints(tmp_path)] == [1]


def test_trees_beside_another_come_back_with_it(tmp_path):
    (tmp_path / "both").write_bytes(packed(TREE, {}, {"tally": {"sum": jnp.ones(3)}}))
    tree, beside = load_tree(tmp_path / "both", SHAPES, {"tally": {"sum": jnp.zeros(3)}})
    np.testing.assert_array_equal(beside["tally"]["sum"], np.ones(3))
    np.testing.assert_array_equal(tree["mask"], TREE["mask"])
