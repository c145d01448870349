"""Behavioural cloning: each actor imitates the data, no critic and no reward.

The yardstick that the paper's tables lack: on the data of one good policy it is hard to beat.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from omarl.actions import action_set
from omarl.algos.base import ActorConfig, Algorithm, Metrics
from omarl.algos.shared import Terms, actor_functions, columns, descend, optimiser
from omarl.batch import Batch, PRNGKey
from omarl.nets import actors_critics as networks
from omarl.nets.actors_critics import Actor
from omarl.nets.kernels.blocks import each
from omarl.nets.mlp import MLP
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class BCConfig(ActorConfig):
    """Behavioural cloning has no choices of its own."""


class State(NamedTuple):
    """The actors and their optimiser, agents stacked on the leading axis."""

    actor: Actor
    optimiser: Any
    step: Int[Array, "*agent"]


def bc(config: BCConfig, team: TeamSpec) -> Algorithm:
    """Behavioural cloning: mean squared error (continuous) or cross-entropy (discrete)."""
    actions = action_set(team)
    adam = optimiser(config)

    def init(key: PRNGKey) -> State:
        actor = networks.init_actor(key, team, config.hidden, config.normalisation)
        return State(actor, jax.vmap(adam.init)(actor.network), jnp.zeros(team.agents, jnp.int32))

    def update_agent(state: State, batch: Batch) -> tuple[State, Metrics]:
        def loss(network: MLP) -> Terms:
            head = networks.train_head(network, batch.obs)
            error = jnp.mean(actions.imitation(head, batch.action, batch.legal))
            penalty = jnp.mean(actions.penalty(head, batch.legal))
            return error + config.action_penalty * penalty, {"actor_loss": error}

        gradient, metrics = jax.grad(loss, has_aux=True)(state.actor.network)
        network, moments = descend(gradient, state.actor.network, adam, state.optimiser)
        running = networks.track_moments(state.actor.running, batch.obs)
        return State(Actor(network, running), moments, state.step + 1), metrics

    def update(state: State, batch: Batch, key: PRNGKey) -> tuple[State, Metrics]:
        return each(update_agent)(state, columns(batch))

    return Algorithm(init=init, update=update, **actor_functions(config, actions))
