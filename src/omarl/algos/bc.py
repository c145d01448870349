"""Behavioural cloning: each actor imitates the data, no critic and no reward.

The yardstick that the paper's tables lack: on the data of one good policy it is hard to beat.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Int

from omarl import networks
from omarl.actions import action_set
from omarl.algos.base import ActorConfig, Algorithm, Metrics
from omarl.algos.losses import PerAgent
from omarl.algos.shared import actor_functions, descend, optimiser
from omarl.networks import MLP, Actor
from omarl.types import Batch, PRNGKey, TeamSpec


@dataclass(frozen=True, kw_only=True)
class BCConfig(ActorConfig):
    """Behavioural cloning has no choices of its own."""


class State(NamedTuple):
    """The actors and their optimiser, agents stacked on the leading axis."""

    actor: Actor
    optimiser: Any
    step: Int[Array, ""]


def bc(config: BCConfig, team: TeamSpec) -> Algorithm:
    """Behavioural cloning: mean squared error (continuous) or cross-entropy (discrete)."""
    actions = action_set(team)
    adam = optimiser(config)

    def init(key: PRNGKey) -> State:
        actor = networks.init_actor(key, team, config.hidden, config.normalisation)
        return State(actor, adam.init(actor.network), jnp.zeros((), jnp.int32))

    def update(state: State, batch: Batch, key: PRNGKey) -> tuple[State, Metrics]:
        def loss(network: MLP) -> tuple[PerAgent, Metrics]:
            head = networks.train_heads(network, batch.obs)
            error = jnp.mean(actions.imitation(head, batch.action, batch.legal), 0)
            penalty = jnp.mean(actions.penalty(head, batch.legal), 0)
            return error + config.action_penalty * penalty, {"actor_loss": error}

        network, moments, metrics = descend(loss, state.actor.network, adam, state.optimiser)
        running = networks.track_moments(state.actor.running, batch.obs)
        return State(Actor(network, running), moments, state.step + 1), metrics

    return Algorithm(init=init, update=update, **actor_functions(config, actions))
