"""Behavioural cloning: each actor imitates the data, without a critic and without rewards.

The paper's tables lack this baseline. On the data of one good policy it is hard to beat.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from omarl.actions import action_set
from omarl.algos.base import ActorConfig, Algorithm, Metrics, actor_functions
from omarl.algos.descent import agents_first, descend, optimiser
from omarl.algos.hooks import Terms
from omarl.algos.life import if_there, own_rows
from omarl.batch import Batch, PRNGKey
from omarl.nets.actors_critics import Actor, init_actor, track_moments, train_head
from omarl.nets.kernels.blocks import each
from omarl.nets.mlp import MLP
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class BCConfig(ActorConfig):
    """Behavioural cloning has no options of its own."""


class BCState(NamedTuple):
    """The actors and their optimiser's state, agents stacked on the leading axis."""

    actor: Actor
    optimiser: Any
    step: Int[Array, "*agent"]


def bc(config: BCConfig, team: TeamSpec) -> Algorithm:
    """Behavioural cloning: mean squared error (continuous) or cross-entropy (discrete)."""
    actions = action_set(team)
    adam = optimiser(config)

    def init(key: PRNGKey) -> BCState:
        actor = init_actor(key, team, config.hidden, config.normalisation)
        return BCState(actor, jax.vmap(adam.init)(actor.network), jnp.zeros(team.agents, jnp.int32))

    def update_agent(old: BCState, batch: Batch) -> tuple[BCState, Metrics]:
        return if_there(batch.alive, old, learnt(old, own_rows(batch, batch.alive)))

    def learnt(state: BCState, batch: Batch) -> tuple[BCState, Metrics]:
        def loss(network: MLP) -> Terms:
            head = train_head(network, batch.obs)
            error = jnp.mean(actions.imitation(head, batch.action, batch.legal))
            penalty = jnp.mean(actions.penalty(head, batch.legal))
            return error + config.action_penalty * penalty, {"actor_loss": error}

        gradient, metrics = jax.grad(loss, has_aux=True)(state.actor.network)
        network, moments = descend(gradient, state.actor.network, adam, state.optimiser)
        running = track_moments(state.actor.running, batch.obs)
        return BCState(Actor(network, running), moments, state.step + 1), metrics

    def update(state: BCState, batch: Batch, key: PRNGKey) -> tuple[BCState, Metrics]:
        return each(update_agent)(state, agents_first(batch))

    return Algorithm(init=init, update=update, **actor_functions(config, actions))
