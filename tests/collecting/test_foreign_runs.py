"""From somebody else's environment to a dataset, a policy learnt from it, and its evaluation there."""

import warnings

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file

import omarl
from omarl.algos.td3 import TD3Config, td3
from omarl.collecting import probes
from omarl.collecting.datasets import collect_datasets
from omarl.collecting.recipes import Recipe
from omarl.collecting.record import record
from omarl.envs import make
from omarl.errors import RequestError
from omarl.runs.run import run
from omarl.runs.spec import online_spec
from omarl.training.online import OnlineConfig

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of pygame's and PettingZoo's own making
    pytest.importorskip("mpe2.simple_spread_v3")

NAME = "pettingzoo:mpe2.simple_spread_v3"
OPTIONS = {"algo": "bc", "updates": 1, "every": 1, "episodes": 3, "batch_size": 8, "hidden": (8,)}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Spares the tests the start of processes, which tests/envs/test_foreign.py has."""
    monkeypatch.setattr("omarl.envs.host.foreign.os.cpu_count", lambda: 0)
    monkeypatch.setattr("omarl.envs.host.foreign.COPIES", 4)


@pytest.mark.parametrize("continuous", [True, False])
def test_collect_train_and_evaluate_in_a_task_of_mpe2(continuous, tmp_path):
    parameters = {"continuous_actions": continuous, "max_cycles": 5, "N": 2}
    dataset = omarl.collect(NAME, "random", 30, out=tmp_path / "d", **parameters)
    assert (dataset.rows, dataset.episodes) == (30, 6)
    assert (dataset.metadata.task, dataset.metadata.task_parameters) == (NAME, parameters)
    assert dataset.metadata.team.action_kind == ("continuous" if continuous else "discrete")
    assert dataset.truncated.sum() == 6 and not dataset.terminal.any()

    (record,) = omarl.train(tmp_path / "d", out=tmp_path / "run", task=NAME, **OPTIONS)
    assert record.updates == 1 and -50 < record.return_mean < 0
    for package in ("pettingzoo", "mpe2"):
        assert f"{package} {dataset.metadata.versions[package]}" in record.versions.split(", ")

    (result,) = omarl.evaluate(tmp_path / "run", episodes=3, task=NAME)
    assert result["episodes"] == 3 and -50 < result["return_mean"] < 0


def test_without_the_users_word_nothing_is_played(tmp_path, monkeypatch):
    omarl.collect(NAME, "random", 10, out=tmp_path / "d", max_cycles=5)
    monkeypatch.delattr("omarl.envs.host.foreign.named")
    assert omarl.train(tmp_path / "d", out=tmp_path / "run", **OPTIONS) == []
    with pytest.raises(RequestError, match=f"--task {NAME}"):
        omarl.evaluate(tmp_path / "run", episodes=3)


def test_any_callable_can_be_recorded(tmp_path):
    task = make(NAME, continuous_actions=True, max_cycles=5)

    def upwards(obs, legal, key):
        return np.broadcast_to(np.float32([-1, -1, -1, -1, 1]), legal.shape)

    dataset = omarl.load(record(task, upwards, tmp_path / "d", 20, seed=3, how="always upwards"))
    np.testing.assert_array_equal(dataset.action[0, 0], [-1, -1, -1, -1, 1])
    assert dataset.metadata.made_by["how"] == "always upwards"
    assert (dataset.obs[5, :, 1] > 0.3).all()  # velocity along y


def test_the_same_seed_records_the_same(tmp_path):
    task = make(NAME, max_cycles=5)
    policy = jax.jit(
        lambda obs, legal, key: jax.nn.one_hot(jax.random.randint(key, legal.shape[:2], 0, 5), 5)
    )
    one, same, other = (
        omarl.load(record(task, policy, tmp_path / str(name), 10, seed))
        for name, seed in enumerate((0, 0, 1))
    )
    np.testing.assert_array_equal(one.obs, same.obs)
    assert not np.array_equal(one.obs, other.obs)


def test_a_probe_plays_so_many_steps_however_long_an_episode_is(monkeypatch):
    task = make("pettingzoo:toys.parallel_toys:Counting", horizon=5)
    algorithm = td3(TD3Config(hidden=(8,)), task.spec.team)
    actors, played, real = algorithm.init(jax.random.key(0)).actor, [], probes.play_steps

    def counted(*request):
        for part in real(*request):
            played.append(part.alive.sum())
            yield part

    monkeypatch.setattr(probes, "play_steps", counted)
    stacked = jax.tree.map(lambda leaf: leaf[None], actors)
    performance = probes.prober(task, algorithm, 30)(stacked, jax.random.key(0))
    assert np.isfinite(performance.mean_return) and performance.win_rate is None
    assert sum(played) == 30


@pytest.mark.parametrize("discrete", [True, False])
def test_every_quality_is_collected_with_levels_from_the_run_itself(discrete, tmp_path, monkeypatch):
    recipe = Recipe(
        steps=120,
        every=30,
        online=OnlineConfig(environments=4, updates_per_iteration=2, random_steps=30),
        learner=TD3Config(critic="centralised", hidden=(8,), batch_size=8),
    )
    monkeypatch.setattr("omarl.collecting.recipes.Recipe", lambda: recipe)
    monkeypatch.setattr("omarl.collecting.behaviour.own_levels", lambda random, probes: {"medium": -1e6})
    task = make("pettingzoo:toys.parallel_toys:Counting", discrete=discrete, horizon=5)
    paths = {name: tmp_path / name for name in ("random", "medium-replay", "medium", "replay")}
    collect_datasets(task, paths, 60, 0)
    found = {name: omarl.load(path) for name, path in paths.items()}
    assert all(dataset.metadata.quality == name for name, dataset in found.items())
    assert found["random"].rows >= 60 and found["medium"].rows >= 60 and 0 < found["replay"].rows <= 60
    level = found["medium"].metadata.made_by["level"]
    assert level["after_steps"] == 60 and level["defined_by_mean_return"] == -1e6
    shared = found["medium-replay"].rows
    np.testing.assert_array_equal(found["replay"].action[:shared], found["medium-replay"].action)
    assert (found["random"].legal is not None) == discrete


def test_learning_online_on_the_host_goes_on_exactly_where_it_stopped(tmp_path, monkeypatch):
    acting = OnlineConfig(environments=3, updates_per_iteration=2, random_steps=20)
    spec = online_spec(
        "pettingzoo:toys.parallel_toys:Counting",
        "td3",
        changes={"hidden": (8,), "batch_size": 8},
        parameters={"horizon": 5, "masks": "info"},
        acting=acting,
        seeds=(0, 3),
        steps=90,
        every=30,
        episodes=4,
    )
    told = []
    run(spec, tmp_path / "whole", tell=lambda p, records: told.append((p.position, len(records))))
    assert told == [(0, 2), (30, 2), (60, 2), (90, 2)]

    def stop(progress, records):
        if progress.position == 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(spec, tmp_path / "parts", tell=stop)
    run(spec, tmp_path / "parts", resume=True)
    for name in ("policy.safetensors", "checkpoint.safetensors"):
        one, two = (load_file(tmp_path / each / name) for each in ("whole", "parts"))
        assert one.keys() == two.keys() and all(np.array_equal(one[leaf], two[leaf]) for leaf in one)
    one, two = ((tmp_path / each / "metrics.csv").read_text() for each in ("whole", "parts"))
    assert one == two and one.count("\n") > 6
