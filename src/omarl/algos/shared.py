"""The update that the actor-critic learners share; they differ by the two loss functions they pass in.

Everything but `init` and `samples` is written for one agent; updates are mapped over the agents' axis.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from omarl.actions import ActionSet, action_set, masked_mean
from omarl.algos.base import ActorConfig, Algorithm, CriticConfig, Metrics
from omarl.algos.losses import PerRow, Scalar, bellman_target, policy_gradient, td_error
from omarl.batch import Batch, PRNGKey, Real
from omarl.errors import RequestError, choose
from omarl.nets import actors_critics as networks
from omarl.nets.actors_critics import Actor
from omarl.nets.kernels.blocks import each
from omarl.nets.mlp import MLP
from omarl.types import TeamSpec


class State(NamedTuple):
    """Everything that changes while learning, agents stacked on the leading axis."""

    actor: Actor
    critic: MLP
    target_actor: MLP
    target_critic: MLP
    actor_optimiser: Any
    critic_optimiser: Any
    step: Int[Array, "*agent"]


class Choice(NamedTuple):
    """An agent's action and what its critic sees besides."""

    context: Float[Array, "batch context"]
    own: Float[Array, "batch act"]


class Sample(NamedTuple):
    """One agent's share of a batch: its columns, and what its critic sees.

    `now` is what the data did; `policy` and `data` are what the target policies would do next, and what was
    done next.
    """

    batch: Batch
    now: Choice
    policy: Choice
    data: Choice


class CriticInputs(NamedTuple):
    """What a critic loss is prepared from; `next_value(choice)` has the target heads, `[head, batch]`."""

    sample: Sample
    next_value: Callable[[Choice], Array]
    key: PRNGKey


class ActorInputs(NamedTuple):
    """What an actor loss is made of.

    `value(own)` is the first head's view of own actions, the others playing the batch's; it takes a
    `precision` as `networks.value` does. `head` is the actor's output, `action` what gradients flow through,
    `greedy` the action that the policy would take.
    """

    value: Callable[..., Array]
    head: Float[Array, "batch act"]
    action: Float[Array, "batch act"]
    greedy: Float[Array, "batch act"]
    batch: Batch
    key: PRNGKey


Terms = tuple[Scalar, dict[str, Scalar]]
MeanOver = Callable[[Callable[[Array, Array], Array], Array, Array], Scalar]
"""`mean_over(term, candidates, log_density)` of one head: see `networks.mean_over_candidates`."""
HeadLoss = Callable[[MeanOver, PerRow], Terms]
"""`loss(mean_over, data_value)` of one head: a mean over its values of candidates, and the data's values."""
CriticLoss = Callable[[CriticInputs], HeadLoss]
ActorLoss = Callable[[ActorInputs], Terms]


def optimiser(config: ActorConfig, learning_rate: Real | None = None) -> optax.GradientTransformation:
    """Adam behind a clip of the norm of one network's gradient."""
    rate = config.learning_rate if learning_rate is None else learning_rate
    return optax.chain(optax.clip_by_global_norm(config.gradient_clip), optax.adam(rate))


def descend(
    gradient: MLP, params: MLP, optimiser: optax.GradientTransformation, moments: Any
) -> tuple[MLP, Any]:
    """Parameters and the optimiser's state after one step."""
    step, moments = optimiser.update(gradient, moments)
    return optax.apply_updates(params, step), moments  # pyright: ignore[reportReturnType]


Columns = TypeVar("Columns", Batch, Sample)


def columns(of: Columns) -> Columns:
    """A batch, or what is made of one, with the agents' axis first."""
    return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), of)


def follow(target: MLP, network: MLP, share: Real) -> MLP:
    """The target's parameters after taking over a share of the network's."""
    return jax.tree.map(lambda old, new: (1.0 - share) * old + share * new, target, network)


def actor_functions(config: ActorConfig, actions: ActionSet) -> dict[str, Callable]:
    """`act` and `explore` of every algorithm whose policy is an `Actor`."""

    def act(actor: Actor, obs: Array, legal: Array) -> Array:
        return actions.mode(networks.heads(actor, obs), legal)

    def explore(actor: Actor, obs: Array, legal: Array, key: PRNGKey) -> Array:
        return actions.explore(networks.heads(actor, obs), legal, key, config.exploration)

    return {"act": act, "explore": explore}


class Shared(NamedTuple):
    """What the parts of an update have in common."""

    config: CriticConfig
    actions: ActionSet
    view: networks.View
    critic_adam: optax.GradientTransformation
    actor_adam: optax.GradientTransformation


def critic_step(shared: Shared, critic_loss: CriticLoss, state: State, sample: Sample, key: PRNGKey) -> tuple:
    """One agent's critic and optimiser after one step, and what was measured."""

    def next_value(choice: Choice) -> Array:
        return networks.values(state.target_critic, choice.context, choice.own)

    loss = critic_loss(CriticInputs(sample, next_value, key))

    def of_head(head: MLP) -> Terms:
        data_value = networks.value(head, sample.now.context, sample.now.own)

        def mean_over(term: Callable, own: Array, beside: Array) -> Scalar:
            return networks.mean_over_candidates(term, head, sample.now.context, own, beside)

        total, metrics = loss(mean_over, data_value)
        return total, {"critic_loss": total, "q_data": jnp.mean(data_value), **metrics}

    gradient, metrics = each(jax.grad(of_head, has_aux=True))(networks.split_heads(state.critic))
    stepped = descend(networks.join_heads(gradient), state.critic, shared.critic_adam, state.critic_optimiser)
    return *stepped, jax.tree.map(jnp.mean, metrics)


def actor_steps(shared: Shared, actor_loss: ActorLoss, state: State, sample: Sample, key: PRNGKey) -> tuple:
    """One agent's actor network and optimiser after its steps, and what was measured, on average."""

    def step(carry: tuple, key: PRNGKey) -> tuple:
        return actor_step(shared, actor_loss, state.critic, sample, carry, key)

    begin = state.actor.network, state.actor_optimiser
    carry, metrics = jax.lax.scan(step, begin, jax.random.split(key, shared.config.actor_updates))
    return *carry, jax.tree.map(partial(jnp.mean, axis=0), metrics)


def actor_step(
    shared: Shared, actor_loss: ActorLoss, critic: MLP, sample: Sample, carry: tuple, key: PRNGKey
) -> tuple:
    """One agent's actor network and optimiser after one step, and what was measured."""
    network, moments = carry
    relax_key, loss_key = jax.random.split(key)
    batch, actions = sample.batch, shared.actions
    value = partial(networks.value, networks.first_head(critic), sample.now.context)

    def loss(network: MLP) -> Terms:
        head = networks.train_head(network, batch.obs)
        greedy = actions.mode(head, batch.legal)
        relaxed = actions.relaxed(head, batch.legal, relax_key)
        total, metrics = actor_loss(ActorInputs(value, head, relaxed, greedy, batch, loss_key))
        penalty = shared.config.action_penalty * jnp.mean(actions.penalty(head, batch.legal))
        saturation = jnp.mean(masked_mean(jnp.abs(greedy), batch.legal))
        metrics = {"actor_loss": total, "saturation": saturation, **metrics}
        return total + penalty, metrics

    gradient, metrics = jax.grad(loss, has_aux=True)(network)
    return descend(gradient, network, shared.actor_adam, moments), metrics


def samples(shared: Shared, target_actor: MLP, batch: Batch, key: PRNGKey) -> Sample:
    """Every agent's share of a batch, with the target policies' next actions (Fujimoto et al. 2018)."""
    config, actions, context = shared.config, shared.actions, shared.view.context
    head = jax.vmap(networks.train_head, in_axes=(0, 1), out_axes=1)(target_actor, batch.next_obs)
    greedy = actions.mode(head, batch.next_legal)
    following = actions.smooth(greedy, batch.next_legal, key, config.target_noise, config.target_noise_clip)
    joint = (
        (batch.obs, batch.action),
        (batch.next_obs, following),
        (batch.next_obs, batch.next_action),
    )
    now, policy, data = (Choice(context(obs, action), action) for obs, action in joint)
    return columns(Sample(batch, now, policy, data))


def actor_critic(
    config: CriticConfig, team: TeamSpec, critic_loss: CriticLoss, actor_loss: ActorLoss
) -> Algorithm:
    """A learner with twin critics and target networks, from the two losses that make it what it is."""
    view = choose("critic", config.critic, networks.VIEWS)(team)
    if config.critic == "centralised" and config.sampling == "per-agent":
        raise RequestError("a centralised critic sees everybody in one transition: use sampling 'joint'")
    adams = optimiser(config), optimiser(config, config.actor_learning_rate)
    shared = Shared(config, action_set(team), view, *adams)

    def init(key: PRNGKey) -> State:
        actor_key, critic_key = jax.random.split(key)
        actor = networks.init_actor(actor_key, team, config.hidden, config.normalisation)
        critic = networks.init_critic(critic_key, team, view, config.hidden, config.normalisation)
        targets = jax.tree.map(jnp.copy, (actor.network, critic))  # own buffers: a state can be donated
        of_actor = jax.vmap(shared.actor_adam.init)(actor.network)
        of_critic = jax.vmap(shared.critic_adam.init)(critic)
        step = jnp.zeros(team.agents, jnp.int32)
        return State(actor, critic, targets[0], targets[1], of_actor, of_critic, step)

    def update_agent(state: State, sample: Sample, key: PRNGKey) -> tuple[State, Metrics]:
        critic_key, actor_key = jax.random.split(key)
        critic, moments, critic_metrics = critic_step(shared, critic_loss, state, sample, critic_key)
        state = state._replace(critic=critic, critic_optimiser=moments)
        network, moments, actor_metrics = actor_steps(shared, actor_loss, state, sample, actor_key)
        state = State(
            actor=Actor(network, networks.track_moments(state.actor.running, sample.batch.obs)),
            critic=critic,
            target_actor=follow(state.target_actor, network, config.polyak),
            target_critic=follow(state.target_critic, critic, config.polyak),
            actor_optimiser=moments,
            critic_optimiser=state.critic_optimiser,
            step=state.step + 1,
        )
        return state, critic_metrics | actor_metrics

    def update(state: State, batch: Batch, key: PRNGKey) -> tuple[State, Metrics]:
        target_key, key = jax.random.split(key)
        batch = batch._replace(reward=batch.reward * config.reward_scale)
        shares = samples(shared, state.target_actor, batch, target_key)
        return each(update_agent)(state, shares, jax.random.split(key, team.agents))

    return Algorithm(init=init, update=update, **actor_functions(config, shared.actions))


def td3_critic_loss(config: CriticConfig) -> CriticLoss:
    """The clipped double-Q loss with the target actors' actions, which most learners build on."""

    def prepare(c: CriticInputs) -> HeadLoss:
        batch = c.sample.batch
        target = bellman_target(batch.reward, batch.terminal, c.next_value(c.sample.policy), config.discount)

        def loss(_: MeanOver, data_value: PerRow) -> Terms:
            error = td_error(data_value, target, jnp.ones_like(target, bool))
            return error, {"td_error": error}

        return loss

    return prepare


def td3_actor_loss(a: ActorInputs) -> Terms:
    """The deterministic policy gradient through the first head."""
    values = a.value(a.action)
    return policy_gradient(values), {"q_policy": jnp.mean(values)}
