"""OMAR: conservative critics, and actors that are pulled towards the best action a search finds.

Pan et al. 2022, "Plan Better Amid Conservatism: Offline Multi-Agent Reinforcement Learning with Actor
Rectification". The critics are MA-CQL's (Eq. 1). Each actor maximises
(1 - tau) Q(o, pi(o)) - tau (pi(o) - a)^2 (Eq. 2), where `a` is found by a zeroth-order search over Q (Eq. 3).
So it can leave local optima of Q in which the policy gradient would stay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp

from omarl.actions import action_set
from omarl.algos import losses, search
from omarl.algos.actor_critic import actor_critic
from omarl.algos.base import Algorithm, added
from omarl.algos.cql import CQLConfig, cql_critic_loss
from omarl.algos.hooks import ActorInputs, ActorLoss, Terms
from omarl.errors import choose
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class OMARConfig(CQLConfig):
    """What OMAR adds to MA-CQL: the search and its weight."""

    tau: float = 0.9
    """Weight of the distance to the search's action, in [0, 1]; the policy gradient has the rest."""
    search: Literal["soft", "cem", "random"] = "soft"
    """How candidates are refined: by softmax weights (Eq. 3), by elites, or not at all (Table 4)."""
    search_iterations: int = 3
    """Rounds of candidates (the paper's J)."""
    search_samples: int = 10
    """Candidates per round (the paper's K)."""
    search_mean: float = 0.0
    """Mean of the first round's candidates."""
    search_std: float = 2.0
    """Standard deviation of the first round's candidates, before they are clipped to the box."""
    search_elites: int = 5
    """Candidates that the cross-entropy method keeps."""
    search_precision: Literal["float32", "bfloat16"] = added("float32")
    """Precision of the critic's products while the search scores candidates; learning is in float32."""


def soft_search(c: OMARConfig) -> search.Search:
    """The paper's search (Eq. 3)."""
    return search.soft(c.search_iterations, c.search_samples, c.search_mean, c.search_std)


def cem_search(c: OMARConfig) -> search.Search:
    """The search of OMAR (CEM)."""
    return search.cem(c.search_iterations, c.search_samples, c.search_elites, c.search_mean, c.search_std)


def random_search(c: OMARConfig) -> search.Search:
    """The search of OMAR (random), with as many evaluations of Q as the others."""
    return search.random_shooting(c.search_iterations * c.search_samples)


SEARCHES: dict[str, Callable[[OMARConfig], search.Search]] = {
    "soft": soft_search,
    "cem": cem_search,
    "random": random_search,
}


def omar_actor_loss(config: OMARConfig, team: TeamSpec) -> ActorLoss:
    """OMAR's actor loss (Eq. 2): the policy gradient and the distance to the search's action."""
    actions = action_set(team)
    chosen = choose("search", config.search, SEARCHES)(config)
    find = actions.search(search.finder(chosen), chosen.budget)

    def loss(a: ActorInputs) -> Terms:
        score = partial(a.value, precision=config.search_precision)
        target = jax.lax.stop_gradient(find(score, a.greedy, a.batch.legal, a.key))
        distance = actions.imitation(a.head, target, a.batch.legal)
        metrics = {"q_policy": jnp.mean(a.worth), "rectification": jnp.mean(distance)}
        return losses.rectified(a.worth, distance, config.tau), metrics

    return loss


def omar(config: OMARConfig, team: TeamSpec) -> Algorithm:
    """Offline multi-agent reinforcement learning with actor rectification."""
    critic_loss = cql_critic_loss(config, action_set(team))
    return actor_critic(config, team, critic_loss, omar_actor_loss(config, team))
