"""MA-CQL: conservative critics, which value the data's actions above all others.

Kumar et al. 2020; Pan et al. 2022, Eq. 1.
"""

from dataclasses import dataclass

import jax.numpy as jnp

from omarl.actions import ActionSet, action_set
from omarl.algos import losses
from omarl.algos.base import Algorithm, CriticConfig
from omarl.algos.shared import (
    CriticInputs,
    CriticLoss,
    HeadLoss,
    MeanOver,
    Terms,
    actor_critic,
    td3_actor_loss,
    td3_critic_loss,
)
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class CQLConfig(CriticConfig):
    """Adds how conservative the critics are."""

    alpha: float = 1.0
    """Weight of the conservative term."""
    cql_samples: int = 10
    """Uniform actions per observation that estimate the log-sum-exp."""


def cql_critic_loss(config: CQLConfig, actions: ActionSet) -> CriticLoss:
    """TD3's critic loss and alpha times the conservative gap."""
    prepare_td3 = td3_critic_loss(config)

    def prepare(c: CriticInputs) -> HeadLoss:
        td3_loss = prepare_td3(c)
        others = actions.candidates(c.key, config.cql_samples, c.sample.batch.legal)

        def loss(mean_over: MeanOver, data_value: losses.PerRow) -> Terms:
            error, metrics = td3_loss(mean_over, data_value)
            gap = mean_over(losses.soft_maximum, *others) - jnp.mean(data_value)
            return error + config.alpha * gap, {**metrics, "conservative_gap": gap}

        return loss

    return prepare


def cql(config: CQLConfig, team: TeamSpec) -> Algorithm:
    """Multi-agent conservative Q-learning."""
    return actor_critic(config, team, cql_critic_loss(config, action_set(team)), td3_actor_loss)
