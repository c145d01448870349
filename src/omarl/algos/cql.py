"""MA-CQL: conservative critics, which value the recorded actions above all others.

Kumar et al. 2020; Pan et al. 2022, Eq. 1.
"""

from dataclasses import dataclass

from omarl.actions import ActionSet, action_set
from omarl.algos.actor_critic import actor_critic
from omarl.algos.base import Algorithm, CriticConfig
from omarl.algos.hooks import CriticInputs, CriticLoss, CriticTargets
from omarl.algos.td3 import td3_actor_loss, td3_critic_loss
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class CQLConfig(CriticConfig):
    """What MA-CQL adds: how conservative the critics are."""

    alpha: float = 1.0
    """Weight of the conservative term."""
    cql_samples: int = 10
    """Uniform actions per observation, from which the log-sum-exp of Q is estimated."""


def cql_critic_loss(config: CQLConfig, actions: ActionSet) -> CriticLoss:
    """TD3's critic loss plus alpha times the conservative gap."""
    td3_targets = td3_critic_loss(config)

    def targets(c: CriticInputs) -> CriticTargets:
        candidates = actions.candidates(c.key, config.cql_samples, c.sample.batch.legal)
        return td3_targets(c)._replace(candidates=candidates, gap_weight=config.alpha)

    return targets


def cql(config: CQLConfig, team: TeamSpec) -> Algorithm:
    """Multi-agent conservative Q-learning."""
    return actor_critic(config, team, cql_critic_loss(config, action_set(team)), td3_actor_loss)
