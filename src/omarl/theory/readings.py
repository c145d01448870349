"""Three readings of "the policy obtained by optimising Eq. 2", each solved exactly.

A reading takes a problem and weights, and returns policies with the search's actions for each.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.theory import mdp as tabular
from omarl.theory.bound import Weights, charged_reward, charged_values, objective
from omarl.theory.problem import Problem, divergence, search, squared_distance

ActionTable = Float[np.ndarray, "state action"]


class Solutions(NamedTuple):
    """Policies that solve a problem (possibly none), and the search's actions for each."""

    policies: Float[np.ndarray, "solutions state action"]
    targets: Float[np.ndarray, "solutions state"]


Reading = Callable[[Problem, Weights], Solutions]


def all_policies(problem: Problem) -> Float[np.ndarray, "policies state action"]:
    """All deterministic policies of a problem."""
    return tabular.deterministic_policies(*problem.behaviour.shape)


def conservative_values(
    problem: Problem, policies: Float[np.ndarray, "policies state action"], alpha: float
) -> Float[np.ndarray, "policies state action"]:
    """The critic's fixed point for each policy: Q = B Q - alpha (1[a = pi] / pi_beta - 1) (paper Eq. 5)."""
    reward = tabular.expect(policies, problem.mdp.reward) - alpha * divergence(problem, policies)
    value = tabular.state_values(problem.mdp, policies, reward)
    return tabular.backup(problem.mdp, value) - alpha * (policies / problem.behaviour - 1.0)


def fixed_point(problem: Problem, weights: Weights) -> Solutions:
    """The policies that OMAR's two steps leave unchanged: evaluation by Eq. 5, improvement by Eq. 2.

    The search uses the policy's own critic, and Eq. 2 is maximised in every state.
    """
    policies = all_policies(problem)
    critics = conservative_values(problem, policies, weights.alpha)
    targets = search(problem, critics)
    wanted = (1.0 - weights.tau) * critics - weights.tau * squared_distance(problem, targets)
    rests = np.all(np.argmax(wanted, -1) == np.argmax(policies, -1), -1)
    return Solutions(policies[rests], targets[rests])


def behaviour_target(problem: Problem) -> Float[np.ndarray, "state"]:
    """The search's actions under the critic of the behaviour policy, whose penalty is zero."""
    reward = tabular.expect(problem.behaviour, problem.mdp.reward)
    value = tabular.state_values(problem.mdp, problem.behaviour, reward)
    return search(problem, tabular.backup(problem.mdp, value))


def deterministic(problem: Problem, weights: Weights) -> Solutions:
    """The best deterministic policy for the proof's objective (Eq. 7), with fixed search actions."""
    policies, target = all_policies(problem), behaviour_target(problem)
    targets = np.broadcast_to(target, policies.shape[:-1])
    best = np.argmax(objective(problem, policies, targets, weights))
    return Solutions(policies[best][None], target[None])


def improve(gain: ActionTable, behaviour: ActionTable, alpha: float) -> ActionTable:
    """The probabilities that maximise sum_a p (gain - alpha (p / behaviour - 1)) in each state.

    They are behaviour (gain - level)+ / (2 alpha), where the level is such that they add up to one.
    """
    if alpha == 0.0:
        return np.eye(gain.shape[-1])[np.argmax(gain, -1)]
    order = np.argsort(-gain, -1)
    ranked, mass = np.take_along_axis(gain, order, -1), np.take_along_axis(behaviour, order, -1)
    levels = (np.cumsum(mass * ranked, -1) - 2.0 * alpha) / np.cumsum(mass, -1)
    last = np.sum(ranked > levels, -1, keepdims=True) - 1
    return behaviour * np.maximum(gain - np.take_along_axis(levels, last, -1), 0.0) / (2.0 * alpha)


def stochastic(problem: Problem, weights: Weights) -> Solutions:
    """The best of all policies for the proof's objective, by policy iteration, with fixed search actions."""
    target, policy = behaviour_target(problem), problem.behaviour
    charged = problem.mdp._replace(reward=charged_reward(problem, target, weights))
    for _ in range(100):
        value = charged_values(problem, policy, target, weights)
        old, policy = policy, improve(tabular.backup(charged, value), problem.behaviour, weights.alpha)
        if np.allclose(policy, old, rtol=0.0, atol=1e-12):
            break
    return Solutions(policy[None], target[None])


READINGS: dict[str, Reading] = {
    "fixed point": fixed_point,
    "deterministic": deterministic,
    "stochastic": stochastic,
}
