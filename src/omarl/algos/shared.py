"""The update that the actor-critic learners share; they differ by the two loss functions they pass in."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from omarl import networks
from omarl.actions import ActionSet, action_set
from omarl.algos import losses
from omarl.algos.base import ActorConfig, Algorithm, CriticConfig, Metrics
from omarl.errors import choose
from omarl.networks import MLP, Actor
from omarl.types import Batch, PRNGKey, TeamSpec


class State(NamedTuple):
    """Everything that changes while learning, agents stacked on the leading axis."""

    actor: Actor
    critic: MLP
    target_actor: MLP
    target_critic: MLP
    actor_optimiser: Any
    critic_optimiser: Any
    step: Int[Array, ""]


class CriticInputs(NamedTuple):
    """What a critic loss is made of.

    `value(own)` scores own actions at the batch's observations, `next_value(actions)` is the target critics'
    view of joint actions at the next ones, and `policy_actions` are the target actors' actions there.
    """

    value: Callable[[Array], Array]
    next_value: Callable[[Array], Array]
    data_value: Float[Array, "head batch agent"]
    policy_actions: Float[Array, "batch agent act"]
    batch: Batch
    key: PRNGKey


class ActorInputs(NamedTuple):
    """What an actor loss is made of.

    `value(own)` is the first head's view of own actions, the others playing the batch's; `head` is the
    actors' output, `action` what gradients flow through, `greedy` the action that the policy would take.
    """

    value: Callable[[Array], Array]
    head: Float[Array, "batch agent act"]
    action: Float[Array, "batch agent act"]
    greedy: Float[Array, "batch agent act"]
    batch: Batch
    key: PRNGKey


CriticLoss = Callable[[CriticInputs], tuple[losses.PerAgent, Metrics]]
ActorLoss = Callable[[ActorInputs], tuple[losses.PerAgent, Metrics]]


def optimiser(config: ActorConfig) -> optax.GradientTransformation:
    """Adam behind a clip of the gradient's norm, apart for each agent."""
    one = optax.chain(optax.clip_by_global_norm(config.gradient_clip), optax.adam(config.learning_rate))
    return optax.GradientTransformation(jax.vmap(one.init), lambda g, s, p=None: jax.vmap(one.update)(g, s))


def descend(
    loss: Callable[[MLP], tuple[losses.PerAgent, Metrics]],
    params: MLP,
    optimiser: optax.GradientTransformation,
    optimiser_state: Any,
) -> tuple[MLP, Any, Metrics]:
    """Parameters after one step down the sum of the agents' losses, each agent's gradient being its own."""

    def total(params: MLP) -> tuple[Array, Metrics]:
        per_agent, metrics = loss(params)
        return jnp.sum(per_agent), metrics

    gradient, metrics = jax.grad(total, has_aux=True)(params)
    step, optimiser_state = optimiser.update(gradient, optimiser_state)
    return optax.apply_updates(params, step), optimiser_state, metrics  # pyright: ignore[reportReturnType]


def actor_functions(config: ActorConfig, actions: ActionSet) -> dict[str, Callable]:
    """`act` and `explore` of every algorithm whose policy is an `Actor`."""

    def act(actor: Actor, obs: Array, legal: Array) -> Array:
        return actions.mode(networks.heads(actor, obs), legal)

    def explore(actor: Actor, obs: Array, legal: Array, key: PRNGKey) -> Array:
        return actions.explore(networks.heads(actor, obs), legal, key, config.exploration)

    return {"act": act, "explore": explore}


def actor_critic(
    config: CriticConfig, team: TeamSpec, critic_loss: CriticLoss, actor_loss: ActorLoss
) -> Algorithm:
    """A learner with twin critics and target networks, from the two losses that make it what it is."""
    actions = action_set(team)
    view = choose("critic", config.critic, networks.VIEWS)(team)
    adam = optimiser(config)

    def init(key: PRNGKey) -> State:
        actor_key, critic_key = jax.random.split(key)
        actor = networks.init_actor(actor_key, team, config.hidden, config.normalisation)
        critic = networks.init_critic(critic_key, team, view, config.hidden, config.normalisation)
        start = adam.init(actor.network), adam.init(critic)
        return State(actor, critic, actor.network, critic, *start, jnp.zeros((), jnp.int32))

    def update_critic(state: State, batch: Batch, key: PRNGKey) -> tuple[State, Metrics]:
        noise_key, loss_key = jax.random.split(key)
        greedy = actions.mode(networks.train_heads(state.target_actor, batch.next_obs), batch.next_legal)
        policy_actions = actions.smooth(
            greedy, batch.next_legal, noise_key, config.target_noise, config.target_noise_clip
        )
        context = view.context(batch.obs, batch.action)

        def next_value(joint: Array) -> Array:
            return networks.values(state.target_critic, view.context(batch.next_obs, joint), joint)

        def loss(critic: MLP) -> tuple[losses.PerAgent, Metrics]:
            value = partial(networks.values, critic, context)
            data = value(batch.action)
            per_agent, metrics = critic_loss(
                CriticInputs(value, next_value, data, policy_actions, batch, loss_key)
            )
            return per_agent, {"critic_loss": per_agent, "q_data": jnp.mean(data, (0, 1)), **metrics}

        critic, moments, metrics = descend(loss, state.critic, adam, state.critic_optimiser)
        return state._replace(critic=critic, critic_optimiser=moments), metrics

    def update_actor(state: State, batch: Batch, key: PRNGKey) -> tuple[State, Metrics]:
        relax_key, loss_key = jax.random.split(key)
        context = view.context(batch.obs, batch.action)
        first = networks.first_head(state.critic)

        def loss(network: MLP) -> tuple[losses.PerAgent, Metrics]:
            head = networks.train_heads(network, batch.obs)
            inputs = ActorInputs(
                value=lambda own: networks.values(first, context, own)[0],
                head=head,
                action=actions.relaxed(head, batch.legal, relax_key),
                greedy=actions.mode(head, batch.legal),
                batch=batch,
                key=loss_key,
            )
            per_agent, metrics = actor_loss(inputs)
            penalty = jnp.mean(actions.penalty(head, batch.legal), 0)
            return per_agent + config.action_penalty * penalty, {
                "actor_loss": per_agent,
                "saturation": jnp.mean(jnp.abs(inputs.greedy), (0, 2)),
                **metrics,
            }

        network, moments, metrics = descend(loss, state.actor.network, adam, state.actor_optimiser)
        running = networks.track_moments(state.actor.running, batch.obs)
        return state._replace(actor=Actor(network, running), actor_optimiser=moments), metrics

    def track(state: State) -> State:
        follow = partial(optax.incremental_update, step_size=config.polyak)
        return state._replace(
            target_actor=follow(state.actor.network, state.target_actor),
            target_critic=follow(state.critic, state.target_critic),
            step=state.step + 1,
        )

    def update(state: State, batch: Batch, key: PRNGKey) -> tuple[State, Metrics]:
        critic_key, actor_key = jax.random.split(key)
        batch = batch._replace(reward=batch.reward * config.reward_scale)
        state, critic_metrics = update_critic(state, batch, critic_key)
        state, actor_metrics = update_actor(state, batch, actor_key)
        return track(state), critic_metrics | actor_metrics

    return Algorithm(init=init, update=update, **actor_functions(config, actions))


def td3_critic_loss(config: CriticConfig) -> CriticLoss:
    """The clipped double-Q loss with the target actors' actions, which most learners build on."""

    def loss(c: CriticInputs) -> tuple[losses.PerAgent, Metrics]:
        next_values = c.next_value(c.policy_actions)
        target = losses.bellman_target(c.batch.reward, c.batch.terminal, next_values, config.discount)
        error = losses.td_error(c.data_value, target, jnp.ones_like(target, bool))
        return error, {"td_error": error}

    return loss


def td3_actor_loss(a: ActorInputs) -> tuple[losses.PerAgent, Metrics]:
    """The deterministic policy gradient through the first head."""
    values = a.value(a.action)
    return losses.policy_gradient(values), {"q_policy": jnp.mean(values, 0)}
