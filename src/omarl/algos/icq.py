"""MA-ICQ: implicit constraint Q-learning, which never asks for the value of an action that is not in the data.

Yang et al. 2021 ("Believe What You See"). Importance weights softmax(Q / temperature) over the batch stand in
for the policy: they weigh the next action's value in the target (Eq. 9) and the imitation of the data in the
actor's loss (Eq. 11).
"""

from dataclasses import dataclass

import jax.numpy as jnp

from omarl.actions import action_set
from omarl.algos import losses
from omarl.algos.base import Algorithm, CriticConfig, Metrics
from omarl.algos.shared import ActorInputs, CriticInputs, actor_critic
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

    def critic_loss(c: CriticInputs) -> tuple[losses.PerAgent, Metrics]:
        next_values = c.next_value(c.batch.next_action)
        known = c.batch.has_next_action & ~c.batch.terminal
        weight = losses.importance(jnp.min(next_values, 0), known, config.target_temperature)
        target = losses.bellman_target(
            c.batch.reward, c.batch.terminal, weight[None] * next_values, config.discount
        )
        error = losses.td_error(c.data_value, target, known | c.batch.terminal)
        return error, {"td_error": error}

    def actor_loss(a: ActorInputs) -> tuple[losses.PerAgent, Metrics]:
        values = a.value(a.batch.action)
        weight = losses.importance(values, jnp.ones_like(values, bool), config.temperature)
        distance = actions.imitation(a.head, a.batch.action, a.batch.legal)
        metrics = {"imitation": jnp.mean(distance, 0), "largest_weight": jnp.max(weight, 0)}
        return jnp.mean(weight * distance, 0), metrics

    return actor_critic(config, team, critic_loss, actor_loss)
