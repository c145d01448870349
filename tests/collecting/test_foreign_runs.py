"""From somebody else's environment to a dataset, a policy learnt from it, and its evaluation there."""

import warnings

import jax
import numpy as np
import pytest

import omarl
from omarl.collecting.foreign import record
from omarl.envs import make
from omarl.errors import RequestError

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


def test_only_random_play_is_a_quality(tmp_path):
    with pytest.raises(RequestError, match="expected random"):
        omarl.collect(NAME, "medium", 100, out=tmp_path / "d")
    assert not (tmp_path / "d").exists()
