"""What networks see of observations: moments are those of the steps, and padding stays empty."""

import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.data import inputs as module
from omarl.data import stream
from omarl.data.device import gather, to_device
from omarl.data.episodes import before
from omarl.data.inputs import RAW, as_seen, inputs_from, inputs_json, moments_of
from omarl.data.store import load, save
from omarl.errors import RequestError

SCALES = np.array([1e-3, 1.0, 1e6], np.float32)
FAR = np.array([0.5, 2e4, -1e6], np.float32)


def sensors(make, lengths=(40, 1, 30, 29)):
    """A ragged team whose columns differ in scale and place."""
    plain = make(lengths)
    exists = np.arange(3) < np.array([[3], [2]])
    return replace(plain, obs=np.where(exists, plain.obs * SCALES + FAR, 0).astype(np.float32))


@pytest.mark.parametrize("at_once", [1, 50, 1 << 20])
def test_moments_are_those_of_the_observations_before_steps(make, monkeypatch, at_once):
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", at_once)
    dataset = sensors(make)
    steps = dataset.obs[before(dataset)].astype(np.float64)
    found = moments_of(dataset)
    for agent, size in ((0, 3), (1, 2)):
        mean, deviation = steps[:, agent, :size].mean(0), steps[:, agent, :size].std(0)
        np.testing.assert_allclose(found.mean[0, agent, :size], mean, rtol=1e-12)
        np.testing.assert_allclose(found.deviation[0, agent, :size], deviation, rtol=1e-9)


@pytest.mark.parametrize("at_once", [1, 1 << 20])
def test_moments_are_those_of_the_rows_in_which_an_agent_is_there(make, monkeypatch, at_once):
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", at_once)
    dataset = sensors(make)
    alive = np.random.default_rng(0).random(dataset.obs.shape[:2]) < 0.6
    obs = np.where(alive[..., None], dataset.obs, 0)
    found = moments_of(replace(dataset, obs=obs, alive=alive, died=np.zeros(dataset.reward.shape, bool)))
    rows = before(dataset)
    for agent, size in ((0, 3), (1, 2)):
        own = dataset.obs[rows, agent, :size][alive[rows, agent]].astype(np.float64)
        np.testing.assert_allclose(found.mean[0, agent, :size], own.mean(0), rtol=1e-9)
        np.testing.assert_allclose(found.deviation[0, agent, :size], own.std(0), rtol=1e-9)


def test_what_a_log_does_not_know_after_the_last_step_changes_nothing(make):
    dataset = sensors(make)
    obs = dataset.obs.copy()
    obs[np.setdiff1d(np.arange(len(obs)), before(dataset))] = 0.0
    for one, two in zip(moments_of(dataset), moments_of(replace(dataset, obs=obs)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_dataset_on_the_disk_has_the_moments_of_the_one_in_memory(make, tmp_path):
    dataset = sensors(make)
    for one, two in zip(moments_of(dataset), moments_of(load(save(dataset, tmp_path / "d"))), strict=True):
        np.testing.assert_array_equal(one, two)


def test_what_is_seen_has_mean_zero_and_deviation_one_and_empty_padding(make):
    dataset = sensors(make)
    obs = dataset.obs.copy()
    obs[:, 1, 2] = 7.0
    dirty = replace(dataset, obs=obs)
    seen = np.asarray(to_device(dirty, moments_of(dirty)).obs)[before(dataset)]
    assert not seen[:, 1, 2].any()
    real = np.concatenate([seen[:, 0], seen[:, 1, :2]], 1)
    np.testing.assert_allclose(real.mean(0), 0, atol=1e-2)  # of single precision at 20,000 with deviation 1
    np.testing.assert_allclose(real.std(0), 1, atol=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.1, -12345.678, 3e30, 1e-42])
def test_a_column_that_never_changes_is_seen_as_zero(make, value):
    dataset = make((20, 21))
    obs = dataset.obs.copy()
    obs[:, 0, 1] = value
    found = moments_of(replace(dataset, obs=obs))
    assert found.deviation[0, 0, 1] == 0
    assert found.deviation[0, 0, 0] > 0
    assert not np.asarray(as_seen(obs + 1, found))[:, 0, 1].any(), "also when it changes later"
    assert np.isfinite(as_seen(obs, found)).all()


def test_raw_observations_reach_the_device_to_the_bit(make):
    dataset = sensors(make)
    np.testing.assert_array_equal(
        np.asarray(to_device(dataset).obs).view(np.int32), dataset.obs.view(np.int32)
    )
    program = jax.jit(lambda obs: as_seen(obs, RAW)).lower(jnp.asarray(dataset.obs)).compile().as_text()
    assert program is not None and "subtract" not in program and "multiply" not in program


def test_a_window_holds_what_memory_holds(make):
    dataset = sensors(make)
    inputs = moments_of(dataset)
    whole = to_device(dataset, inputs)
    window = stream.Stream(dataset, 1, period=2, batch_size=8, block_bytes=2000, inputs=inputs)(0)
    batch = stream.draw_from_window(window, jax.random.key(0), 64, "joint")
    order = np.argsort(dataset.reward[:, 0])
    rows = order[np.searchsorted(dataset.reward[order, 0], np.asarray(batch.reward[:, 0]))]
    expected = gather(whole, jnp.asarray(rows)[:, None])
    np.testing.assert_array_equal(batch.obs, expected.obs)
    np.testing.assert_array_equal(batch.next_obs, expected.next_obs)


def test_moments_are_kept_exactly(make):
    dataset = sensors(make)
    inputs, team = moments_of(dataset), dataset.metadata.team
    kept = json.loads(json.dumps(inputs_json(inputs, team)))
    assert [len(part) for part in kept["mean"]] == [3, 2]
    for one, two in zip(inputs_from(kept, team), inputs, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    "kept", [{}, {"mean": [[0, 0, 0]]}, {"mean": [[0], [0]], "deviation": [[1], [1]]}, {"mean": 3}]
)
def test_moments_of_another_team_are_refused(make, kept):
    with pytest.raises(RequestError, match="moments of a run's inputs are not those"):
        inputs_from(kept, make().metadata.team)
