"""A prey is trained, written with its provenance, and played; the shipped ones are what they claim."""

import json
from dataclasses import replace

import jax
import numpy as np
import pytest
from safetensors import safe_open

from omarl.algos.td3 import TD3Config
from omarl.collecting.prey import BREEDING, train_prey
from omarl.envs import make
from omarl.envs.particle.hunts import SHIPPED_PREY
from omarl.envs.references import MEASURED, PAPER
from omarl.errors import RequestError
from omarl.play.device import play_on_device
from omarl.play.policies import uniform_policy
from omarl.training.online import OnlineConfig

SMALL = replace(
    BREEDING["tag"],
    steps=100,
    every=50,
    online=OnlineConfig(environments=2, updates_per_iteration=1, random_steps=50),
    predators=TD3Config(critic="centralised", hidden=(4,), batch_size=4),
    prey=TD3Config(hidden=(4,), batch_size=4),
)


def made_by(path):
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["made_by"])


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(BREEDING, "tag", SMALL)


def test_a_prey_is_trained_and_can_be_played(small, tmp_path):
    told, path = [], tmp_path / "new" / "prey"
    train_prey("tag", path, 3, None, lambda steps, mean: told.append(steps))
    assert told == [50, 100] and [each.name for each in path.parent.iterdir()] == ["prey"]
    _, obs = make("tag", prey=path).reset(jax.random.key(0))
    assert obs.shape == (3, 16)
    about = made_by(path)
    assert about["command"] == "omarl prey tag --steps 100 --seed 3"
    assert about["breeding"]["prey"]["critic"] == "decentralised" and "omarl" in about["versions"]


@pytest.mark.parametrize(
    ("name", "seed", "steps", "message"),
    [
        ("spread", 0, None, "unknown task with a prey 'spread': choose one of tag, world"),
        ("tag", 0, 24, "steps 24: expected at least one episode, 25"),
        ("tag", -1, None, "seed -1"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path, name, seed, steps, message):
    with pytest.raises(RequestError, match=message):
        train_prey(name, tmp_path / "new", seed, steps)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_refused_before_any_work(tmp_path):
    with pytest.raises(RequestError, match="exists already"):
        train_prey("tag", tmp_path, 0)


@pytest.mark.parametrize("name", sorted(BREEDING))
def test_the_shipped_prey_is_what_it_is_said_to_be(name):
    about = made_by(SHIPPED_PREY / f"{name}.safetensors")
    assert about["command"] == f"omarl prey {name} --steps {BREEDING[name].steps} --seed 0"
    task = make(name)
    returns = play_on_device(task, uniform_policy(task.spec.team), jax.random.key(0), 2000).returns
    error = 4 * float(np.std(returns)) / 2000**0.5
    assert abs(float(returns.mean()) - MEASURED[name].random) < error
    assert abs(MEASURED[name].random - PAPER[name].random) < 0.25 * abs(PAPER[name].random)
