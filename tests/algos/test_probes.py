"""The learners find the known solutions of very small problems."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos import ALGORITHMS
from omarl.batch import Batch
from omarl.nets import actors_critics
from omarl.types import TeamSpec

# Little optimisation: it takes longer than the run.
QUICK = {
    "xla_backend_optimization_level": 1,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}
ROWS = 512


def transitions(obs, action, reward, next_obs=None, terminal=True, next_action=None):
    """Recorded transitions `[rows, agent, ...]` in which everything is legal."""
    shape = np.shape(reward)
    arrays = (obs, action, reward, obs if next_obs is None else next_obs)
    return Batch(
        *(np.asarray(x, np.float32) for x in arrays),
        next_action=np.asarray(action if next_action is None else next_action, np.float32),
        terminal=np.broadcast_to(terminal, shape).copy(),
        has_next_action=np.broadcast_to(next_action is not None, shape).copy(),
        legal=np.ones(np.shape(action), bool),
        next_legal=np.ones(np.shape(action), bool),
    )


def learner(name, team, **choices):
    """A small learner with settings that suit a problem of seconds."""
    config_type, factory = ALGORITHMS[name]
    settings = {"hidden": (32, 32), "normalisation": "none", "learning_rate": 3e-3}
    return factory(config_type(**(settings | choices)), team)


STRETCH = 500


@cache
def stretch(algorithm):
    """A compiled function that does STRETCH updates on batches drawn from data."""

    @partial(jax.jit, compiler_options=QUICK)
    def run(state, data, key):
        def body(state, key):
            draw_key, update_key = jax.random.split(key)
            row = jax.random.randint(draw_key, (32,), 0, len(data.reward))
            return algorithm.update(state, jax.tree.map(lambda x: x[row], data), update_key)[0], None

        return jax.lax.scan(body, state, jax.random.split(key, STRETCH))[0]

    return run


def learn(algorithm, data, updates, state=None, seed=0):
    """The state after `updates` updates."""
    init_key, run_key = jax.random.split(jax.random.key(seed))
    state = algorithm.init(init_key) if state is None else state
    for key in jax.random.split(run_key, updates // STRETCH):
        state = stretch(algorithm)(state, jax.device_put(data), key)
    return state


def policy(algorithm, state, data):
    """Each agent's mean greedy action in the first recorded observations."""
    obs, legal = jnp.asarray(data.obs[:50]), jnp.asarray(data.legal[:50])
    return np.asarray(algorithm.act(state.actor, obs, legal)).mean(0)


# A bandit: agent i is paid 1 - (a - best_i)^2, the data is spread evenly over [-1, 1].
BANDITS = TeamSpec(observation_sizes=(1, 1), action_sizes=(1, 1))
BEST = np.array([0.5, -0.4])


def bandit_data():
    rng = np.random.default_rng(0)
    action = np.stack([rng.permutation(np.linspace(-1, 1, ROWS)) for _ in BEST], 1)[..., None]
    return transitions(np.ones((ROWS, 2, 1)), action, 1 - (action[..., 0] - BEST) ** 2)


def weighted_mean(temperature):
    """The mean of uniform actions weighted by exp(reward / temperature)."""
    grid = np.linspace(-1, 1, 2001)[:, None]
    weight = np.exp((1 - (grid - BEST) ** 2) / temperature)
    return (weight * grid).sum(0) / weight.sum(0)


def regularised_optimum(alpha):
    """Where -alpha / |Q| Q + (a - mean of the data)^2 is least, with Q = 1 - (a - best)^2, by iteration."""
    found = BEST
    for _ in range(50):
        pull = alpha / np.abs(1 - (found - BEST) ** 2)
        found = BEST * pull / (pull + 1)
    return found


@pytest.mark.parametrize(
    ("name", "choices", "expected"),
    [
        ("bc", {}, 0 * BEST),
        ("td3", {}, BEST),
        ("td3", {"critic": "centralised"}, BEST),
        ("td3_bc", {"alpha": 2.5}, regularised_optimum(2.5)),
        ("icq", {"temperature": 0.2}, weighted_mean(0.2)),
        ("cql", {"alpha": 0.1}, BEST),
        ("omar", {"alpha": 0.1, "tau": 0.5}, BEST),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_a_bandit_whose_best_action_the_data_covers(name, choices, expected):
    algorithm, data = learner(name, BANDITS, learning_rate=1e-3, **choices), bandit_data()
    found = policy(algorithm, learn(algorithm, data, 3000), data)[:, 0]
    np.testing.assert_allclose(found, expected, atol=0.1)


# Two steps: state 0 pays 1 and leads to state 1, which pays 2 and ends, or is cut off on its way to state 0.
CHAIN = TeamSpec(observation_sizes=(2,), action_sizes=(1,))


def chain_data(terminal):
    state = np.arange(ROWS) % 2
    action = np.random.default_rng(0).uniform(-1, 1, (ROWS, 1, 1))
    data = transitions(
        np.eye(2)[state][:, None],
        action,
        1.0 + state[:, None],
        np.eye(2)[1 - state][:, None],
        terminal=(state == 1)[:, None] & terminal,
        next_action=np.roll(action, -1, 0),
    )
    return data._replace(has_next_action=(state == 0)[:, None])


@pytest.mark.parametrize(
    ("name", "terminal", "expected"),
    [
        # Discount 1/2: Q(1) = 2 and Q(0) = 1 + 2/2.
        ("td3", True, [2, 2]),
        ("icq", True, [2, 2]),
        # A time limit is not an end: Q(0) = 1 + Q(1)/2 and Q(1) = 2 + Q(0)/2 give 8/3 and 10/3.
        ("td3", False, [8 / 3, 10 / 3]),
    ],
)
def test_values_are_discounted_rewards_and_a_time_limit_is_no_end(name, terminal, expected):
    algorithm = learner(name, CHAIN, discount=0.5, polyak=0.05)
    state = learn(algorithm, chain_data(terminal), 2000)
    critic = jax.tree.map(lambda x: x[0], state.critic)
    found = jax.jit(actors_critics.values)(critic, jnp.eye(2), jnp.zeros((2, 1)))
    np.testing.assert_allclose(found, [expected, expected], atol=0.1)


# The paper's Fig. 1d in the small: a low peak where the policy starts, the high one far away.
ONE = TeamSpec(observation_sizes=(1,), action_sizes=(1,))
LOW, HIGH = 0.0, 0.75


def two_peaks():
    rng = np.random.default_rng(0)
    action = rng.uniform(-1, 1, (4 * ROWS, 1, 1))
    a = action[..., 0]
    reward = np.exp(-(((a - LOW) / 0.2) ** 2)) + 2 * np.exp(-(((a - HIGH) / 0.2) ** 2))
    return transitions(rng.normal(size=(4 * ROWS, 1, 1)), action, reward)


def test_a_search_leaves_a_local_maximum_in_which_the_policy_gradient_stays():
    data, choices = two_peaks(), {"alpha": 0.1}
    cql = learner("cql", ONE, **choices)
    learnt, fresh = learn(cql, data, 2500), cql.init(jax.random.key(1))
    start = learnt._replace(actor=fresh.actor, actor_optimiser=fresh.actor_optimiser)
    assert abs(policy(cql, start, data).item() - LOW) < 0.2

    def end(algorithm):
        return policy(algorithm, learn(algorithm, data, 1000, start), data).item()

    assert abs(end(cql) - LOW) < 0.15
    assert abs(end(learner("omar", ONE, tau=0.9, **choices)) - HIGH) < 0.15


# A game of coordination: both are paid GAME[a_0, a_1]; 10 is best, 5 is a trap.
PAIR = TeamSpec(observation_sizes=(1, 1), action_sizes=(3, 3), action_kind="discrete")
GAME = np.array([[5.0, 0.0, 0.0], [0.0, 2.0, 1.0], [0.0, 10.0, 3.0]])


@pytest.mark.parametrize(
    ("name", "critic"),
    [("td3", "centralised"), ("cql", "decentralised"), ("omar", "decentralised"), ("omar", "centralised")],
)
def test_a_game_of_coordination(name, critic):
    # Against uniform data the rows are worth 5/3, 1, 13/3 and the columns 5/3, 4, 4/3: each best choice
    # is its part of the best pair. It also is the best answer to two of the other's three choices, which is
    # what a centralised search imitates, since the others play the data's actions.
    rng = np.random.default_rng(0)
    choice = rng.integers(0, 3, (ROWS, 2))
    reward = np.repeat(GAME[choice[:, 0], choice[:, 1]][:, None], 2, 1)
    data = transitions(rng.normal(size=(ROWS, 2, 1)), np.eye(3)[choice], reward)
    algorithm = learner(name, PAIR, critic=critic)
    found = policy(algorithm, learn(algorithm, data, 1000), data)
    np.testing.assert_array_equal(found.argmax(-1), np.unravel_index(GAME.argmax(), GAME.shape))
    np.testing.assert_array_equal(found.max(-1), [1, 1])  # in every observation
