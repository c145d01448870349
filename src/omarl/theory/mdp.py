"""A tabular Markov decision process, and exact evaluation of policies in it.

A policy is a table of probabilities `state action`; leading axes hold several policies.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

PolicyTable = Float[np.ndarray, "*policies state action"]
PerState = Float[np.ndarray, "*policies state"]
PerPolicy = Float[np.ndarray, "*policies"] | float  # numpy returns a float for a single policy


class MDP(NamedTuple):
    """Transition probabilities, expected rewards, the distribution of the first state, and the discount."""

    transition: Float[np.ndarray, "state action next"]
    reward: Float[np.ndarray, "state action"]
    start: Float[np.ndarray, "state"]
    discount: float


def expect(policy: PolicyTable, table: Float[np.ndarray, "*_ state action"]) -> PerState:
    """The expectation of `table` over a policy's actions, per state."""
    return np.sum(policy * table, -1)


def discounting(mdp: MDP, policy: PolicyTable) -> Float[np.ndarray, "*policies state next"]:
    """The matrix I - discount P, where P are the transitions between states under the policy."""
    between = np.einsum("...sa,san->...sn", policy, mdp.transition)
    return np.eye(len(mdp.start)) - mdp.discount * between


def state_values(mdp: MDP, policy: PolicyTable, reward: PerState) -> PerState:
    """The discounted sum of a reward per state, from every state: V = (I - discount P)^-1 reward."""
    return np.linalg.solve(discounting(mdp, policy), reward[..., None])[..., 0]


def backup(mdp: MDP, value: PerState) -> PolicyTable:
    """Action values r + discount P V, from state values V."""
    return mdp.reward + mdp.discount * np.einsum("san,...n->...sa", mdp.transition, value)


def occupancy(mdp: MDP, policy: PolicyTable) -> PerState:
    """The discounted distribution of states, d = (1 - discount) start (I - discount P)^-1."""
    transposed = np.swapaxes(discounting(mdp, policy), -1, -2)
    start = np.broadcast_to(mdp.start, policy.shape[:-1])
    return (1.0 - mdp.discount) * np.linalg.solve(transposed, start[..., None])[..., 0]


def mean_return(mdp: MDP, policy: PolicyTable) -> PerPolicy:
    """J, the expected discounted return from the first state."""
    return np.sum(mdp.start * state_values(mdp, policy, expect(policy, mdp.reward)), -1)


def deterministic_policies(states: int, actions: int) -> Float[np.ndarray, "policies state action"]:
    """All `actions ** states` deterministic policies."""
    choices = np.indices((actions,) * states).reshape(states, -1).T
    return np.eye(actions)[choices]
