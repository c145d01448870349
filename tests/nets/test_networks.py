"""Networks equal their plain definitions; critics see what they should and nothing else."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.errors import RequestError
from omarl.nets import actors_critics
from omarl.nets.actors_critics import VIEWS
from omarl.nets.kernels.broadcast import EPSILON
from omarl.nets.mlp import NORMALISATIONS, Moments, mlp
from omarl.types import TeamSpec

TEAM = TeamSpec(observation_sizes=(3, 3, 3), action_sizes=(2, 2, 2))
HIDDEN = (6, 5)
BATCH, SAMPLES = 7, 4


def noise(seed, *shape):
    return np.random.default_rng(seed).normal(0.5, 2.0, shape).astype(np.float32)


def perturbed(tree):
    """A tree of random parameters, so that no scale is one and no offset zero."""
    leaves, structure = jax.tree.flatten(tree)
    return structure.unflatten([leaf + noise(i, *leaf.shape) / 3 for i, leaf in enumerate(leaves)])


def network(normalisation, sizes):
    make = partial(mlp, sizes=sizes, normalisation=NORMALISATIONS[normalisation])
    return perturbed(jax.device_get(jax.jit(make)(jax.random.key(0))))


@cache
def critic():
    """Everybody's fresh decentralised critics."""
    view = VIEWS["decentralised"](TEAM)
    make = partial(actors_critics.init_critic, team=TEAM, view=view, hidden=HIDDEN, normalisation="batch")
    return jax.device_get(jax.jit(make)(jax.random.key(0)))


def one(stacked):
    """The first agent's parameters."""
    return jax.tree.map(lambda x: x[0], stacked)


def fresh_actor(hidden, normalisation):
    make = partial(actors_critics.init_actor, team=TEAM, hidden=hidden, normalisation=normalisation)
    return jax.jit(make)(jax.random.key(0))


def standardised(x, scale, axis):
    mean, variance = x.mean(axis, keepdims=True), x.var(axis, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + EPSILON) * scale.scale[None] + scale.offset[None]


def plain(params, x):
    """The textbook network on `[rows, size]`: batch norm, then Linear, layer norm, ReLU in turn."""
    for scale in params.input:
        x = standardised(x, scale, 0)
    for i, layer in enumerate(params.layers):
        x = x @ layer.weight + layer.bias[None]
        if i + 1 < len(params.layers):
            for scale in params.hidden[i : i + 1]:
                x = standardised(x, scale, 1)
            x = jax.nn.relu(x)
    return x


def pull_back(function, cotangent, *arguments):
    """The function's value, and its gradients with respect to every argument along a cotangent."""
    value, pull = jax.vjp(function, *arguments)
    return value, pull(cotangent)


def agree(have, want):
    for a, b in zip(jax.tree.leaves(have), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_value_equals_the_network_on_concatenated_inputs(normalisation):
    params, context = network(normalisation, (3 + 2, *HIDDEN, 1)), noise(1, BATCH, 3)
    own, weight = noise(2, SAMPLES, BATCH, 2), noise(3, SAMPLES, BATCH)

    def split(params, context, own):
        return actors_critics.value(params, context, own)

    def joined(params, context, own):
        rows = jnp.concatenate([jnp.broadcast_to(context[None], (SAMPLES, BATCH, 3)), own], -1)
        return plain(params, rows.reshape(-1, 5)).reshape(SAMPLES, BATCH)

    arguments = (params, context, own)
    agree(*(jax.jit(partial(pull_back, function, weight))(*arguments) for function in (split, joined)))


def test_the_statistics_of_a_pass_hide_what_all_its_actions_have_in_common():
    context, own = map(jnp.asarray, (noise(1, BATCH, 3), noise(2, BATCH, 2)))
    for normalisation, hidden in (("batch", True), ("layer", False), ("none", False)):
        params = jax.tree.map(jnp.asarray, network(normalisation, (3 + 2, *HIDDEN, 1)))
        values, moved = (actors_critics.value(params, context, actions) for actions in (own, 3.0 * own + 1.0))
        assert np.allclose(values, moved, rtol=1e-3, atol=1e-3) == hidden, normalisation


def test_a_value_in_lower_precision_rounds_the_factors_between_hidden_layers():
    made = network("none", (3 + 2, *HIDDEN, 1)), noise(1, BATCH, 3), noise(2, BATCH, 2)
    params, context, own = jax.tree.map(jnp.asarray, made)

    def rounded(x):
        return x.astype(jnp.bfloat16).astype(jnp.float32)

    first, second, last = params.layers
    x = jax.nn.relu(jnp.concatenate([context, own], -1) @ first.weight + first.bias[None])
    x = jax.nn.relu(rounded(x) @ rounded(second.weight) + second.bias[None])
    want = (x @ last.weight + last.bias[None])[:, 0]
    np.testing.assert_allclose(
        actors_critics.value(params, context, own, "bfloat16"), want, rtol=1e-5, atol=1e-5
    )
    assert not np.allclose(actors_critics.value(params, context, own), want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_an_actors_head_equals_the_textbook_network(normalisation):
    params, obs = network(normalisation, (3, *HIDDEN, 2)), noise(1, BATCH, 3)
    agree(jax.jit(actors_critics.train_head)(params, obs), jax.jit(plain)(params, obs))


def test_acting_standardises_by_the_running_moments():
    actor, obs = fresh_actor(HIDDEN, "batch"), noise(1, BATCH, 3, 3)
    by_batch = jax.jit(jax.vmap(actors_critics.train_head, in_axes=(0, 1), out_axes=1))(actor.network, obs)
    heads = jax.jit(actors_critics.heads)
    agree(heads(actor._replace(running=Moments(obs.mean(0), obs.var(0))), obs), by_batch)
    assert not np.allclose(heads(actor, obs), by_batch)


def test_running_moments():
    # One tenth of the way from mean 0 and variance 1 to the batch's mean 3 and unbiased variance 8.
    running = actors_critics.track_moments(Moments(jnp.zeros(1), jnp.ones(1)), jnp.array([[1.0], [5.0]]))
    agree(running, Moments(jnp.array([0.3]), jnp.array([0.9 + 0.8])))


def test_fresh_layers_are_bounded_as_torchs_are():
    fresh = mlp(jax.random.key(0), (16, 400, 40), NORMALISATIONS["none"], last=3e-3)
    first, second = fresh.layers
    bounds = (first.weight, 0.25), (first.bias, 0.25), (second.weight, 3e-3), (second.bias, 0.05)
    for drawn, bound in bounds:
        assert 0.9 * bound < float(jnp.max(jnp.abs(drawn))) <= bound  # 1 / sqrt(16), 0.003, 1 / sqrt(400)
    assert first.weight.shape == (16, 400) and second.weight.shape == (400, 40)


def test_fresh_actors_differ_and_do_not_saturate():
    head = jax.jit(actors_critics.heads)(fresh_actor((64, 64), "none"), noise(1, BATCH, 3, 3))
    assert float(jnp.max(jnp.abs(head))) < 0.3  # last bias within 1/sqrt(64), last weights within 0.003
    assert not np.allclose(head[:, 0], head[:, 1])


def test_twin_heads_differ_and_share_what_standardises_their_input():
    assert critic().layers[0].weight.shape == (3, 2, 5, 6)
    assert critic().input[0].scale.shape == (3, 5)
    context, own = noise(1, BATCH, 3), noise(2, BATCH, 2)
    first, second = jax.jit(actors_critics.values)(one(critic()), context, own)
    assert not np.allclose(first, second)
    agree(jax.jit(actors_critics.value)(actors_critics.first_head(one(critic())), context, own), first)


def test_gradients_of_split_heads_add_up_to_the_critics():
    context, own = noise(1, BATCH, 3), noise(2, BATCH, 2)

    def by_head(critic, context, own):
        of_head = jax.grad(lambda head: jnp.sum(actors_critics.value(head, context, own) ** 2))
        return actors_critics.join_heads(jax.vmap(of_head)(actors_critics.split_heads(critic)))

    def at_once(critic, context, own):
        return jax.grad(lambda critic: jnp.sum(actors_critics.values(critic, context, own) ** 2))(critic)

    params = perturbed(one(critic()))
    agree(*(jax.jit(gradient)(params, context, own) for gradient in (by_head, at_once)))


@pytest.mark.parametrize("agent", range(3))
def test_the_centralised_view_at_the_own_action_is_the_joint_critic(agent):
    view = VIEWS["centralised"](TEAM)
    params = network("batch", (view.size + 2, *HIDDEN, 1))
    obs, actions = noise(1, BATCH, 3, 3), noise(2, BATCH, 3, 2)
    others = [j for j in range(3) if j != agent]
    joint = np.concatenate(
        [*(obs[:, j] for j in range(3)), *(actions[:, j] for j in others), actions[:, agent]], -1
    )

    @jax.jit
    def value(params, obs, actions):
        return actors_critics.value(params, view.context(obs, actions)[:, agent], actions[:, agent])

    agree(value(params, obs, actions), jax.jit(plain)(params, joint)[:, 0])


def test_the_centralised_context_ignores_the_own_action_only():
    view, obs = VIEWS["centralised"](TEAM), noise(1, BATCH, 3, 3)
    jacobian = jax.jit(jax.jacobian(view.context, argnums=1))(obs, noise(2, BATCH, 3, 2))
    reach = np.abs(jacobian).sum((0, 2, 3, 5))  # [whose context, whose action]
    np.testing.assert_array_equal(reach > 0, ~np.eye(3, dtype=bool))


def test_a_decentralised_value_ignores_everybody_else():
    @jax.jit
    @partial(jax.jacobian, argnums=(0, 1))
    def jacobians(obs, actions):
        context = VIEWS["decentralised"](TEAM).context(obs, actions)
        return jax.vmap(actors_critics.values, in_axes=(0, 1, 1))(critic(), context, actions)[:, 0, 0]

    for jacobian in jacobians(noise(1, BATCH, 3, 3), noise(2, BATCH, 3, 2)):
        reach = np.abs(jacobian).sum((1, 3))  # [whose value, whose data]
        np.testing.assert_array_equal(reach > 0, np.eye(3, dtype=bool))


def test_one_agent_sees_as_much_centralised_as_decentralised():
    team = TeamSpec(observation_sizes=(3,), action_sizes=(2,))
    obs, actions = noise(1, BATCH, 1, 3), noise(2, BATCH, 1, 2)
    central, own = (VIEWS[name](team) for name in ("centralised", "decentralised"))
    assert central.size == own.size
    agree(*(jax.jit(view.context)(obs, actions) for view in (central, own)))


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(RequestError, match="unknown normalisation 'group': choose one of batch, layer, none"):
        actors_critics.init_actor(jax.random.key(0), TEAM, HIDDEN, "group")
