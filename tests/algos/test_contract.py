"""What every learner promises, over algorithm x critic x action kind x normalisation.

A new algorithm is covered by being listed in `ALGORITHMS`.
"""

import json
from dataclasses import asdict, fields
from functools import partial
from itertools import product
from typing import get_args, get_type_hints

import jax
import numpy as np
import pytest

from omarl.algos import ALGORITHMS
from omarl.algos.omar import SEARCHES
from omarl.batch import Batch
from omarl.errors import RequestError
from omarl.nets.actors_critics import NORMALISATIONS, VIEWS
from omarl.runs.checkpoint import describe_tree, load_tree, save_tree
from omarl.runs.learnt import with_tuples
from omarl.types import ActionKind, TeamSpec

KINDS = get_args(ActionKind)
BATCH = 8
# XLA would spend most of the test's time on optimising code that runs for a millisecond.
QUICK = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}


def team(kind):
    """Three agents with different sizes of observations and actions."""
    return TeamSpec(observation_sizes=(3, 5, 4), action_sizes=(2, 4, 3), action_kind=kind)


def choices(algorithm):
    """The choices of a critic for a learner: every view, or none if it has no critic."""
    names = {field.name for field in fields(ALGORITHMS[algorithm][0])}
    return [{"critic": view} for view in VIEWS] if "critic" in names else [{}]


CASES = [
    (algorithm, {**critic, "normalisation": normalisation}, kind)
    for algorithm in ALGORITHMS
    for critic, normalisation, kind in product(choices(algorithm), NORMALISATIONS, KINDS)
] + [
    *(("omar", {"search": search}, "continuous") for search in SEARCHES),
    *(("cql", {"cql_policy_samples": 3}, kind) for kind in KINDS),
]


def build(algorithm, choice, kind):
    """A small learner, and its configuration."""
    config_type, factory = ALGORITHMS[algorithm]
    config = config_type(hidden=(8,), batch_size=BATCH, **choice)
    return factory(config, team(kind)), config


def exists(sizes):
    return np.arange(max(sizes)) < np.array(sizes)[:, None]


def random_batch(kind, seed=0):
    """Random transitions with ends, missing next actions and choices that are not legal."""
    rng, spec = np.random.default_rng(seed), team(kind)
    shape = (BATCH, spec.agents)

    def observe():
        return (rng.normal(size=(*shape, 5)) * exists(spec.observation_sizes)).astype(np.float32)

    def permit():
        some = rng.random((*shape, 4)) < (0.7 if kind == "discrete" else 1.0)
        some[..., 0] = True
        return some & spec.action_mask

    def act(legal):
        if kind == "discrete":
            return np.eye(4, dtype=np.float32)[np.where(legal, rng.random(legal.shape), -1).argmax(-1)]
        return (rng.uniform(-1, 1, legal.shape) * legal).astype(np.float32)

    legal, next_legal = permit(), permit()
    return Batch(
        obs=observe(),
        action=act(legal),
        reward=rng.normal(size=shape).astype(np.float32),
        next_obs=observe(),
        next_action=act(next_legal),
        terminal=rng.random(shape) < 0.3,
        has_next_action=rng.random(shape) < 0.7,
        legal=legal,
        next_legal=next_legal,
    )


def same(have, want):
    for a, b in zip(jax.tree.leaves(have), jax.tree.leaves(want), strict=True):
        np.testing.assert_array_equal(a, b)


def compiled(algorithm, traces):
    """An update and the greedy actions after it as one program; `traces` grows with each tracing."""

    @partial(jax.jit, donate_argnums=0, compiler_options=QUICK)
    def step(state, batch, key):
        traces.append(batch)
        state, metrics = algorithm.update(state, batch, key)
        return state, metrics, algorithm.act(state.actor, batch.obs, batch.legal)

    return step


@pytest.mark.parametrize(
    ("name", "choice", "kind"),
    CASES,
    ids=lambda x: "-".join(map(str, x.values())) if isinstance(x, dict) else x,
)
def test_the_contract(name, choice, kind, tmp_path):
    algorithm, config = build(name, choice, kind)
    batches, keys = [random_batch(kind, seed) for seed in range(3)], jax.random.split(jax.random.key(1), 3)
    traces = []
    step = compiled(algorithm, traces)

    def learn(state, first, last):
        for batch, key in zip(batches[first:last], keys[first:last], strict=True):
            state, metrics, action = step(state, batch, key)
            assert all(np.isfinite(x).all() for x in jax.tree.leaves((state, metrics)))
            assert all(value.shape == (3,) for value in metrics.values())
            assert np.abs(np.asarray(action) * ~batch.legal).max() == 0
        return state, metrics

    fresh = jax.device_get(algorithm.init(jax.random.key(0)))
    state, _ = jax.device_get(learn(algorithm.init(jax.random.key(0)), 0, 2))
    same(state, learn(jax.device_put(fresh), 0, 2)[0])  # the same key gives the same state
    before, after = (jax.tree.leaves(one.actor.network.layers) for one in (fresh, state))
    assert all((a != b).any() for a, b in zip(before, after, strict=True))

    save_tree(tmp_path / "state", state, {"config": asdict(config)})
    like = jax.eval_shape(algorithm.init, jax.random.key(0))
    continued = learn(load_tree(tmp_path / "state", like), 2, 3)
    same(continued, learn(jax.device_put(state), 2, 3))
    assert len(traces) == 1

    stored = describe_tree(tmp_path / "state")["config"]
    lists_are_tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    assert type(config)(**lists_are_tuples) == config and hash(config) == hash(
        type(config)(**lists_are_tuples)
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_configuration_is_data_with_documented_defaults(algorithm):
    config_type, _ = ALGORITHMS[algorithm]
    assert set(get_type_hints(config_type)) == {field.name for field in fields(config_type)}
    assert config_type(**with_tuples(json.loads(json.dumps(asdict(config_type()))))) == config_type()
    with pytest.raises(TypeError):
        config_type(64)


def test_a_centralised_critic_needs_joint_samples():
    with pytest.raises(RequestError, match="use sampling 'joint'"):
        build("td3", {"critic": "centralised", "sampling": "per-agent"}, "continuous")


def after_an_update(**choice):
    """A small MATD3 before and after one update."""
    learner, _ = build("td3", choice, "continuous")
    fresh = learner.init(jax.random.key(0))
    update = jax.jit(learner.update, compiler_options=QUICK)
    return fresh, update(fresh, random_batch("continuous"), jax.random.key(1))[0]


def test_an_actor_has_a_step_size_of_its_own():
    fresh, still = after_an_update(actor_learning_rate=0.0)
    _, usual = after_an_update()
    _, same_rate = after_an_update(actor_learning_rate=3e-3)
    same(still.actor.network, fresh.actor.network)
    same(still.critic, usual.critic)
    same(same_rate.actor, usual.actor)


def test_an_actor_takes_as_many_steps_as_asked_for_while_the_critics_take_one():
    # Each of Adam's first steps is about its rate, 0.003, where the gradient hardly changes.
    _, once = after_an_update()
    fresh, thrice = after_an_update(actor_updates=3)
    moved = [
        np.abs(np.asarray(state.actor.network.layers[-1].bias - fresh.actor.network.layers[-1].bias)).max()
        for state in (once, thrice)
    ]
    np.testing.assert_allclose(moved, [0.003, 0.009], rtol=0.05)
    same(once.critic, thrice.critic)
    with pytest.raises(RequestError, match="actor_updates 0: expected"):
        build("td3", {"actor_updates": 0}, "continuous")


def test_a_search_in_lower_precision_leaves_the_critics_alone():
    batch, key = random_batch("continuous"), jax.random.key(1)

    def after(precision):
        config_type, factory = ALGORITHMS["omar"]
        config = config_type(hidden=(8, 8), batch_size=BATCH, tau=1.0, search_precision=precision)
        learner = factory(config, team("continuous"))
        update = jax.jit(learner.update, compiler_options=QUICK)
        return update(learner.init(jax.random.key(0)), batch, key)

    (usual, metrics), (rounded, of_rounded) = after("float32"), after("bfloat16")
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-6), rounded.critic, usual.critic)
    assert (of_rounded["rectification"] != metrics["rectification"]).any()
    np.testing.assert_allclose(of_rounded["rectification"], metrics["rectification"], rtol=0.1)


@pytest.mark.parametrize("algorithm", ["cql", "omar"])
def test_a_decentralised_agent_learns_from_its_own_data_alone(algorithm):
    learner, _ = build(algorithm, {"critic": "decentralised"}, "continuous")
    batch, state, key = random_batch("continuous"), learner.init(jax.random.key(0)), jax.random.key(1)
    update = jax.jit(learner.update, compiler_options=QUICK)
    other = jax.tree.map(lambda x: np.concatenate([x[:, :2], x[::-1, 2:]], 1), batch)
    before, after = (update(state, data, key)[0] for data in (batch, other))
    same(*(jax.tree.map(lambda x: x[:2], state) for state in (before, after)))
    assert (before.actor.network.layers[0].weight[2] != after.actor.network.layers[0].weight[2]).any()
