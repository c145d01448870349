"""Computations in blocks equal their plain definitions, in values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.nets import actors_critics
from omarl.nets.kernels import blocks
from omarl.nets.mlp import NORMALISATIONS
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
    assert blocks.blocks(rows, width) == count  # tests run with one thread
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setattr(blocks, "usable_cores", lambda: 2)
    assert blocks.blocks(rows, width) == 1


@pytest.fixture(params=[9, 10_000])
def row_limit(request, monkeypatch):
    """Blocks of a few rows, or all in one."""
    monkeypatch.setattr(blocks, "ROWS", request.param)
    assert blocks.blocks(12, 3) == (4 if request.param == 9 else 1)


@pytest.fixture(params=NORMALISATIONS)
def head(request):
    view = actors_critics.decentralised(TEAM)
    critics = actors_critics.init_critic(jax.random.key(0), TEAM, view, (8, 8), request.param)
    return actors_critics.first_head(jax.tree.map(lambda x: x[0], critics))


CONTEXT = jax.random.normal(jax.random.key(1), (12, 5)) * 2 + 1
OWN, BESIDE = jax.random.normal(jax.random.key(2), (3, 12, 2)), jax.random.normal(jax.random.key(3), (3, 12))


def plain_value(head):
    return actors_critics.raw_value(actors_critics.standardised(head, CONTEXT, OWN), CONTEXT, OWN)


def same(fast, plain, head):
    """Values and gradients agree."""
    found, wanted = (jax.jit(jax.value_and_grad(each))(head) for each in (fast, plain))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5), found, wanted)


def test_a_mean_over_candidates_equals_the_mean_of_values(head, row_limit):
    def fast(head):
        return 3 * actors_critics.mean_soft_maximum(head, CONTEXT, OWN, BESIDE) ** 2

    same(fast, lambda head: 3 * jnp.mean(actors_critics.soft_maximum(plain_value(head), BESIDE)) ** 2, head)


def test_values_of_candidates_equal_those_in_one_piece(head, row_limit):
    np.testing.assert_allclose(
        actors_critics.value(head, CONTEXT, OWN), plain_value(head), rtol=1e-5, atol=1e-5
    )
    weigh = lambda value: jnp.sum(BESIDE * value)  # noqa: E731
    same(
        lambda head: weigh(actors_critics.value(head, CONTEXT, OWN)),
        lambda head: weigh(plain_value(head)),
        head,
    )
