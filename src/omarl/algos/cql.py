"""MA-CQL: conservative critics, which value the recorded actions above all others.

Kumar et al. 2020; Pan et al. 2022, Eq. 1.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from omarl.actions import ActionSet, Candidates, action_set
from omarl.algos.actor_critic import actor_critic
from omarl.algos.base import Algorithm, CriticConfig, added
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
    cql_policy_samples: int = added(0)
    """Further ones around the policy's action, and as many around its action at the next observation."""
    cql_policy_std: float = added(0.2)
    """Standard deviation of these actions from the policy's."""


def cql_critic_loss(config: CQLConfig, actions: ActionSet) -> CriticLoss:
    """TD3's critic loss plus alpha times the conservative gap."""
    td3_targets = td3_critic_loss(config)

    def targets(c: CriticInputs) -> CriticTargets:
        candidates = actions.candidates(c.key, config.cql_samples, c.sample.batch.legal)
        if config.cql_policy_samples:
            candidates = together(candidates, *of_policy(config, actions, c))
        return td3_targets(c)._replace(candidates=candidates, gap_weight=config.alpha)

    return targets


def of_policy(config: CQLConfig, actions: ActionSet, c: CriticInputs) -> tuple[Candidates, Candidates]:
    """Actions around the policy's at the observation and at the next one (Kumar et al. 2020, App. F).

    All of them are scored at the observation.
    """
    batch, keys = c.sample.batch, jax.random.split(jax.random.fold_in(c.key, 1))
    centres = c.greedy(batch.obs, batch.legal), c.greedy(batch.next_obs, batch.next_legal)
    now, following = (
        actions.around(centre, batch.legal, key, config.cql_policy_samples, config.cql_policy_std)
        for centre, key in zip(centres, keys, strict=True)
    )
    return now, following


def together(*parts: Candidates) -> Candidates:
    """All candidates of several draws."""
    return Candidates(*map(jnp.concatenate, zip(*parts, strict=True)))


def cql(config: CQLConfig, team: TeamSpec) -> Algorithm:
    """Multi-agent conservative Q-learning."""
    return actor_critic(config, team, cql_critic_loss(config, action_set(team)), td3_actor_loss)
