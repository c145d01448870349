"""Both sides of Theorem 1 for a policy, and the objective from which the proof derives it."""

from typing import NamedTuple

import numpy as np

from omarl.theory import mdp as tabular
from omarl.theory.mdp import PerPolicy, PerState, PolicyTable
from omarl.theory.problem import Problem, divergence, squared_distance


class Weights(NamedTuple):
    """The paper's alpha (how conservative the critic is) and tau (weight of the search, below 1)."""

    alpha: float
    tau: float

    @property
    def distance(self) -> float:
        """tau / (1 - tau), the weight of the distance to the search's action relative to a return."""
        return self.tau / (1.0 - self.tau)


class BoundSides(NamedTuple):
    """The theorem's two sides: `left` is J(pi) - J(pi_beta), `right` is its lower bound."""

    left: PerPolicy
    right: PerPolicy

    @property
    def slack(self) -> PerPolicy:
        """The margin by which the theorem holds; it is negative where the theorem fails."""
        return self.left - self.right


def price(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> PerPolicy:
    """The policy's cost alpha / (1 - discount) E_d[D(pi, pi_beta)] + tau / (1 - tau) E_d[(a - a-hat)^2].

    Here d is the policy's own distribution of states.
    """
    penalty = weights.alpha / (1.0 - problem.mdp.discount) * divergence(problem, policy)
    apart = weights.distance * tabular.expect(policy, squared_distance(problem, target))
    return np.sum(tabular.occupancy(problem.mdp, policy) * (penalty + apart), -1)


def charged_reward(problem: Problem, target: PerState, weights: Weights) -> PolicyTable:
    """The reward of every action less the cost of its distance to the search's action.

    The factor 1 - discount is there because Eq. 7 averages the distance over a distribution of states, but
    sums the return over time.
    """
    weight = (1.0 - problem.mdp.discount) * weights.distance
    return problem.mdp.reward - weight * squared_distance(problem, target)


def charged_values(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> PerState:
    """The value of every state if every step is charged for distance and divergence."""
    reward = tabular.expect(policy, charged_reward(problem, target, weights))
    return tabular.state_values(problem.mdp, policy, reward - weights.alpha * divergence(problem, policy))


def objective(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> PerPolicy:
    """The objective of the proof (paper Eq. 7), divided by 1 - tau: the return less its price."""
    return np.sum(problem.mdp.start * charged_values(problem, policy, target, weights), -1)


def sides(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> BoundSides:
    """Both sides of the theorem for `policy` and the search's actions `target`.

    The right side is the policy's price less that of the behaviour policy, whose own divergence is zero.
    """
    behaviour = np.broadcast_to(problem.behaviour, policy.shape)
    gain = tabular.mean_return(problem.mdp, policy) - tabular.mean_return(problem.mdp, problem.behaviour)
    extra = price(problem, policy, target, weights) - price(problem, behaviour, target, weights)
    return BoundSides(gain, extra)
