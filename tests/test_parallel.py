"""However work is laid out, it equals its plain definition, values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl import networks, parallel
from omarl.algos.losses import soft_maximum
from omarl.types import TeamSpec

TEAM = TeamSpec(observation_sizes=(5,), action_sizes=(2,))


@pytest.mark.parametrize(
    ("rows", "width", "count"),
    [
        (1024, 10, 8),  # 5 would do, but does not divide 1024
        (1000, 10, 5),
        (1024, 1, 1),
        (1021, 10, 1),  # a prime number of rows stays whole
    ],
)
def test_rows_are_cut_into_equal_blocks_for_a_single_thread(rows, width, count, monkeypatch):
    assert parallel.blocks(rows, width) == count  # tests run with one thread
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setattr(parallel, "usable_cores", lambda: 2)
    assert parallel.blocks(rows, width) == 1


@pytest.mark.parametrize("normalisation", networks.NORMALISATIONS)
@pytest.mark.parametrize("row_limit", [9, 10_000])
def test_a_mean_over_candidates_equals_the_mean_of_values(normalisation, row_limit, monkeypatch):
    monkeypatch.setattr(parallel, "ROWS", row_limit)
    keys = jax.random.split(jax.random.key(0), 4)
    view = networks.decentralised(TEAM)
    critics = networks.init_critic(keys[0], TEAM, view, (8, 8), normalisation)
    head = networks.first_head(jax.tree.map(lambda x: x[0], critics))
    context = jax.random.normal(keys[1], (12, 5)) * 2 + 1
    own, beside = jax.random.normal(keys[2], (3, 12, 2)), jax.random.normal(keys[3], (3, 12))
    assert parallel.blocks(12, 3) == (4 if row_limit == 9 else 1)

    def fast(head):
        return 3 * networks.mean_over_candidates(soft_maximum, head, context, own, beside) ** 2

    def plain(head):
        return 3 * jnp.mean(soft_maximum(networks.value(head, context, own), beside)) ** 2

    found, wanted = (jax.jit(jax.value_and_grad(each))(head) for each in (fast, plain))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5), found, wanted)
