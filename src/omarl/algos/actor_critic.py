"""Learners with actors, twin critics and target networks, which differ only by the two losses passed in."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.actions import action_set
from omarl.algos.base import Algorithm, CriticConfig, Metrics, actor_functions
from omarl.algos.descent import agents_first, follow, optimiser
from omarl.algos.hooks import ActorLoss, ContextAction, CriticLoss, Sample
from omarl.algos.life import if_there, own_rows
from omarl.algos.steps import ActorCriticState, Shared, actor_steps, critic_step
from omarl.batch import Batch, PRNGKey
from omarl.errors import RequestError, choose
from omarl.nets.actors_critics import VIEWS, Actor, init_actor, init_critic, track_moments
from omarl.nets.kernels.blocks import each
from omarl.nets.mlp import MLP, apply, moments
from omarl.types import TeamSpec


def head_of_own_rows(
    network: MLP, obs: Float[Array, "batch obs"], alive: Bool[Array, "batch"] | None
) -> Float[Array, "batch act"]:
    """One actor's output, normalised by the statistics of the rows in which the agent is there."""
    return apply(network, obs, moments(own_rows(obs, alive)))


def samples(shared: Shared, target_actor: MLP, batch: Batch, key: PRNGKey) -> Sample:
    """Every agent's sample of a batch, agents first.

    The target policies' next actions are smoothed by noise (Fujimoto et al. 2018). Agents that are not there
    do nothing.
    """
    config, actions, context = shared.config, shared.actions, shared.view.context
    head = jax.vmap(head_of_own_rows, in_axes=(0, 1, 1), out_axes=1)(
        target_actor, batch.next_obs, batch.next_alive
    )
    greedy = actions.mode(head, batch.next_legal)
    following = actions.smooth(greedy, batch.next_legal, key, config.target_noise, config.target_noise_clip)
    if batch.next_alive is not None:
        following = following * batch.next_alive[..., None]
    joint = (
        (batch.obs, batch.action),
        (batch.next_obs, following),
        (batch.next_obs, batch.next_action),
    )
    now, policy, data = (ContextAction(context(obs, action), action) for obs, action in joint)
    return agents_first(Sample(batch, now, policy, data))


def actor_critic(
    config: CriticConfig, team: TeamSpec, critic_loss: CriticLoss, actor_loss: ActorLoss
) -> Algorithm:
    """A learner with twin critics and target networks, from the two losses that make it what it is.

    Raises `RequestError` for an unknown critic, for a centralised critic with samples per agent, and for a
    gradient that the team's actions do not have.
    """
    view = choose("critic", config.critic, VIEWS)(team)
    if config.critic == "centralised" and config.sampling == "per-agent":
        raise RequestError("a centralised critic sees everybody in one transition: use sampling 'joint'")
    adams = optimiser(config), optimiser(config, config.actor_learning_rate)
    shared = Shared(config, action_set(team, config.policy_gradient), view, *adams)

    def init(key: PRNGKey) -> ActorCriticState:
        actor_key, critic_key = jax.random.split(key)
        actor = init_actor(actor_key, team, config.hidden, config.normalisation)
        critic = init_critic(critic_key, team, view, config.hidden, config.normalisation)
        targets = jax.tree.map(jnp.copy, (actor.network, critic))  # own buffers: a state can be donated
        of_actor = jax.vmap(shared.actor_adam.init)(actor.network)
        of_critic = jax.vmap(shared.critic_adam.init)(critic)
        step = jnp.zeros(team.agents, jnp.int32)
        return ActorCriticState(actor, critic, targets[0], targets[1], of_actor, of_critic, step)

    def update_agent(old: ActorCriticState, sample: Sample, key: PRNGKey) -> tuple[ActorCriticState, Metrics]:
        alive = sample.batch.alive
        return if_there(alive, old, learnt(old, own_rows(sample, alive), key))

    def learnt(state: ActorCriticState, sample: Sample, key: PRNGKey) -> tuple[ActorCriticState, Metrics]:
        critic_key, actor_key = jax.random.split(key)
        critic, moments, critic_metrics = critic_step(shared, critic_loss, state, sample, critic_key)
        state = state._replace(critic=critic, critic_optimiser=moments)
        network, moments, actor_metrics = actor_steps(shared, actor_loss, state, sample, actor_key)
        state = state._replace(
            actor=Actor(network, track_moments(state.actor.running, sample.batch.obs)),
            target_actor=follow(state.target_actor, network, config.polyak),
            target_critic=follow(state.target_critic, critic, config.polyak),
            actor_optimiser=moments,
            step=state.step + 1,
        )
        return state, critic_metrics | actor_metrics

    def update(state: ActorCriticState, batch: Batch, key: PRNGKey) -> tuple[ActorCriticState, Metrics]:
        target_key, key = jax.random.split(key)
        batch = batch._replace(reward=batch.reward * config.reward_scale)
        shares = samples(shared, state.target_actor, batch, target_key)
        return each(update_agent)(state, shares, jax.random.split(key, team.agents))

    return Algorithm(init=init, update=update, **actor_functions(config, shared.actions))
