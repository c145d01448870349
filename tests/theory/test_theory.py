"""Theorem 1 on a problem small enough to be worked by hand, and properties of its three readings.

There are two states, two actions and discount 1/2. Action j always leads to state j; every action is paid 1
in state 1 and 0 in state 0. The behaviour policy is uniform, actions are the points -1 and 1, and the search
tries both.
By hand, for the policy that always plays action 1: V = (1, 2), it is in either state half of the (discounted)
time, D = 1/0.5 - 1 = 1, and it is at distance 0 from the search's action 1. For the behaviour policy:
V = (0.5, 1.5), it is in state 0 for 3/4 of the time, at distance (0 + 4) / 2 = 2 from the search's action.
"""

import numpy as np
import pytest

from omarl.errors import RequestError
from omarl.theory import check_theorem, findings_table, mdp
from omarl.theory.bound import Weights, objective, sides
from omarl.theory.problem import Problem, divergence, random_problem, search
from omarl.theory.readings import conservative_values, deterministic, fixed_point, improve, stochastic

CHAIN = mdp.MDP(
    transition=np.broadcast_to(np.eye(2), (2, 2, 2)),
    reward=np.array([[0.0, 0.0], [1.0, 1.0]]),
    start=np.array([1.0, 0.0]),
    discount=0.5,
)
UNIFORM = np.full((2, 2), 0.5)
PROBLEM = Problem(CHAIN, UNIFORM, np.array([-1.0, 1.0]), np.ones((2, 2), bool))
ALWAYS_1 = np.array([[0.0, 1.0], [0.0, 1.0]])
TARGET = np.array([1.0, 1.0])


def value(policy):
    return mdp.state_values(CHAIN, policy, mdp.expect(policy, CHAIN.reward))


def test_evaluation_by_hand():
    np.testing.assert_allclose(value(ALWAYS_1), [1.0, 2.0])
    np.testing.assert_allclose(value(UNIFORM), [0.5, 1.5])
    np.testing.assert_allclose(mdp.occupancy(CHAIN, ALWAYS_1), [0.5, 0.5])
    np.testing.assert_allclose(mdp.occupancy(CHAIN, UNIFORM), [0.75, 0.25])
    np.testing.assert_allclose(mdp.mean_return(CHAIN, ALWAYS_1), 1.0)


def test_a_batch_of_policies_is_evaluated_like_each():
    policies = mdp.deterministic_policies(2, 2)
    assert len(np.unique(policies, axis=0)) == 4
    np.testing.assert_allclose(value(policies), [value(policy) for policy in policies])
    np.testing.assert_allclose(
        mdp.occupancy(CHAIN, policies), [mdp.occupancy(CHAIN, policy) for policy in policies]
    )


def test_divergence_by_hand():
    np.testing.assert_allclose(divergence(PROBLEM, ALWAYS_1), [1.0, 1.0])
    np.testing.assert_allclose(divergence(PROBLEM, UNIFORM), [0.0, 0.0])
    np.testing.assert_allclose(divergence(PROBLEM, np.array([[0.25, 0.75], [0.5, 0.5]])), [0.25, 0.0])


@pytest.mark.parametrize(("alpha", "right"), [(0.0, -2.0), (0.1, -1.8), (1.25, 0.5), (5.0, 8.0)])
def test_both_sides_by_hand(alpha, right):
    """left = 1 - 0.5; right = alpha / 0.5 * 1 + 1 * 0 - 1 * 2: they meet at alpha = 1.25."""
    found = sides(PROBLEM, ALWAYS_1, TARGET, Weights(alpha, 0.5))
    np.testing.assert_allclose(found, [0.5, right])


def test_conservative_critic_by_hand():
    """A penalty of alpha = 0.1 in every step lowers V by 0.2; the other action is lifted by 0.1."""
    critic = conservative_values(PROBLEM, ALWAYS_1[None], 0.1)[0]
    np.testing.assert_allclose(critic, [[0.5, 0.8], [1.5, 1.8]])
    np.testing.assert_allclose(search(PROBLEM, critic), TARGET)


def test_the_search_tries_what_is_marked_only():
    narrow = PROBLEM._replace(searched=np.array([[True, False], [False, True]]))
    np.testing.assert_allclose(search(narrow, np.array([[0.0, 1.0], [1.0, 0.0]])), [-1.0, 1.0])


@pytest.mark.parametrize(("alpha", "rests"), [(0.0, 1), (0.24, 1), (0.26, 0)])
def test_omars_steps_come_to_rest_while_the_advantage_outweighs_the_penalty(alpha, rests):
    """Playing 1 is worth 0.5 more than playing 0, less alpha (penalty) and alpha (lift): up to alpha 1/4."""
    found = fixed_point(PROBLEM, Weights(alpha, 0.5))
    np.testing.assert_allclose(found.policies, [ALWAYS_1] * rests if rests else np.empty((0, 2, 2)))


def test_improvement_by_hand():
    """p = (gain - level)+ / (4 alpha): level -1.5 at alpha 1; at alpha 0.1 the worse action is dropped."""
    gain, behaviour = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])
    np.testing.assert_allclose(improve(gain, behaviour, 1.0), [[0.625, 0.375]])
    np.testing.assert_allclose(improve(gain, behaviour, 0.1), [[1.0, 0.0]])
    np.testing.assert_allclose(improve(gain, behaviour, 0.0), [[1.0, 0.0]])


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0])
def test_the_stochastic_optimum_is_the_best_there_is(alpha):
    """It beats all deterministic policies and the behaviour policy, which is what makes the theorem hold."""
    problem, weights = random_problem(np.random.default_rng(1), temperature=0.3), Weights(alpha, 0.5)
    best, target = stochastic(problem, weights)
    rival, _ = deterministic(problem, weights)
    reached = objective(problem, best, target, weights)
    assert reached >= objective(problem, rival, target, weights) - 1e-9
    assert reached >= objective(problem, problem.behaviour[None], target, weights) - 1e-9
    near = 0.99 * best + 0.01 * np.random.default_rng(2).dirichlet(np.ones(5), (20, 3))
    assert np.all(objective(problem, near, np.broadcast_to(target, (20, 3)), weights) <= reached + 1e-9)


def test_the_slack_is_the_gain_in_the_proofs_objective():
    problem, weights = random_problem(np.random.default_rng(0), temperature=0.3), Weights(0.1, 0.5)
    policies, targets = deterministic(problem, weights)
    gain = objective(problem, policies, targets, weights) - objective(
        problem, problem.behaviour[None], targets, weights
    )
    np.testing.assert_allclose(sides(problem, policies, targets, weights).slack, gain)


def test_what_the_page_says_holds_on_other_problems():
    found = {
        (f.reading, f.weights.alpha): f for f in check_theorem(problems=30, seed=7, alphas=(0.0, 0.1, 5.0))
    }
    assert [found["stochastic", alpha].holds for alpha in (0.0, 0.1, 5.0)] == [1.0, 1.0, 1.0]
    assert found["deterministic", 0.0].holds == 1.0 and found["deterministic", 5.0].holds == 0.0
    assert found["fixed point", 5.0].solved == 0.0


def test_the_table_has_a_line_per_finding_and_says_where_there_is_nothing():
    found = check_theorem(problems=2, alphas=(5.0,))
    head, *lines = findings_table(found).splitlines()
    assert len(lines) == len(found) == 3 and "nan" not in "".join(lines)
    assert {len(line) for line in lines} == {len(head)}


@pytest.mark.parametrize("wrong", [{"problems": 0}, {"tau": 1.0}, {"temperature": 0.0}, {"alphas": (-1.0,)}])
def test_a_wrong_request_is_refused(wrong):
    with pytest.raises(RequestError, match="tau in"):
        check_theorem(**wrong)
