"""Agents that are not there: their rows count for nothing, whatever learns and whatever stands in them."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.algos import ALGORITHMS
from omarl.algos.life import own_rows
from omarl.batch import Batch
from omarl.data.dataset import Dataset, Metadata
from omarl.data.device import draw, to_device
from omarl.types import TeamSpec

LENGTHS = (6, 5, 7)
TEAM = TeamSpec(observation_sizes=(3, 2, 3), action_sizes=(3, 3, 2), action_kind="continuous")
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def recorded(kind="continuous", seed=0, life=True):
    """Three episodes: in the first agent 1 dies after three rows, in the second agent 2 leaves after two
    rows, and it takes no part in the third, to which agent 0 comes late.
    """
    rng, team = np.random.default_rng(seed), replace(TEAM, action_kind=kind)
    rows, moments = sum(LENGTHS), sum(LENGTHS) + len(LENGTHS)
    ends = np.zeros(rows, bool)
    ends[np.cumsum(LENGTHS) - 1] = True
    alive, died = np.ones((moments, 3), bool), np.zeros((rows, 3), bool)
    alive[3:7, 1], died[2, 1] = False, True
    alive[9:13, 2] = False
    alive[13:, 2] = False
    alive[13:15, 0] = False
    legal = (rng.random((moments, 3, 3)) < 0.6) & team.action_mask
    legal[..., 0] = True
    index = np.arange(rows) + np.cumsum(ends) - ends
    vectors = rng.uniform(-1, 1, (rows, 3, 3)).astype(np.float32) * team.action_mask
    chosen = np.where(legal[index], rng.random((rows, 3, 3)), -1).argmax(-1)
    return Dataset(
        Metadata(id="toy/life-v0", team=team),
        obs=rng.normal(size=(moments, 3, 3)).astype(np.float32),
        action=np.eye(3, dtype=np.float32)[chosen] if kind == "discrete" else vectors,
        reward=rng.normal(size=(rows, 3)).astype(np.float32),
        terminal=ends & (np.arange(rows) > 15),
        truncated=ends & (np.arange(rows) <= 15),
        legal=legal if kind == "discrete" else None,
        alive=alive if life else None,
        died=died if life else None,
    )


def with_other_fillers(dataset):
    """The same recordings with other numbers where agents are not there."""
    other = recorded(dataset.metadata.team.action_kind, seed=9)
    gone = ~dataset.alive
    index = np.arange(dataset.rows) + np.cumsum(dataset.terminal | dataset.truncated)
    acting = dataset.alive[index - (dataset.terminal | dataset.truncated)]
    legal = None
    if dataset.legal is not None:
        legal = np.where(gone[..., None], other.legal, dataset.legal)
    return replace(
        dataset,
        obs=np.where(gone[..., None], 50 * other.obs, dataset.obs),
        action=np.where(acting[..., None], dataset.action, other.action),
        reward=np.where(acting, dataset.reward, 1000 * other.reward),
        legal=legal,
    )


def learner(name, team, **options):
    config_type, factory = ALGORITHMS[name]
    return factory(config_type(hidden=(8,), batch_size=16, **options), team)


def after(algorithm, batches):
    """The state and metrics after an update on each of some batches."""
    update = jax.jit(algorithm.update, compiler_options=QUICK)
    state, metrics = algorithm.init(jax.random.key(0)), {}
    for number, batch in enumerate(batches):
        state, metrics = update(state, batch, jax.random.key(number))
    return jax.device_get((state, metrics))


def same(left, right):
    jax.tree.map(partial(np.testing.assert_array_equal), left, right)


def drawn(dataset, sampling="joint", count=2):
    arrays = to_device(dataset)
    return [draw(arrays, jax.random.key(seed), 16, sampling) for seed in range(count)]


CENTRALISED = {"critic": "centralised"}
CASES = [
    *((name, {}, "continuous") for name in ALGORITHMS),
    *((name, {} if name == "bc" else CENTRALISED, "discrete") for name in ALGORITHMS),
    *((name, {"normalisation": "batch"}, "continuous") for name in ("bc", "omar")),
]


@pytest.mark.parametrize(("name", "options", "kind"), CASES)
def test_learning_is_the_same_whatever_stands_in_filled_rows(name, options, kind):
    dataset = recorded(kind)
    algorithm = learner(name, dataset.metadata.team, **options)
    state, metrics = after(algorithm, drawn(dataset))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((state, metrics)))
    same((state, metrics), after(algorithm, drawn(with_other_fillers(dataset))))


@pytest.mark.parametrize("name", ["bc", "icq"])
@pytest.mark.parametrize("normalisation", ["layer", "batch"])
def test_an_agent_learns_as_from_its_own_rows_alone(name, normalisation):
    dataset = recorded()
    algorithm = learner(name, TEAM, normalisation=normalisation)
    batch = jax.device_get(drawn(dataset, count=1)[0])
    alive = batch.alive[:, 1]
    own = [number for number, there in enumerate(alive) if there]
    filled = np.resize(own, len(alive))  # every row of its own as often as the others, or once more
    alone = jax.tree.map(lambda field: field[filled], batch)._replace(alive=None, next_alive=None)
    assert 0 < len(own) < len(alive)
    for masked, expected in zip(after(algorithm, [batch]), after(algorithm, [alone]), strict=True):
        jax.tree.map(
            lambda x, y: np.testing.assert_allclose(x[1], y[1], rtol=1e-5, atol=1e-6), masked, expected
        )


def test_everybody_there_is_as_if_nothing_were_said():
    dataset = recorded(life=False)
    said = replace(
        dataset, alive=np.ones(dataset.obs.shape[:2], bool), died=np.zeros((dataset.rows, 3), bool)
    )
    assert drawn(dataset)[0].alive is None and drawn(said)[0].alive is not None
    algorithm = learner("td3", TEAM)
    close = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6)
    jax.tree.map(close, after(algorithm, drawn(dataset)), after(algorithm, drawn(said)))


def test_a_batch_tells_each_agents_own_end():
    arrays = to_device(recorded())
    batches = [
        draw(arrays, jax.random.key(seed), 64, sampling)
        for seed, sampling in enumerate(("joint", "per-agent"))
    ]
    first_obs = {row: arrays.obs[row + (row > 5) + (row > 10)] for row in range(sum(LENGTHS))}
    for batch in map(jax.device_get, batches):
        for entry in range(64):
            for agent in range(3):
                if not batch.alive[entry, agent]:
                    assert not batch.obs[entry, agent].any() and not batch.action[entry, agent].any()
                    assert batch.reward[entry, agent] == 0 and not batch.has_next_action[entry, agent]
                    continue
                seen = batch.obs[entry, agent]
                row = next(r for r, obs in first_obs.items() if np.array_equal(obs[agent], seen))
                assert batch.terminal[entry, agent] == (row == 17 or (row, agent) == (2, 1))
                stays = (row, agent) not in {(2, 1), (7, 2)}
                assert batch.next_alive[entry, agent] == stays
                assert batch.has_next_action[entry, agent] == (stays and row not in (5, 10, 17))


def test_an_agent_of_which_a_batch_has_no_row_stays_as_it_is():
    for name in ("bc", "cql"):
        algorithm = learner(name, TEAM)
        batch = jax.device_get(drawn(recorded(), count=1)[0])
        batch = batch._replace(alive=batch.alive & (np.arange(3) != 2))
        fresh = jax.device_get(algorithm.init(jax.random.key(0)))
        state, metrics = after(algorithm, [batch])
        same(*(jax.tree.map(lambda x: x[2], one._replace(step=0 * one.step)) for one in (state, fresh)))
        assert state.step.tolist() == [1, 1, 1] and all(value[2] == 0 for value in metrics.values())
        assert (state.actor.network.layers[0].weight[0] != fresh.actor.network.layers[0].weight[0]).any()


def test_rows_of_an_agent_are_repeated_evenly():
    alive = jnp.array([False, True, False, True, True])
    assert own_rows(jnp.arange(5), alive).tolist() == [1, 3, 4, 1, 3]
    assert own_rows(jnp.arange(5), None).tolist() == list(range(5))


def test_a_value_after_leaving_is_unknown_and_after_death_it_is_zero():
    """Only what is known has a TD error: here that is the reward of the row in which agent 1 died."""
    dataset = recorded()
    arrays = to_device(dataset)
    batch: Batch = jax.device_get(draw(arrays, jax.random.key(0), 16, "joint"))
    dead = batch._replace(
        terminal=np.ones_like(batch.terminal),
        next_alive=np.zeros_like(batch.alive),
        alive=np.ones_like(batch.alive),
    )
    left = dead._replace(terminal=np.zeros_like(batch.terminal), has_next_action=np.zeros_like(batch.alive))
    for name in ("td3", "icq"):
        algorithm = learner(name, TEAM)
        assert (after(algorithm, [dead])[1]["td_error"] > 0).all()
        assert (after(algorithm, [left])[1]["td_error"] == 0).all()
