"""One step of an agent's critics, and one of its actor, from the two losses that make a learner.

Everything here is written for one agent.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

from omarl.actions import ActionSet, masked_mean
from omarl.algos.base import CriticConfig
from omarl.algos.descent import descend
from omarl.algos.hooks import ActorInputs, ActorLoss, CriticInputs, CriticLoss, CriticTargets, Sample, Terms
from omarl.batch import PRNGKey
from omarl.nets import actors_critics
from omarl.nets.actors_critics import Actor, View
from omarl.nets.kernels.blocks import each
from omarl.nets.mlp import MLP


class ActorCriticState(NamedTuple):
    """Everything that changes while learning; in a learner's state agents are stacked on the leading axis."""

    actor: Actor
    critic: MLP
    target_actor: MLP
    target_critic: MLP
    actor_optimiser: Any
    critic_optimiser: Any
    step: Int[Array, "*agent"]


class Shared(NamedTuple):
    """What all parts of a learner's update use."""

    config: CriticConfig
    actions: ActionSet
    view: View
    critic_adam: optax.GradientTransformation
    actor_adam: optax.GradientTransformation


def head_loss(head: MLP, sample: Sample, targets: CriticTargets) -> Terms:
    """One head's loss and its metrics (see `CriticTargets`)."""
    now, asked = sample.now, targets.candidates
    pull = 0.0 if asked is None else -targets.gap_weight
    total, error, mean = actors_critics.fit(head, *now, targets.target, targets.known, pull)
    metrics = {"q_data": mean, "td_error": error}
    if asked is not None:
        peak = actors_critics.mean_soft_maximum(head, now.context, *asked)
        total = total + targets.gap_weight * peak
        metrics["conservative_gap"] = peak - mean
    return total, {"critic_loss": total, **metrics}


def critic_step(
    shared: Shared, critic_loss: CriticLoss, state: ActorCriticState, sample: Sample, key: PRNGKey
) -> tuple:
    """One agent's critic and its optimiser's state after one step, and metrics averaged over the heads."""

    def greedy(obs: Array, legal: Array) -> Array:
        return shared.actions.mode(actors_critics.train_head(state.actor.network, obs), legal)

    targets = critic_loss(
        CriticInputs(sample, lambda pair: actors_critics.values(state.target_critic, *pair), greedy, key)
    )
    of_head = partial(head_loss, sample=sample, targets=targets)
    gradient, metrics = each(jax.grad(of_head, has_aux=True))(actors_critics.split_heads(state.critic))
    gradient = actors_critics.join_heads(gradient)
    stepped = descend(gradient, state.critic, shared.critic_adam, state.critic_optimiser)
    return *stepped, jax.tree.map(jnp.mean, metrics)


def actor_steps(
    shared: Shared, actor_loss: ActorLoss, state: ActorCriticState, sample: Sample, key: PRNGKey
) -> tuple:
    """One agent's actor network and its optimiser's state after all its steps, and averaged metrics."""

    def step(carry: tuple, key: PRNGKey) -> tuple:
        return actor_step(shared, actor_loss, state.critic, sample, carry, key)

    begin = state.actor.network, state.actor_optimiser
    carry, metrics = jax.lax.scan(step, begin, jax.random.split(key, shared.config.actor_updates))
    return *carry, jax.tree.map(partial(jnp.mean, axis=0), metrics)


def actor_step(
    shared: Shared, actor_loss: ActorLoss, critic: MLP, sample: Sample, carry: tuple, key: PRNGKey
) -> tuple:
    """One agent's actor network and its optimiser's state after one step, and metrics."""
    network, moments = carry
    relax_key, loss_key = jax.random.split(key)
    batch, actions = sample.batch, shared.actions
    value_of = partial(actors_critics.value, actors_critics.first_head(critic), sample.now.context)

    def loss(network: MLP) -> Terms:
        head = actors_critics.train_head(network, batch.obs)
        greedy = actions.mode(head, batch.legal)
        worth = actions.worth(value_of, head, batch.legal, relax_key)
        total, metrics = actor_loss(ActorInputs(value_of, head, worth, greedy, batch, loss_key))
        penalty = shared.config.action_penalty * jnp.mean(actions.penalty(head, batch.legal))
        saturation = jnp.mean(masked_mean(jnp.abs(greedy), batch.legal))
        return total + penalty, {"actor_loss": total, "saturation": saturation, **metrics}

    gradient, metrics = jax.grad(loss, has_aux=True)(network)
    return descend(gradient, network, shared.actor_adam, moments), metrics
