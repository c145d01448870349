"""From every recorded state of whole smaclite battles, eight loops later: life, cooldowns, places."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fields import joined
from records import record

from omarl.envs import make
from omarl.envs.skirmish.battle import fresh_army
from omarl.envs.skirmish.commands import commanded, sent

LOOP = {"x": ("pos", 0), "y": ("pos", 1), "last_x": ("velocity", 0), "last_y": ("velocity", 1)}


def states(recorded, rows, battle):
    """Both sides at some loops of the first recorded episode, which begins at row 0."""
    before = {key: recorded[f"s_{key}"][:1] for key in ("pos", "hp", "shield", "cooldown", "shield_wait")}
    before |= {"velocity": 0 * before["pos"], "target": np.full(before["hp"].shape, -1)}
    table = {key: np.concatenate([first, recorded[f"t_{key}"]])[rows] for key, first in before.items()}
    ally, others = recorded["ally"], [int((~recorded["ally"]).sum()), int(recorded["ally"].sum())]
    sides = []
    for place, which in enumerate((ally, ~ally)):
        of = {key: np.moveaxis(value[:, which], 0, -1) for key, value in table.items()}
        x, y = (jnp.asarray(of["pos"][:, axis], jnp.float32) for axis in (0, 1))
        target = np.where(of["target"] >= 0, of["target"] - (others[1] if place == 0 else 0), -1)
        sides.append(
            fresh_army(battle.numbers[place], others[place], x, y)._replace(
                life=jnp.asarray(of["hp"]),
                shield=jnp.asarray(of["shield"]),
                ready=jnp.asarray(of["cooldown"] * 16),
                calm=jnp.asarray(of["shield_wait"] * 16),
                target=jnp.asarray(target, jnp.int32),
                last_x=jnp.asarray(of["velocity"][:, 0] / 16),
                last_y=jnp.asarray(of["velocity"][:, 1] / 16),
            )
        )
    return tuple(sides)


@pytest.mark.parametrize("name", ["2s3z", "3s5z"])
def test_a_step_from_each_recorded_state(name):
    recorded, task = record(f"smaclite_{name}"), make(f"skirmish-{name}", units="smaclite")
    rows = np.arange(0, len(recorded["t_hp"]) - 8, 8)
    sides = states(recorded, rows, task.fight)
    actions = jnp.asarray(recorded["actions"][rows // 8].T, jnp.int32)
    told = commanded(actions, sides[0]), sent(sides[1], task.map)
    chances = jnp.zeros((8, len(recorded["ally"]), len(rows)))
    after = jax.jit(task.fight.step)(sides, told, chances)
    truth = {key: recorded[f"t_{key}"][rows + 7].T for key in ("hp", "shield", "cooldown", "target")}
    first = len(sides[0].x)
    theirs = np.asarray(after[0].target)
    target = np.concatenate([np.where(theirs >= 0, theirs + first, -1), np.asarray(after[1].target)])
    both = (truth["hp"] > 0) & (joined(sides, "life") > 0) & (target == truth["target"])
    assert both.mean() > 0.65
    for field, key, scale in (("life", "hp", 1), ("shield", "shield", 1), ("ready", "cooldown", 16)):
        close = np.abs(joined(after, field) - truth[key] * scale) < 0.13  # one loop of a shield's growth
        assert close[both].mean() >= 0.97, field
    there = recorded["t_pos"][rows + 7].transpose(2, 1, 0)
    apart = np.hypot(joined(after, "x") - there[0], joined(after, "y") - there[1])[both]
    assert np.median(apart) < 0.01 and np.quantile(apart, 0.9) < 0.1
