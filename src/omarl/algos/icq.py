"""MA-ICQ: implicit constraint Q-learning, which never asks what an action outside the data is worth.

Yang et al. 2021 ("Believe What You See"). Importance weights softmax(Q / temperature) over the batch stand in
for the policy: they weigh the next action's value in the target (Eq. 9) and the imitation of the data in the
actor's loss (Eq. 11).
"""

from dataclasses import dataclass

import jax.numpy as jnp

from omarl.actions import action_set
from omarl.algos import losses
from omarl.algos.base import Algorithm, CriticConfig
from omarl.algos.shared import ActorInputs, CriticInputs, HeadLoss, MeanOver, Terms, actor_critic
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class ICQConfig(CriticConfig):
    """Adds how greedy the weights are."""

    temperature: float = 10.0
    """Of the weights in the actor's loss, in units of scaled return (the paper's beta)."""
    target_temperature: float = 1000.0
    """Of the weights in the critic's target, in the same units."""


def icq(config: ICQConfig, team: TeamSpec) -> Algorithm:
    """Multi-agent implicit constraint Q-learning."""
    actions = action_set(team)

    def critic_loss(c: CriticInputs) -> HeadLoss:
        batch, next_values = c.sample.batch, c.next_value(c.sample.data)
        known = batch.has_next_action & ~batch.terminal
        weight = losses.importance(jnp.min(next_values, 0), known, config.target_temperature)
        target = losses.bellman_target(
            batch.reward, batch.terminal, weight[None] * next_values, config.discount
        )

        def loss(_: MeanOver, data_value: losses.PerRow) -> Terms:
            error = losses.td_error(data_value, target, known | batch.terminal)
            return error, {"td_error": error}

        return loss

    def actor_loss(a: ActorInputs) -> Terms:
        values = a.value(a.batch.action)
        weight = losses.importance(values, jnp.ones_like(values, bool), config.temperature)
        distance = actions.imitation(a.head, a.batch.action, a.batch.legal)
        metrics = {"imitation": jnp.mean(distance), "largest_weight": jnp.max(weight)}
        return jnp.mean(weight * distance), metrics

    return actor_critic(config, team, critic_loss, actor_loss)
