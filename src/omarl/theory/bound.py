"""Both sides of Theorem 1 for a policy, and the objective from which the proof derives it."""

from typing import NamedTuple

import numpy as np

from omarl.theory import mdp as tabular
from omarl.theory.mdp import PerPolicy, PerState, PolicyTable
from omarl.theory.problem import Problem, divergence, squared_distance


class Weights(NamedTuple):
    """The paper's alpha (how conservative) and tau (how much the search counts, below 1)."""

    alpha: float
    tau: float

    @property
    def distance(self) -> float:
        """tau / (1 - tau), the weight of the distance to the search's action beside a return."""
        return self.tau / (1.0 - self.tau)


class BoundSides(NamedTuple):
    """`left` is J(pi) - J(pi_beta), `right` what the theorem says it is at least."""

    left: PerPolicy
    right: PerPolicy

    @property
    def slack(self) -> PerPolicy:
        """By how much the theorem holds; negative where it fails."""
        return self.left - self.right


def price(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> PerPolicy:
    """alpha / (1 - discount) E_d[D(pi, pi_beta)] + tau / (1 - tau) E_d[(a - a-hat)^2], d the policy's own."""
    penalty = weights.alpha / (1.0 - problem.mdp.discount) * divergence(problem, policy)
    apart = weights.distance * tabular.expect(policy, squared_distance(problem, target))
    return np.sum(tabular.occupancy(problem.mdp, policy) * (penalty + apart), -1)


def charged_reward(problem: Problem, target: PerState, weights: Weights) -> PolicyTable:
    """The reward of every action, less what its distance to the search's action costs.

    Eq. 7 weighs the distance by a distribution over states but the return by a sum over time, hence the
    factor 1 - discount.
    """
    weight = (1.0 - problem.mdp.discount) * weights.distance
    return problem.mdp.reward - weight * squared_distance(problem, target)


def charged_values(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> PerState:
    """The value of every state when distance and divergence are paid for on the way."""
    reward = tabular.expect(policy, charged_reward(problem, target, weights))
    return tabular.state_values(problem.mdp, policy, reward - weights.alpha * divergence(problem, policy))


def objective(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> PerPolicy:
    """What the proof maximises (paper Eq. 7), divided by 1 - tau: the return less its price."""
    return np.sum(problem.mdp.start * charged_values(problem, policy, target, weights), -1)


def sides(problem: Problem, policy: PolicyTable, target: PerState, weights: Weights) -> BoundSides:
    """Both sides of the theorem for `policy`, where the search found `target`.

    The right side is the policy's price less the behaviour policy's, whose divergence from itself is zero.
    """
    behaviour = np.broadcast_to(problem.behaviour, policy.shape)
    gain = tabular.mean_return(problem.mdp, policy) - tabular.mean_return(problem.mdp, problem.behaviour)
    extra = price(problem, policy, target, weights) - price(problem, behaviour, target, weights)
    return BoundSides(gain, extra)
