"""Action sets: nothing illegal is ever done, and each operation is what its name says."""

from dataclasses import replace
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from omarl import actions
from omarl.actions import Box, OneHot, Weighed
from omarl.algos import search
from omarl.errors import RequestError
from omarl.types import TeamSpec

BATCH, CHOICES = 5, 4
SEARCHES = {
    "soft": search.soft(iterations=3, samples=10, mean=0.0, std=2.0),
    "cem": search.cem(iterations=3, samples=10, elites=4, mean=0.0, std=2.0),
    "random": search.random_shooting(samples=30),
}
SETS = {"box": Box(), "one-hot": OneHot()}

seeds = st.integers(0, 2**31 - 1)
masks = st.lists(st.integers(1, 2**CHOICES - 1), min_size=BATCH, max_size=BATCH).map(
    lambda rows: np.array([[bool(row >> i & 1) for i in range(CHOICES)] for row in rows])
)
several = settings(max_examples=25, deadline=None)


def random_head(seed):
    return np.random.default_rng(seed).normal(0, 3, (BATCH, CHOICES)).astype(np.float32)


OPERATIONS = {
    "mode": lambda of, head, legal, key: of.mode(head, legal),
    "relaxed": lambda of, head, legal, key: of.relaxed(head, legal, key),
    "explore": lambda of, head, legal, key: of.explore(head, legal, key, 0.5),
    "smooth": lambda of, head, legal, key: of.smooth(of.mode(head, legal), legal, key, 0.5, 0.3),
    "few candidates": lambda of, head, legal, key: of.candidates(key, CHOICES - 1, legal).actions,
    "search": lambda of, head, legal, key: of.search(search.finder(SEARCHES["soft"]), CHOICES - 1)(
        lambda a: jnp.sum(a * head[None], -1), of.mode(head, legal), legal, key
    ),
}


@cache
def operate(operation, name):
    """An operation of a set, compiled once for all examples."""
    return jax.jit(partial(OPERATIONS[operation], SETS[name]))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("operation", OPERATIONS)
@several
@given(seed=seeds, legal=masks)
def test_nothing_illegal_is_ever_done(operation, name, seed, legal):
    action = np.asarray(operate(operation, name)(random_head(seed), legal, jax.random.key(seed)))
    assert np.abs(action * ~legal).max() < 1e-6
    assert np.abs(action).max() <= 1.0
    if name == "one-hot":
        np.testing.assert_allclose(
            np.sort(action, -1).reshape(-1, CHOICES),
            [[0] * (CHOICES - 1) + [1]] * (action.size // CHOICES),
            atol=1e-6,
        )


every_choice = jax.jit(lambda legal, key: OneHot().candidates(key, CHOICES, legal))


@several
@given(seed=seeds, legal=masks)
def test_all_choices_are_candidates_where_they_are_few_and_the_illegal_do_not_count(seed, legal):
    drawn = every_choice(legal, jax.random.key(seed))
    np.testing.assert_array_equal(np.isfinite(drawn.log_density), legal.T)
    values = np.random.default_rng(seed).normal(0, 3, (CHOICES, BATCH)).astype(np.float32)
    estimate = jax.nn.logsumexp(values - drawn.log_density, axis=0)
    exact = np.log((np.exp(values.astype(np.float64)) * legal.T).sum(0))
    np.testing.assert_allclose(estimate, exact, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("of", "per_row"),
    [(Box(), [2 * np.log(2), np.log(2)]), (OneHot(), [np.log(2), np.log(1)])],
    ids=["box", "one-hot"],
)
def test_the_log_sum_exp_of_a_constant_counts_volume_and_candidates(of, per_row):
    # Q = 5 everywhere: log of the integral of e^5 over the legal set is 5 + log of its volume, which is
    # 2^d in a box of d legal entries and n with n legal choices; two candidates add log 2.
    legal = jnp.array([[True, True, False], [False, True, False]])
    drawn = of.candidates(jax.random.key(0), 2, legal)
    estimate = jax.nn.logsumexp(5.0 - drawn.log_density, axis=0)
    np.testing.assert_allclose(estimate, 5 + np.log(2) + np.array(per_row), rtol=1e-6)


def test_candidates_of_a_box_are_spread_over_all_of_it():
    drawn = Box().candidates(jax.random.key(0), 4000, jnp.ones((1, 2), bool)).actions
    np.testing.assert_allclose(drawn.mean((0, 1)), 0, atol=0.05)
    np.testing.assert_allclose(drawn.var((0, 1)), 1 / 3, atol=0.03)


def test_exploring_at_scale_one_is_uniform_over_the_legal_choices():
    head = jnp.broadcast_to(jnp.array([9.0, 0.0, -9.0, 3.0]), (6000, 4))
    legal = jnp.broadcast_to(jnp.array([True, True, True, False]), (6000, 4))
    drawn = OneHot().explore(head, legal, jax.random.key(0), 1.0)
    np.testing.assert_allclose(drawn.mean(0), [1 / 3, 1 / 3, 1 / 3, 0], atol=0.03)


def test_exploring_at_scale_zero_follows_the_policy():
    # Logits log 1 and log 3: probabilities 1/4 and 3/4.
    head = jnp.broadcast_to(jnp.log(jnp.array([1.0, 3.0])), (6000, 2))
    drawn = OneHot().explore(head, jnp.ones((6000, 2), bool), jax.random.key(0), 0.0)
    np.testing.assert_allclose(drawn.mean(0), [1 / 4, 3 / 4], atol=0.03)
    box = Box().explore(head, jnp.ones((6000, 2), bool), jax.random.key(0), 0.0)
    np.testing.assert_allclose(box, np.tanh(head), rtol=1e-6)


def test_the_noise_on_a_target_action_is_clipped():
    moved = Box().smooth(jnp.zeros((100, 2)), jnp.ones((100, 2), bool), jax.random.key(0), 5.0, 0.25)
    assert float(jnp.max(jnp.abs(moved))) == 0.25


def test_imitation_in_a_box():
    # Row 1: (0.5 - 0)^2 and (-0.5 - 0.5)^2: (0.25 + 1) / 2. Row 2: the second entry does not exist: 0.25 / 1.
    head = jnp.arctanh(jnp.array([[0.5, -0.5], [0.5, 0.9]]))
    legal = jnp.array([[True, True], [True, False]])
    distance = Box().imitation(head, jnp.array([[0.0, 0.5], [0.0, 0.0]]), legal)
    np.testing.assert_allclose(distance, [0.625, 0.25], rtol=1e-6)
    np.testing.assert_allclose(Box().penalty(head, legal), [0.25, 0.25], rtol=1e-6)


def test_imitation_of_a_choice():
    # Legal logits log 1, log 3: the second choice has probability 3/4; the third logit, 50, is illegal.
    head, legal = jnp.array([[0.0, jnp.log(3.0), 50.0]]), jnp.array([[True, True, False]])
    distance = OneHot().imitation(head, jnp.array([[0.0, 1.0, 0.0]]), legal)
    np.testing.assert_allclose(distance, [-np.log(0.75)], rtol=1e-6)
    np.testing.assert_allclose(OneHot().penalty(head, legal), [np.log(3) ** 2 / 2], rtol=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_straight_through_gradient_is_the_softmaxs(temperature):
    of, key = OneHot(temperature), jax.random.key(0)
    head, weight = random_head(0), random_head(1)
    legal = jnp.array([[True, True, True, False]] * BATCH)

    def soft(head):
        noisy = jnp.where(legal, head + actions.gumbel(key, head.shape), -jnp.inf)
        return jnp.sum(jax.nn.softmax(noisy / temperature) * weight)

    found = jax.grad(lambda head: jnp.sum(of.relaxed(head, legal, key) * weight))(jnp.asarray(head))
    np.testing.assert_allclose(found, jax.grad(soft)(jnp.asarray(head)), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found[:, 3], 0)


def wavy(table, candidates):
    """Values with many local maxima, different at each observation."""
    frequency, phase, height = table
    return jnp.sum(height[None] * jnp.sin(frequency[None] * candidates + phase[None]), -1)


@cache
def searched(name, which):
    """A compiled function that returns the values of the proposal and of what a search makes of it."""
    of = SETS[name]
    find = of.search(search.finder(SEARCHES[which]), CHOICES - 1)

    def run(table, head, legal, key):
        values, proposal = partial(wavy, table), of.mode(head, legal)
        found = find(values, proposal, legal, key)
        return values(proposal[None])[0], values(found[None])[0]

    return jax.jit(run)


@pytest.mark.parametrize("which", SEARCHES)
@pytest.mark.parametrize("name", SETS)
@several
@given(seed=seeds, legal=masks)
def test_a_search_never_returns_less_than_its_proposal(name, which, seed, legal):
    table = np.random.default_rng(seed).normal(0, 4, (3, BATCH, CHOICES)).astype(np.float32)
    proposal, found = searched(name, which)(table, random_head(seed), legal, jax.random.key(seed))
    assert (np.asarray(found) >= np.asarray(proposal) - 1e-5).all()


@pytest.mark.parametrize("which", SEARCHES)
def test_a_search_in_a_box_never_sees_what_does_not_exist(which):
    find = Box().search(search.finder(SEARCHES[which]), 0)
    legal = jnp.array([[True, False]] * BATCH)
    start, key = jnp.zeros((BATCH, 2)), jax.random.key(0)
    alone = find(lambda a: -((a[..., 0] - 0.5) ** 2), start, legal, key)
    tempted = find(lambda a: -((a[..., 0] - 0.5) ** 2) + 100 * a[..., 1], start, legal, key)
    np.testing.assert_array_equal(alone, tempted)
    np.testing.assert_array_equal(alone[:, 1], 0)


@jax.jit
def exhaustive(table, head, legal, key):
    find = OneHot().search(search.finder(SEARCHES["soft"]), CHOICES)
    return find(lambda a: jnp.sum(a * table[None], -1), OneHot().mode(head, legal), legal, key)


@several
@given(seed=seeds, legal=masks)
def test_the_exhaustive_search_finds_the_best_legal_choice(seed, legal):
    table = np.random.default_rng(seed).normal(0, 4, (BATCH, CHOICES)).astype(np.float32)
    found = exhaustive(table, random_head(seed), legal, jax.random.key(seed))
    np.testing.assert_array_equal(found.argmax(-1), np.where(legal, table, -np.inf).argmax(-1))


@pytest.mark.parametrize("which", SEARCHES)
def test_a_search_comes_near_the_top_of_a_hill(which):
    find, top = SEARCHES[which], jnp.array([0.6, -0.3])
    draws = find.draw(jax.random.key(0), (300, 2))
    found = find.improve(lambda a: -30 * jnp.sum((a - top[None, None]) ** 2, -1), draws, jnp.zeros((300, 2)))
    assert float(jnp.mean(jnp.abs(found - top[None]))) < 0.2  # the proposal is 0.45 away on average


def test_a_softmax_refit_by_hand():
    # Candidates clip(0 + 1 * noise) = -1 and 1, worth 0 and log 3: mean = 1/4 (-1) + 3/4 (1) = 1/2,
    # deviation = sqrt(((-1.5)^2 + 0.5^2) / 2) = sqrt(1.25). The last noise is 0 and -0.2, candidates
    # 0.5 and 0.5 - 0.2 sqrt(1.25) = 0.276; the nearest to 0.3 wins over the proposal 0.
    find = search.soft(iterations=2, samples=2, mean=0.0, std=1.0)
    draws = jnp.array([-3.0, 1.0, 0.0, -0.2]).reshape(2, 2, 1, 1)

    def values(a):
        first = jnp.where(a[..., 0] > 0, jnp.log(3.0), 0.0)
        return jnp.where(jnp.abs(a[..., 0]) == 1, first, -jnp.abs(a[..., 0] - 0.3))

    found = find.improve(values, draws, jnp.zeros((1, 1)))
    np.testing.assert_allclose(found, [[0.5 - 0.2 * np.sqrt(1.25)]], rtol=1e-5)


def test_an_elite_refit_by_hand():
    # The two elites of -1, 0, 1 under Q = a are 0 and 1: mean 0.5, deviation 0.5; noise 0.5, 0, 0 then gives
    # 0.75, 0.5, 0.5, and the first wins.
    find = search.cem(iterations=2, samples=3, elites=2, mean=0.0, std=1.0)
    draws = jnp.array([-1.0, 0.0, 1.0, 0.5, 0.0, 0.0]).reshape(2, 3, 1, 1)
    found = find.improve(lambda a: a[..., 0], draws, jnp.zeros((1, 1)))
    np.testing.assert_allclose(found, [[0.75]], rtol=1e-6)


def test_draws_around_an_action_have_the_density_of_their_noise():
    action, legal = jnp.array([[0.1, -0.2, 0.0]]), jnp.array([[True, True, False]])
    drawn = SETS["box"].around(action, legal, jax.random.key(0), 500, 0.05)
    away = (np.asarray(drawn.actions) - np.asarray(action))[..., :2]
    np.testing.assert_allclose(drawn.log_density, norm.logpdf(away, scale=0.05).sum(-1), atol=1e-4)
    np.testing.assert_allclose(away.std((0, 1)), 0.05, rtol=0.1)
    np.testing.assert_array_equal(drawn.actions[..., 2], 0.0)


def test_draws_around_an_action_stay_in_the_box():
    drawn = SETS["box"].around(jnp.ones((1, 2)), jnp.ones((1, 2), bool), jax.random.key(0), 50, 0.2)
    assert np.abs(drawn.actions).max() == 1.0 and np.asarray(drawn.actions).min() < 1.0


def test_nothing_lies_around_a_choice():
    drawn = SETS["one-hot"].around(jnp.eye(3), jnp.ones((3, 3), bool), jax.random.key(0), 5, 0.2)
    assert drawn.actions.shape == (0, 3, 3) and drawn.log_density.shape == (0, 3)


def test_a_policy_over_choices_is_worth_the_mean_of_their_values():
    """Two of three choices are legal, with probabilities 1/4 and 3/4; the third would be worth most."""
    head, legal = jnp.log(jnp.array([[1.0, 3.0, 96.0]])), jnp.array([[True, True, False]])
    values = lambda actions: actions @ jnp.array([8.0, 4.0, 1000.0])  # noqa: E731
    worth = lambda head: Weighed().worth(values, head, legal, jax.random.key(0))[0]  # noqa: E731
    assert worth(head) == pytest.approx(5.0)
    np.testing.assert_allclose(jax.grad(worth)(head), [[0.75, -0.75, 0.0]], atol=1e-5)  # p (q - worth)


def test_through_samples_a_policy_is_worth_the_same_on_average():
    head, legal = jnp.log(jnp.array([[1.0, 3.0, 4.0]])), jnp.ones((1, 3), bool)
    values = lambda actions: actions @ jnp.array([8.0, 4.0, 1.0])  # noqa: E731
    of = lambda each: jax.vmap(lambda key: each.worth(values, head, legal, key)[0])  # noqa: E731
    keys = jax.random.split(jax.random.key(0), 4000)
    assert of(OneHot())(keys).mean() == pytest.approx(3.0, abs=0.15)
    assert of(Weighed())(keys).std() == pytest.approx(0.0, abs=1e-6)


def test_continuous_actions_know_no_weighed_gradient():
    team = TeamSpec(observation_sizes=(2,), action_sizes=(2,))
    with pytest.raises(RequestError, match="continuous actions are always 'sampled'"):
        actions.action_set(team, "weighed")
    assert isinstance(actions.action_set(replace(team, action_kind="discrete"), "weighed"), Weighed)
