"""ITD3 and MATD3: twin delayed critics for a team, with no offline term.

`critic="decentralised"` is ITD3, `"centralised"` is MATD3 (Ackermann et al. 2019; paper Sec. 2.1). The policy
is not delayed, as in the official code. This is the learner of the online runs, and of Table 9's offline.
"""

from dataclasses import dataclass

import jax.numpy as jnp

from omarl.algos.actor_critic import actor_critic
from omarl.algos.base import Algorithm, CriticConfig
from omarl.algos.hooks import ActorInputs, CriticInputs, CriticLoss, CriticTargets, Terms
from omarl.algos.life import known_ends
from omarl.algos.losses import bellman_target, policy_gradient
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class TD3Config(CriticConfig):
    """TD3 has no options beyond those of every learner with critics."""


def td3_critic_loss(config: CriticConfig) -> CriticLoss:
    """The clipped double-Q loss with the target actors' next actions (Fujimoto et al. 2018)."""

    def targets(c: CriticInputs) -> CriticTargets:
        batch = c.sample.batch
        target = bellman_target(batch.reward, batch.terminal, c.next_value(c.sample.policy), config.discount)
        return CriticTargets(target, known_ends(batch))

    return targets


def td3_actor_loss(a: ActorInputs) -> Terms:
    """The deterministic policy gradient through the first head."""
    return policy_gradient(a.worth), {"q_policy": jnp.mean(a.worth)}


def td3(config: TD3Config, team: TeamSpec) -> Algorithm:
    """Independent or multi-agent TD3."""
    return actor_critic(config, team, td3_critic_loss(config), td3_actor_loss)
