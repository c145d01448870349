"""Single mechanics beside recordings of smaclite, loop by loop: with its numbers we fight as it does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fields import advancing, fight, joined, kinds_of, placed
from records import record

from omarl.envs.skirmish.commands import commanded

AT = {
    "attack_move_only": (20.0, 18.0),
    "regeneration": (30.0, 16.0),
    "walk_stalker_east": (30.0, 23.0),
    "walk_colossus_west": (3.0, 23.0),
    "walk_zealot_north": (30.0, 10.0),
}
"""Where the enemies were sent; elsewhere to (9, 16)."""
REGENERATION = 0.03  # smaclite lets units grow back before or after they are hit, by chance


def replayed(name):
    """What we make of a recorded scene, and the record: fields `[loop, unit]` of both."""
    recorded = {
        key.split("/")[1]: value
        for key, value in record("smaclite_micro").items()
        if key.startswith(f"{name}/")
    }
    ours, theirs = kinds_of(recorded)
    battle = fight(ours, theirs, units="smaclite")
    start = recorded["s_pos"][0]
    sides = placed(battle, start[recorded["ally"]], start[~recorded["ally"]])
    loop, seen = jax.jit(battle.loop), []
    for actions in recorded["actions"]:
        told = (
            commanded(jnp.asarray(actions)[:, None], sides[0]),
            advancing(sides[1], AT.get(name, (9.0, 16.0))),
        )
        for _ in range(8):
            sides = loop(sides, told, jnp.zeros((len(start), 1)))
            seen.append([joined(sides, field)[:, 0] for field in ("life", "shield", "ready", "x", "y")])
    life, shield, ready, x, y = np.moveaxis(np.array(seen), 1, 0)
    return (life, shield, ready, np.stack([x, y], -1)), recorded


@pytest.mark.parametrize(
    "name",
    ["stalker_vs_zealot", "zealot_vs_stalker", "colossus_vs_zealot", "zergling_vs_colossus", "regeneration"],
)
def test_blows_periods_shields_and_first_shots_are_exact(name):
    (life, shield, ready, place), recorded = replayed(name)
    np.testing.assert_allclose(life, recorded["t_hp"], atol=REGENERATION)
    np.testing.assert_allclose(shield, recorded["t_shield"], atol=0.126 if name == "regeneration" else 1e-4)
    alive = recorded["t_hp"] > 0
    np.testing.assert_allclose((ready / 16)[alive], recorded["t_cooldown"][alive], atol=1e-4)
    np.testing.assert_allclose(place, recorded["t_pos"], atol=2e-3)


@pytest.mark.parametrize("name", ["stalker_vs_stalker", "zealot_vs_zealot"])
def test_equals_fight_alike_until_chance_decides_who_dies_first(name):
    (life, shield, ready, _), recorded = replayed(name)
    before = (recorded["t_hp"] > 0).all(1)
    assert before.sum() > 100
    for ours, theirs in ((life, "t_hp"), (shield, "t_shield"), (ready / 16, "t_cooldown")):
        np.testing.assert_allclose(ours[before], recorded[theirs][before], atol=1e-4)


@pytest.mark.parametrize("name", ["walk_stalker_east", "walk_colossus_west"])
def test_walks_are_exact(name):
    (*_, place), recorded = replayed(name)
    np.testing.assert_allclose(place, recorded["t_pos"], atol=2e-3)


def test_a_walk_ends_before_the_wall():
    (*_, place), recorded = replayed("walk_zealot_north")
    np.testing.assert_allclose(place, recorded["t_pos"], atol=0.45)
    assert place[:, 0, 1].max() <= 23.5 + 1e-3


@pytest.mark.parametrize("name", ["colossus_splash_line", "colossus_splash_file"])
def test_beams_touch_whom_they_touch_in_smaclite(name):
    (life, *_), recorded = replayed(name)
    np.testing.assert_allclose(life, recorded["t_hp"], atol=REGENERATION)


def test_who_meets_nobody_arrives():
    (_, _, ready, place), recorded = replayed("attack_move_only")
    np.testing.assert_allclose(place[:34], recorded["t_pos"][:34], atol=0.02)
    assert (ready == 0).all()
    apart = np.linalg.norm(place[-1, 1:] - recorded["t_pos"][-1, 1:].mean(0), axis=-1)
    assert apart.max() < 2.0
