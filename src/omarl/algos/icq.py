"""MA-ICQ: implicit constraint Q-learning, which never asks for the value of an action outside the data.

Yang et al. 2021 ("Believe What You See"). Importance weights softmax(Q / temperature) over the batch take the
place of the policy: they weight the next action's value in the target (Eq. 9) and the imitation of the data
in the actor's loss (Eq. 11).
"""

from dataclasses import dataclass

import jax.numpy as jnp

from omarl.actions import action_set
from omarl.algos import losses
from omarl.algos.actor_critic import actor_critic
from omarl.algos.base import Algorithm, CriticConfig
from omarl.algos.hooks import ActorInputs, CriticInputs, CriticTargets, Terms
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class ICQConfig(CriticConfig):
    """What MA-ICQ adds: how strongly the importance weights prefer high values."""

    temperature: float = 10.0
    """Temperature of the weights in the actor's loss, in units of scaled return (the paper's beta)."""
    target_temperature: float = 1000.0
    """Temperature of the weights in the critic's target, in the same units."""


def icq(config: ICQConfig, team: TeamSpec) -> Algorithm:
    """Multi-agent implicit constraint Q-learning."""
    actions = action_set(team)

    def critic_loss(c: CriticInputs) -> CriticTargets:
        batch, next_values = c.sample.batch, c.next_value(c.sample.data)
        known = batch.has_next_action & ~batch.terminal
        weight = losses.importance(jnp.min(next_values, 0), known, config.target_temperature)
        target = losses.bellman_target(
            batch.reward, batch.terminal, weight[None] * next_values, config.discount
        )
        return CriticTargets(target, known | batch.terminal)

    def actor_loss(a: ActorInputs) -> Terms:
        values = a.value(a.batch.action)
        weight = losses.importance(values, jnp.ones_like(values, bool), config.temperature)
        distance = actions.imitation(a.head, a.batch.action, a.batch.legal)
        metrics = {"imitation": jnp.mean(distance), "largest_weight": jnp.max(weight)}
        return jnp.mean(weight * distance), metrics

    return actor_critic(config, team, critic_loss, actor_loss)
