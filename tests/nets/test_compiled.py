"""Compiled kernels equal the same computations in JAX, in values and gradients, whatever the sizes are."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omarl.errors import RequestError
from omarl.nets import actors_critics
from omarl.nets.kernels import compiled
from omarl.nets.mlp import NORMALISATIONS
from omarl.types import TeamSpec


class Problem(NamedTuple):
    """What the kernels are given, in double precision."""

    head: compiled.Head
    shared: np.ndarray
    own: np.ndarray
    beside: np.ndarray


def problem(seed, *sizes):
    """A head and candidates, drawn again where rounding would decide which units are active."""
    draw = np.random.default_rng(seed)
    while True:
        drawn = drawn_problem(draw, *sizes)
        if nearest_to_zero(drawn) > 5e-6:
            return drawn


def drawn_problem(draw, batch, samples, actions, widths, normalised):
    """A head and candidates, some of which do not count."""
    first, second = widths
    matrix = lambda *shape: draw.uniform(-1, 1, shape) / np.sqrt(shape[0])  # noqa: E731
    head = compiled.Head(
        own=matrix(actions, first),
        hidden=(matrix(first, second), draw.uniform(-0.1, 0.1, second)),
        last=(matrix(second, 1), draw.uniform(-0.1, 0.1, 1)),
        norms=tuple((draw.uniform(0.5, 1.5, n), draw.uniform(-0.2, 0.2, n)) for n in widths * normalised),
    )
    beside = draw.normal(size=(samples, batch))
    beside[1:][draw.random((samples - 1, batch)) < 0.2] = np.inf
    own = draw.uniform(-1, 1, (samples, batch, actions))
    return Problem(head, draw.normal(size=(batch, first)), own, beside)


def forward(x, norm):
    """What a ReLU gets, and a function from its output's gradient to those of `x` and of the norm."""
    if not norm:
        return x, lambda g: (g * (x > 0), ())
    scale, offset = norm
    deviation = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    standard = (x - x.mean(-1, keepdims=True)) / deviation
    y = standard * scale + offset

    def backward(g):
        g = g * (y > 0)
        inner = g * scale
        mean, along = inner.mean(-1, keepdims=True), (inner * standard).mean(-1, keepdims=True)
        of_norm = (g * standard).sum((0, 1)), g.sum((0, 1))
        return (inner - mean - standard * along) / deviation, of_norm

    return y, backward


def layers(p):
    """What the units of both hidden layers get, and the ways back (see `forward`)."""
    first_norm, second_norm = p.head.norms or ((), ())
    first, first_back = forward(p.shared + p.own @ p.head.own, first_norm)
    second, second_back = forward(np.maximum(first, 0) @ p.head.hidden[0] + p.head.hidden[1], second_norm)
    return first, second, first_back, second_back


def nearest_to_zero(p):
    """The smallest size of what a unit gets."""
    return min(np.abs(x).min() for x in layers(p)[:2])


def by_hand(p):
    """The values, the mean soft maximum, and its gradients for the head and for what candidates share."""
    values, back = values_by_hand(p)
    weight = np.exp(values - p.beside - (values - p.beside).max(0))
    mean = np.mean((values - p.beside).max(0) + np.log(weight.sum(0)))
    return values, mean, *back(weight / weight.sum(0) / weight.shape[1])


def values_by_hand(p):
    """The values, and a function from their gradient to those of the head and of what candidates share."""
    first, second, first_back, second_back = layers(p)
    first, second = np.maximum(first, 0), np.maximum(second, 0)

    def back(slope):
        above, of_second = second_back(slope[..., None] * p.head.last[0][:, 0])
        below, of_first = first_back(above @ p.head.hidden[0].T)
        gradient = compiled.Head(
            own=np.einsum("kba,kbi->ai", p.own, below),
            hidden=(np.einsum("kbi,kbj->ij", first, above), above.sum((0, 1))),
            last=(np.einsum("kb,kbj->j", slope, second)[:, None], slope.sum(keepdims=True)[0]),
            norms=(of_first, of_second) * bool(p.head.norms),
        )
        return gradient, below.sum(0)

    return second @ p.head.last[0][:, 0] + p.head.last[1], back


def error_by_hand(p, target, weight, pull):
    """The weighed squared error of the values plus `pull` times their mean, both alone, and gradients."""
    values, back = values_by_hand(p)
    error, mean = np.sum(weight * (values[0] - target) ** 2), values.mean()
    slope = 2 * weight * (values[0] - target) + pull / values.size
    return (error + pull * mean, error, mean), back(slope[None])


def close(found, wanted, tolerance=2e-5):
    """Equal relative to the largest entry of each array, or to the size of the terms that are added up."""
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(np.abs(other).max(), 0.2))


def agree(p):
    """Both kernels give what was worked out by hand."""
    given = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), p)
    values, mean, *gradients = by_hand(p)
    close(compiled.values_by_kernel(given.head, given.shared, given.own), values)
    found = jax.value_and_grad(compiled.mean_soft_maximum_by_kernel, argnums=(0, 1))(*given)
    close(found, (mean, tuple(gradients)))


def fits(p, seed):
    """The kernel that fits values to targets gives what was worked out by hand; some rows do not count."""
    draw, batch = np.random.default_rng(seed), len(p.shared)
    target, weight, pull = draw.normal(size=batch), draw.random(batch) * (draw.random(batch) < 0.7), -1.7
    given = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), (*p[:3], target, weight, np.array(pull)))
    function = compiled.squared_error_by_kernel
    found = function(*given), jax.grad(lambda *inputs: function(*inputs)[0], argnums=(0, 1))(*given)
    close(found, error_by_hand(p, target, weight, pull))


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize(
    ("batch", "actions", "widths"),
    [(100, 2, (64, 64)), (1, 1, (16, 16)), (333, 7, (48, 80)), (70, 70, (64, 64)), (9, 2, (256, 272))],
)
def test_values_are_fitted_as_worked_out_by_hand(each_set, batch, actions, widths, normalised, monkeypatch):
    p = problem(0, batch, 1, actions, widths, normalised)
    fits(p, 0)
    monkeypatch.setattr(compiled, "parts", lambda: 3)
    fits(p, 1)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize(
    ("batch", "samples", "actions", "widths"),
    [
        (100, 10, 2, (64, 64)),
        (1, 1, 1, (16, 16)),
        (7, 70, 70, (64, 64)),
        (3, 300, 5, (32, 16)),  # one observation has more candidates than a block has rows
        (33, 3, 7, (48, 80)),
        (200, 4, 2, (16, 128)),
        (9, 5, 2, (256, 272)),  # wide enough for AMX with normalisation
    ],
)
def test_kernels_equal_what_is_worked_out_by_hand(each_set, batch, samples, actions, widths, normalised):
    agree(problem(0, batch, samples, actions, widths, normalised))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**31),
    batch=st.integers(1, 40),
    samples=st.integers(1, 20),
    actions=st.integers(1, 20),
    blocks=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    normalised=st.booleans(),
)
@pytest.mark.skipif(not compiled.usable(), reason="no kernels here")
def test_whatever_the_sizes(seed, batch, samples, actions, blocks, normalised):
    widths = tuple(compiled.LANES * count for count in blocks)
    agree(problem(seed, batch, samples, actions, widths, normalised))
    fits(problem(seed, batch, 1, actions, widths, normalised), seed)


def test_threads_share_the_rows(each_set, monkeypatch):
    monkeypatch.setattr(compiled, "parts", lambda: 7)
    agree(problem(1, 101, 10, 2, (64, 64), True))
    agree(problem(2, 3, 10, 2, (64, 64), False))  # fewer rows than parts


def critic(widths, normalisation):
    """A critic's first head, and candidates with their log densities."""
    team = TeamSpec(observation_sizes=(5,), action_sizes=(2,))
    made = actors_critics.init_critic(
        jax.random.key(0), team, actors_critics.decentralised(team), widths, normalisation
    )
    draw = np.random.default_rng(0)
    context, own, beside = (
        jnp.asarray(draw.normal(size=shape), jnp.float32) for shape in ((40, 5), (6, 40, 2), (6, 40))
    )
    return actors_critics.first_head(jax.tree.map(lambda x: x[0], made)), context, own, beside


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_a_critic_is_the_same_with_kernels_and_without(each_set, normalisation, monkeypatch):
    head, context, own, beside = critic((32, 48), normalisation)

    def mean(head):
        return actors_critics.mean_soft_maximum(head, context, own, beside)

    def weighed(head, own):
        return jnp.sum(beside * actors_critics.value(head, context, own))

    def error(head):
        fit = actors_critics.fit(head, context, own[0], jnp.where(known, target, jnp.nan), known, -0.3)
        return fit.loss, fit

    known, target = beside[0] > -0.5, beside[1]

    def all_of_it():
        return (
            jax.value_and_grad(mean)(head),
            jax.value_and_grad(error, has_aux=True)(head),
            actors_critics.value(head, context, own),
            jax.value_and_grad(weighed, argnums=(0, 1))(head, own),
        )

    found = all_of_it()
    monkeypatch.setenv(compiled.VARIABLE, "none")
    close(found, all_of_it())


@pytest.mark.parametrize("normalised", [False, True])
def test_what_is_not_a_number_is_not_hidden(each_set, normalised):
    p = problem(3, 20, 5, 2, (32, 32), normalised)
    p.shared[:, 7] = np.nan
    given = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), p)
    mean, gradient = jax.value_and_grad(compiled.mean_soft_maximum_by_kernel)(*given)
    assert np.isnan(mean) and np.isnan(gradient.hidden[0]).any()
    assert np.isnan(compiled.values_by_kernel(*given[:3])).all()


def test_several_heads_side_by_side(each_set):
    parts = [problem(seed, 20, 5, 2, (32, 32), True) for seed in (4, 5)]
    stacked = jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves), jnp.float32), *parts)
    found = jax.vmap(jax.value_and_grad(compiled.mean_soft_maximum_by_kernel, argnums=(0, 1)))(*stacked)
    for index, part in enumerate(parts):
        _, mean, *gradients = by_hand(part)
        close(jax.tree.map(lambda leaf: leaf[index], found), (mean, tuple(gradients)))  # noqa: B023


@pytest.mark.parametrize("widths", [(64,), (64, 64, 64), (60, 64)])
def test_heads_of_another_shape_are_computed_in_jax(widths):
    assert not compiled.takes(widths)
    assert jnp.isfinite(actors_critics.mean_soft_maximum(*critic(widths, "layer")))


def test_a_set_can_be_named(monkeypatch):
    monkeypatch.setenv(compiled.VARIABLE, "none")
    assert compiled.instructions() == "none" and not compiled.takes((64, 64))
    monkeypatch.delenv(compiled.VARIABLE)
    assert compiled.instructions() == (*("none",), *compiled.usable())[-1]
    monkeypatch.setenv(compiled.VARIABLE, "sse")
    with pytest.raises(
        RequestError, match="unknown OMARL_KERNELS 'sse': choose one of amx, avx2, avx512, none"
    ):
        compiled.instructions()


def test_a_set_that_this_processor_lacks_is_refused(monkeypatch):
    monkeypatch.setattr(compiled, "usable", lambda: ("avx2",))
    monkeypatch.setenv(compiled.VARIABLE, "amx")
    with pytest.raises(RequestError, match="OMARL_KERNELS=amx: here only avx2, none can be used"):
        compiled.instructions()


@pytest.mark.skipif(not compiled.usable(), reason="no kernels here")
def test_a_library_for_a_later_jaxlib_is_left_alone(monkeypatch):
    compiled.library.cache_clear()
    monkeypatch.setattr(compiled, "installed", lambda names: {"jaxlib": "0.5.3"})
    assert compiled.library() is None
    compiled.library.cache_clear()


@pytest.mark.parametrize(
    ("rows", "m", "n"), [(1, 1, 16), (300, 18, 64), (1000, 64, 2), (7, 5, 3), (50, 33, 48)]
)
def test_a_product_has_the_same_gradients(each_set, rows, m, n):
    draw = np.random.default_rng(0)
    x, weight, g = (jnp.asarray(draw.normal(size=s), jnp.float32) for s in ((rows, m), (m, n), (rows, n)))
    found, back = jax.vjp(compiled.product_by_kernel, x, weight)
    exact = [np.asarray(array, np.float64) for array in (x, weight, g)]
    close((found, back(g)), (exact[0] @ exact[1], (exact[2] @ exact[1].T, exact[0].T @ exact[2])), 1e-5)


def test_products_of_several_networks_side_by_side(each_set):
    draw = np.random.default_rng(0)
    x, weight = (jnp.asarray(draw.normal(size=s), jnp.float32) for s in ((3, 20, 8), (3, 8, 16)))
    total = lambda x, weight: jnp.sum(jnp.sin(compiled.product_by_kernel(x, weight)))  # noqa: E731
    plain = lambda x, weight: jnp.sum(jnp.sin(x @ weight))  # noqa: E731
    found, wanted = (jax.vmap(jax.grad(each, argnums=(0, 1)))(x, weight) for each in (total, plain))
    close(found, wanted, 1e-5)
