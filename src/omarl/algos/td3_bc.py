"""MA-TD3+BC: the policy gradient, kept near the data by an imitation term (Fujimoto & Gu 2021)."""

from dataclasses import dataclass

import jax.numpy as jnp

from omarl.actions import action_set
from omarl.algos.actor_critic import actor_critic
from omarl.algos.base import Algorithm, CriticConfig
from omarl.algos.hooks import ActorInputs, Terms
from omarl.algos.losses import behaviour_regularised
from omarl.algos.td3 import td3_critic_loss
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class TD3BCConfig(CriticConfig):
    """What MA-TD3+BC adds: the weight of the policy gradient."""

    alpha: float = 2.5
    """Weight of the policy gradient, relative to the mean size of Q (lambda = alpha / mean |Q|)."""


def td3_bc(config: TD3BCConfig, team: TeamSpec) -> Algorithm:
    """TD3's critics, and Fujimoto & Gu's actor loss (Eq. 5) for every agent."""
    actions = action_set(team)

    def actor_loss(a: ActorInputs) -> Terms:
        distance = actions.imitation(a.head, a.batch.action, a.batch.legal)
        metrics = {"q_policy": jnp.mean(a.worth), "imitation": jnp.mean(distance)}
        return behaviour_regularised(a.worth, distance, config.alpha), metrics

    return actor_critic(config, team, td3_critic_loss(config), actor_loss)
