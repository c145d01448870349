"""Every loss term against numbers worked out by hand, two samples each."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos import losses
from omarl.nets import actors_critics
from omarl.nets.actors_critics import soft_maximum


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_bellman_target():
    # The smaller head counts: min(4, 2) = 2 and min(-1, 5) = -1; the second transition ends.
    target = losses.bellman_target(
        reward=jnp.array([1.0, 10.0]),
        terminal=jnp.array([False, True]),
        next_values=jnp.array([[4.0, -1.0], [2.0, 5.0]]),
        discount=0.5,
    )
    close(target, [1 + 0.5 * 2, 10])


def test_bellman_target_ignores_what_lies_beyond_the_end():
    target = losses.bellman_target(jnp.ones(2), jnp.array([True, True]), jnp.full((2, 2), jnp.nan), 0.5)
    close(target, [1, 1])


def test_no_gradient_reaches_the_target():
    def total(next_values):
        return losses.bellman_target(jnp.ones(2), jnp.zeros(2, bool), next_values, 0.5).sum()

    close(jax.grad(total)(jnp.ones((2, 2))), np.zeros((2, 2)))


def test_td_error():
    # Distances 3 - 1 = 2 and 0 - 4 = -4: (4 + 16) / 2.
    values, target = jnp.array([3.0, 0.0]), jnp.array([1.0, 4.0])
    close(actors_critics.td_error(values, target, jnp.array([True, True])), 10)
    # With the second target unknown: 4 / 1; with neither known there is no error.
    close(actors_critics.td_error(values, target, jnp.array([True, False])), 4)
    close(actors_critics.td_error(values, target, jnp.array([False, False])), 0)


def test_td_error_of_an_unknown_target_has_no_gradient():
    def error(values):
        return actors_critics.td_error(values, jnp.array([1.0, jnp.inf]), jnp.array([True, False]))

    # d/dv (v - 1)^2 = 2 (3 - 1) for the known row.
    close(jax.grad(error)(jnp.array([3.0, 0.0])), [4, 0])


def test_soft_maximum():
    # Row 1: candidates log 1 and log 3, each drawn with density 1/2: log(1 / 0.5 + 3 / 0.5) = log 8.
    # Row 2: candidates 0 and 0, density 1/4: log(4 + 4) = log 8.
    found = soft_maximum(
        candidate_values=jnp.log(jnp.array([[1.0, 1.0], [3.0, 1.0]])),
        log_density=jnp.log(jnp.array([[0.5, 0.25], [0.5, 0.25]])),
    )
    close(found, [np.log(8), np.log(8)])


def test_soft_maximum_leaves_out_candidates_that_do_not_count():
    # Infinite log density: the third candidate's value 50 plays no part, log(e^1 + e^1) = 1 + log 2.
    found = soft_maximum(
        candidate_values=jnp.array([[1.0], [1.0], [50.0]]),
        log_density=jnp.array([[0.0], [0.0], [jnp.inf]]),
    )
    close(found, [1 + np.log(2)])


def test_policy_gradient():
    close(losses.policy_gradient(jnp.array([1.0, 5.0])), -3)


@pytest.mark.parametrize(
    ("tau", "expected"),
    [
        (0.0, -3.0),  # the policy gradient alone: -(1 + 5) / 2
        (1.0, 2.0),  # the distance alone: (4 + 0) / 2
        (0.25, 0.75 * -3.0 + 0.25 * 2.0),
    ],
)
def test_rectified(tau, expected):
    close(losses.rectified(jnp.array([1.0, 5.0]), jnp.array([4.0, 0.0]), tau), expected)


def test_behaviour_regularised():
    # mean |Q| = (1 + 3) / 2 = 2, so the scale is 2.5 / 2; mean Q = 1; mean distance = 3: -1.25 + 3.
    values, distance = jnp.array([-1.0, 3.0]), jnp.array([2.0, 4.0])
    close(losses.behaviour_regularised(values, distance, 2.5), 1.75)
    # No gradient flows through the scale: d/dQ_b of -1.25 mean Q is -0.625 for each row.
    close(jax.grad(losses.behaviour_regularised)(values, distance, 2.5), [-0.625, -0.625])


def test_importance():
    # softmax(log 1, log 3) = (1/4, 3/4), times two rows.
    values = jnp.log(jnp.array([1.0, 3.0]))
    close(losses.importance(values, jnp.array([True, True]), 1.0), [0.5, 1.5])
    # At half the temperature the odds are squared: (1/10, 9/10), times two.
    close(losses.importance(values, jnp.array([True, True]), 0.5), [0.2, 1.8])


def test_importance_over_valid_rows_only():
    # The third row's value 100 is left out, the others share two rows as above.
    values = jnp.array([0.0, jnp.log(3.0), 100.0])
    close(losses.importance(values, jnp.array([True, True, False]), 1.0), [0.5, 1.5, 0])


def test_no_row_valid_means_no_weight():
    close(losses.importance(jnp.array([1.0, 2.0]), jnp.array([False, False]), 1.0), [0, 0])


def test_no_gradient_passes_through_importance():
    def total(values):
        return (losses.importance(values, jnp.ones(2, bool), 1.0) * jnp.array([1.0, 2.0])).sum()

    close(jax.grad(total)(jnp.array([1.0, 2.0])), [0, 0])
