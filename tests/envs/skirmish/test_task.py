"""The tasks as learners meet them, and what is said of bad input."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.envs import make
from omarl.envs.skirmish.maps import MAPS
from omarl.envs.skirmish.units import PRESETS, TABLE_FILES, unit_table
from omarl.errors import RequestError


def one_hot(task, *chosen):
    return jax.nn.one_hot(jnp.array(chosen), task.spec.team.action_size)


def test_battles_mapped_and_alone_are_the_same():
    task = make("skirmish-2s3z")
    keys = jax.random.split(jax.random.key(3), 2)
    both, obs = jax.vmap(task.reset)(keys)
    alone, own = task.reset(keys[1])
    np.testing.assert_array_equal(obs[1], own)
    action = one_hot(task, 4, 4, 4, 1, 2)
    _, told = jax.vmap(task.step)(both, jnp.stack([action, action]))
    _, by_itself = task.step(alone, action)
    jax.tree.map(lambda many, one: np.testing.assert_allclose(many[1], one, atol=1e-6), told, by_itself)


def test_last_action_and_number_are_behind_the_rest():
    plain, more = make("skirmish-2s3z"), make("skirmish-2s3z", last_action_and_id=True)
    size = plain.spec.team.observation_size
    assert more.spec.team.observation_size == size + 11 + 5
    state, obs = more.reset(jax.random.key(0))
    assert (obs[:, size : size + 11] == 0).all()  # nothing was done yet
    np.testing.assert_array_equal(obs[:, size + 11 :], np.eye(5))
    _, told = more.step(state, one_hot(more, 1, 2, 3, 4, 5))
    np.testing.assert_array_equal(told.obs[:, size : size + 11], one_hot(more, 1, 2, 3, 4, 5))


def test_an_action_that_is_not_legal_is_a_stop():
    task = make("skirmish-2s3z")
    state, _ = task.reset(jax.random.key(0))
    attack, _ = task.step(state, one_hot(task, 6, 6, 6, 6, 6))  # nobody is in reach at the start
    stop, _ = task.step(state, one_hot(task, 1, 1, 1, 1, 1))
    np.testing.assert_array_equal(attack.allies.x, stop.allies.x)


def test_a_colossus_walks_straight_where_others_go_around():
    task = make("skirmish-2c_vs_64zg")
    state, _ = task.reset(jax.random.key(0))
    placed = state._replace(
        allies=state.allies._replace(x=jnp.array([12.3, 20.2]), y=jnp.array([15.2, 16.4]))
    )
    after, _ = task.step(placed, one_hot(task, 2, 5))
    np.testing.assert_allclose(after.allies.x, [12.3, 20.2 - 8 * 0.140625], atol=1e-4)
    np.testing.assert_allclose(after.allies.y, [15.2 + 8 * 0.140625, 16.4], atol=1e-4)


def test_zerglings_come_around_the_cliff():
    task = make("skirmish-2c_vs_64zg")
    state, _ = task.reset(jax.random.key(0))
    still, step = one_hot(task, 1, 1), jax.jit(task.step)
    for _ in range(12):
        state, _ = step(state, still)
    lived = np.asarray(state.enemies.life > 0)
    assert (np.asarray(state.enemies.y)[lived] > 14.0).any()


def test_jittered_starts_are_near_the_places_and_differ():
    plain, spread = make("skirmish-3s5z"), make("skirmish-3s5z", starts="jittered")
    fixed, _ = plain.reset(jax.random.key(0))
    again, _ = plain.reset(jax.random.key(1))
    one, _ = spread.reset(jax.random.key(0))
    assert (fixed.allies.x == again.allies.x).all()
    assert 0 < np.abs(one.allies.x - fixed.allies.x).max() <= 0.5


def test_a_win_without_regeneration_returns_twenty():
    task = make("skirmish-2s3z")
    state, _ = task.reset(jax.random.key(0))
    weak = state.enemies._replace(life=state.enemies.life * 0 + 1.0, shield=state.enemies.shield * 0)
    lost = np.asarray(state.enemies.life + state.enemies.shield).sum() - 5
    near = state._replace(enemies=weak._replace(x=state.allies.x + 2.0, y=state.allies.y))
    reward, step = 0.0, jax.jit(task.step)
    for _ in range(8):
        legal = np.asarray(task.legal(near))
        chosen = [6 + int(np.argmax(row[6:])) if row[6:].any() else int(np.argmax(row)) for row in legal]
        near, told = step(near, one_hot(task, *chosen))
        reward += float(told.reward[0])
        if told.terminal:
            break
    assert told.terminal and told.won and not told.truncated
    assert reward + lost * 20 / task.contract.max_reward == pytest.approx(20.0, abs=1e-4)


def test_the_time_limit_is_no_end():
    task = make("skirmish-2s3z")
    state, _ = task.reset(jax.random.key(0))
    late = state._replace(time=jnp.int32(119), enemies=state.enemies._replace(x=state.enemies.x * 0 + 31.0))
    _, told = task.step(late, one_hot(task, 1, 1, 1, 1, 1))
    assert told.truncated and not told.terminal and not told.won


def test_the_global_state_has_no_last_actions_at_first():
    task = make("skirmish-1c3s5z")
    state, _ = task.reset(jax.random.key(0))
    assert task.global_state(state).shape == (270,)
    assert (task.global_state(state)[-9 * 15 :] == 0).all()


def test_unknown_values_name_the_known_ones():
    with pytest.raises(RequestError, match=", ".join(f"skirmish-{name}" for name in sorted(MAPS))):
        make("skirmish-5m_vs_6m")
    with pytest.raises(RequestError, match="liberty, smaclite"):
        make("skirmish-2s3z", units="heart")
    with pytest.raises(RequestError, match="cut, kept"):
        make("skirmish-2s3z", beams="bent")
    with pytest.raises(RequestError, match="block, jittered"):
        make("skirmish-2s3z", starts="anywhere")


@pytest.fixture
def table():
    return json.loads((TABLE_FILES / "liberty.json").read_text())


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_tables(preset):
    assert set(unit_table(preset).units) == {"colossus", "stalker", "zealot", "zergling"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t["units"]["zealot"].update(life=-1), r"units\.zealot\.life: -1, expected a number"),
        (lambda t: t["units"]["zealot"].update(speed="fast"), r"units\.zealot\.speed: 'fast'"),
        (lambda t: t["units"].update(marine={}), r"units\.marine: unknown type"),
        (lambda t: t["units"]["zealot"].update(mana=1), r"units\.zealot\.mana: unknown field"),
        (lambda t: t["units"]["zealot"].pop("reach"), r"units\.zealot\.reach: it is missing"),
        (lambda t: t["units"].pop("stalker"), r"units\.stalker: it is missing, 2s3z needs it"),
        (lambda t: t["units"]["stalker"].update(bonus={"holy": 3}), r"units\.stalker\.bonus: 'holy'"),
        (lambda t: t["units"]["stalker"].update(weapon="magic"), r"units\.stalker\.weapon: 'magic'"),
        (lambda t: t["units"]["stalker"].update(delay=[1]), r"units\.stalker\.delay: \[1\]"),
        (lambda t: t.update(rules="chess"), r"rules of a unit table.*liberty, smaclite"),
        (lambda t: t.pop("rules"), "expected the two entries"),
    ],
)
def test_a_wrong_table_is_refused_with_its_field(table, tmp_path, change, message):
    change(table)
    path = tmp_path / "own.json"
    path.write_text(json.dumps(table))
    with pytest.raises(RequestError, match=message):
        make("skirmish-2s3z", units=str(path))


def test_an_own_table_is_fought_with(table, tmp_path):
    table["units"]["zealot"]["life"] = 500
    path = tmp_path / "own.json"
    path.write_text(json.dumps(table))
    task = make("skirmish-2s3z", units=path)
    assert task.contract.max_reward == 1020 + 3 * 400
    assert task.spec.parameters["units"] == str(path)
