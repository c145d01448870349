"""A problem of the theorem: an MDP, the behaviour policy of the data, and a search over actions."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from omarl.theory import mdp as tabular
from omarl.theory.mdp import MDP, PerState, PolicyTable


class Problem(NamedTuple):
    """An MDP whose actions are `points` in [-1, 1]; the search tries those marked in `searched`."""

    mdp: MDP
    behaviour: Float[np.ndarray, "state action"]
    points: Float[np.ndarray, "action"]
    searched: Bool[np.ndarray, "state action"]


def search(problem: Problem, action_values: PolicyTable) -> PerState:
    """The best of the searched actions under a critic, as points (the paper's a-hat)."""
    return problem.points[np.argmax(np.where(problem.searched, action_values, -np.inf), -1)]


def squared_distance(problem: Problem, target: PerState) -> PolicyTable:
    """(a - a-hat)^2 for every action a, given one target a-hat per state."""
    return (problem.points - target[..., None]) ** 2


def divergence(problem: Problem, policy: PolicyTable) -> PerState:
    """D(pi, pi_beta) = sum_a pi(a) (pi(a) / pi_beta(a) - 1); 1 / pi_beta - 1 for a deterministic policy."""
    return tabular.expect(policy, policy / problem.behaviour - 1.0)


def softmax(logits: Float[np.ndarray, "state action"]) -> Float[np.ndarray, "state action"]:
    """Probabilities proportional to exp(logits), per state."""
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def random_problem(
    rng: np.random.Generator,
    temperature: float,
    states: int = 3,
    actions: int = 5,
    searched: int = 3,
    discount: float = 0.9,
) -> Problem:
    """A dense random MDP with rewards in [0, 1], and a behaviour policy softmax(Q* / temperature).

    The search tries `searched` random actions in each state. Q* are the optimal action values.
    """
    transition = rng.dirichlet(np.ones(states), (states, actions))
    mdp = MDP(transition, rng.random((states, actions)), rng.dirichlet(np.ones(states)), discount)
    everything = tabular.deterministic_policies(states, actions)
    best = everything[np.argmax(tabular.mean_return(mdp, everything))]
    optimal = tabular.backup(mdp, tabular.state_values(mdp, best, tabular.expect(best, mdp.reward)))
    tried = rng.permuted(np.tile(np.arange(actions) < searched, (states, 1)), axis=1)
    return Problem(mdp, softmax(optimal / temperature), np.linspace(-1.0, 1.0, actions), tried)
