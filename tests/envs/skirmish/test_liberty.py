"""Fights with release-era numbers, worked by hand from the table; and what no fight may do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fields import fight, orders, placed

from omarl.envs import make
from omarl.envs.skirmish.battle import ADVANCE, ATTACK, HOLD, MOVE


def played(battle, sides, told, loops, key=0):
    """The states after each loop; `told(sides)` gives the orders of both."""
    chances = jax.random.uniform(jax.random.key(key), (loops, sum(len(side.x) for side in sides), 1))

    def one(sides, chance):
        sides = battle.loop(sides, told(sides), chance)
        return sides, sides

    return jax.jit(lambda sides: jax.lax.scan(one, sides, chances)[1])(sides)


def duel(ally, enemy, loops, apart=3.0):
    """An ally attacks an enemy that stands still."""
    battle = fight([ally], [enemy])
    sides = placed(battle, [[9.0, 16.0]], [[9.0 + apart, 16.0]])
    return played(battle, sides, lambda s: (orders(ATTACK, s[0]), orders(HOLD, s[1])), loops)


def drops(values):
    """By how much a value fell in each loop in which it fell."""
    lost = -np.diff(np.asarray(values).ravel())
    return lost[lost > 1e-3]


def test_a_stalker_kills_a_zealot_in_17_shots():
    # 50 points of shield are 5 shots of 10; armour leaves 9 of each, and 100 of life are 12 of them.
    _, zealot = duel("stalker", "zealot", 600)
    np.testing.assert_allclose(drops(zealot.shield), [10.0] * 5, atol=0.13)  # the shield never calms down
    np.testing.assert_allclose(drops(zealot.life), [9.0] * 11 + [1.0], atol=1e-4)


def test_stalkers_do_more_to_armoured_units():
    _, stalker = duel("stalker", "stalker", 200)
    np.testing.assert_allclose(drops(stalker.shield)[:5], [14.0] * 5, atol=1e-4)


def test_shots_come_in_their_periods():
    # The first leaves after 2.67 loops of windup, and flies 1.75 from edge to edge with 1.171875 a loop.
    _, stalker = duel("stalker", "stalker", 300)
    shield = np.asarray(stalker.shield).ravel()
    blows = np.flatnonzero(np.diff(np.concatenate([[80.0], shield])) < -1)
    assert blows[0] == 5
    waits = np.diff(blows)
    assert waits.min() >= 23 - 1 and waits.max() <= 23 + 3
    assert len(set(waits.tolist())) > 1  # the delay is drawn for each shot


def test_a_zealot_strikes_twice():
    _, stalker = duel("zealot", "stalker", 12, apart=1.2)
    shield = np.asarray(stalker.shield).ravel()
    assert shield.tolist() == [72.0] * 5 + [64.0] * 7  # the second blade falls 4.48 loops after the first


def test_shields_wait_ten_seconds_and_then_grow():
    battle = fight(["stalker"], ["stalker"])
    sides = placed(battle, [[9.0, 16.0]], [[12.0, 16.0]])
    hurt = sides[1]._replace(shield=sides[1].shield - 40.0, calm=sides[1].calm + 160.0)
    _, after = played(battle, (sides[0], hurt), lambda s: (orders(HOLD, s[0]), orders(HOLD, s[1])), 200)
    shield = np.asarray(after.shield).ravel()
    assert shield[158] == 40.0 and shield[159] == 40.125 and shield[199] == 40.0 + 41 * 0.125


def swept(beams, second_order, loops=30):
    """Life of three zerglings across the shot of a colossus, which gets another order after a step."""
    battle = fight(["colossus"], ["zergling"] * 3, beams=beams)
    places = [[14.0, 15.2], [14.0, 16.0], [14.0, 16.8]]
    sides = placed(battle, [[9.0, 16.0]], places)
    chances = jnp.zeros((loops, 4, 1))
    loop = jax.jit(battle.loop)
    first = orders(ATTACK, sides[0], whom=1)
    for now in range(loops):
        told = first if now < 8 else second_order(sides[0])
        sides = loop(sides, (told, orders(HOLD, sides[1])), chances[now])
    return np.asarray(sides[1].life).ravel()


def test_beams_sweep_over_neighbours_and_kill():
    assert (swept("cut", lambda side: orders(ATTACK, side, whom=1)) == 0).all()


def test_another_order_cuts_the_beams_or_not():
    cut = swept("cut", lambda side: orders(MOVE, side, x=5.0, y=16.0))
    kept = swept("kept", lambda side: orders(MOVE, side, x=5.0, y=16.0))
    assert (kept == 0).all()
    assert cut[0] == 0 and (cut[1:] == 35).all()  # the first was hit before the order, two were not


def test_mirrored_teams_win_equally_often():
    team = ["stalker"] * 2 + ["zealot"] * 3
    battle = fight(team, team)
    ours = np.array([[8.0, 14.5], [8.0, 17.5], [9.5, 14.0], [9.5, 16.0], [9.5, 18.0]])
    theirs = np.array([32.0, 32.0]) - ours
    count, loops = 1500, 1200
    many = [np.broadcast_to(side[..., None], (*side.shape, count)) for side in (ours, theirs)]
    noise = jax.random.uniform(jax.random.key(1), (2, 5, 2, count), minval=-0.3, maxval=0.3)
    one = placed(battle, ours, theirs)
    sides = tuple(
        jax.tree.map(lambda x: jnp.broadcast_to(x, (*x.shape[:-1], count)), side)._replace(
            x=jnp.asarray(place[:, 0]) + jitter[:, 0], y=jnp.asarray(place[:, 1]) + jitter[:, 1]
        )
        for side, place, jitter in zip(one, many, noise, strict=True)
    )

    def further(sides, key):
        told = orders(ADVANCE, sides[0], x=23.0, y=16.0), orders(ADVANCE, sides[1], x=9.0, y=16.0)
        return battle.loop(sides, told, jax.random.uniform(key, (10, count))), None

    ours, theirs = jax.jit(lambda s: jax.lax.scan(further, s, jax.random.split(jax.random.key(2), loops))[0])(
        sides
    )
    left = np.asarray(ours.alive.any(0)), np.asarray(theirs.alive.any(0))
    decided = left[0] != left[1]
    assert decided.mean() > 0.95
    assert abs(left[0][decided].mean() - 0.5) < 0.03


@pytest.mark.parametrize("name", ["2s3z", "2c_vs_64zg"])
def test_nobody_stands_on_blocked_ground_and_colossi_stay_on_the_map(name):
    task = make(f"skirmish-{name}")
    state, _ = jax.vmap(task.reset)(jax.random.split(jax.random.key(0), 8))

    def further(state, key):
        legal = jax.vmap(task.legal)(state)
        chosen = jnp.argmax(jnp.where(legal, jax.random.uniform(key, legal.shape), -1.0), -1)
        state, _ = jax.vmap(task.step)(state, jax.nn.one_hot(chosen, legal.shape[-1]))
        x, y = (
            jnp.concatenate(pair, -1)
            for pair in ((state.allies.x, state.enemies.x), (state.allies.y, state.enemies.y))
        )
        return state, (x, y)

    keys = jax.random.split(jax.random.key(1), 60)
    _, (x, y) = jax.jit(lambda s: jax.lax.scan(further, s, keys))(state)
    assert (x >= 0).all() and (x < 32).all() and (y >= 0).all() and (y < 32).all()
    strides = np.array([kind == "colossus" for kind in (*task.map.allies, *task.map.enemies)])
    on_ground = np.asarray(x)[..., ~strides].astype(int), np.asarray(y)[..., ~strides].astype(int)
    assert task.map.walkable[on_ground].all()
    assert np.ptp(np.asarray(x)) > 5
