import h5py
import numpy as np
import pytest

from omarl.data.exports.official import to_official
from omarl.data.imports.d4rl import from_d4rl
from omarl.data.imports.official import from_official
from omarl.errors import RequestError


def test_an_explicit_truncated_column_is_believed(imported, log):
    assert imported(log()).dataset().terminal.sum() == 0
    assert imported(log(truncated=[0] * 12)).dataset().terminal.tolist() == [False, False, True] * 2
    assert not imported(log(truncated=[0] * 12), terminals="drop").dataset().terminal.any()


def d4rl(path, **arrays):
    obs = np.random.default_rng(0).normal(size=(30, 2))
    base = {
        "observations": obs,
        "next_observations": np.roll(obs, -1, 0),
        "actions": np.linspace(-1, 1, 30)[:, None],
        "rewards": np.arange(30.0),
        "terminals": np.zeros(30, bool),
        "timeouts": np.arange(30) % 10 == 9,
    }
    with h5py.File(path / "a.hdf5", "w") as file:
        for name, value in (base | arrays).items():
            if value is not None:
                file[name] = value
    return path / "a.hdf5"


def test_explicit_timeouts_are_believed(tmp_path):
    ends = np.arange(30) % 10 == 9
    assert from_d4rl(d4rl(tmp_path, terminals=ends, timeouts=~ends & False)).dataset().terminal.sum() == 3
    guess = from_d4rl(d4rl(tmp_path, terminals=ends, timeouts=None)).dataset()
    assert guess.terminal.sum() == 0 and guess.episodes == 3


@pytest.mark.parametrize("kind", [np.float32, np.float16])
@pytest.mark.parametrize("coarse", ["observations", "next_observations"])
def test_next_observations_are_compared_in_one_precision(tmp_path, kind, coarse):
    obs = np.random.default_rng(0).normal(size=(30, 2))
    whole = {"observations": obs, "next_observations": np.roll(obs, -1, 0)}
    dataset = from_d4rl(d4rl(tmp_path, **whole | {coarse: whole[coarse].astype(kind)})).dataset()
    assert dataset.episodes == 3 and dataset.rows == 30


def test_timeouts_and_next_observations_that_contradict_each_other_are_told(tmp_path):
    found = from_d4rl(d4rl(tmp_path, next_observations=np.zeros((30, 2))))
    assert "contradict each other: 27 of 27 rows that should go on are not followed by" in found.notes[0]
    assert not any("contradict" in note for note in from_d4rl(d4rl(tmp_path)).notes)


def test_the_published_layout_may_have_two_precisions(make, tmp_path):
    folder = to_official(make(lengths=(5, 5)), tmp_path / "a")
    for i in (0, 1):
        precise = np.load(folder / f"obs_{i}.npy") * (1 + 1e-10)
        np.save(folder / f"obs_{i}.npy", precise)
        np.save(folder / f"next_obs_{i}.npy", np.load(folder / f"next_obs_{i}.npy").astype(np.float32))
    assert from_official(folder).dataset().episodes == 2


def one_step(log, **columns):
    return log(episode=list(range(6)) * 2, step=[0] * 12, agent=["a"] * 6 + ["b"] * 6, **columns)


@pytest.mark.parametrize("flags", [{"terminal": None}, {}, {"truncated": [0] * 12}])
def test_one_step_logs_without_ends_end_truly(imported, log, flags):
    found = imported(one_step(log, **{"terminal": [0] * 12} | flags))
    dataset = found.dataset()
    assert dataset.rows == dataset.terminal.sum() == 6
    assert np.array_equal(dataset.obs[::2], dataset.obs[1::2])
    assert any("nothing says how episodes of one row end" in note for note in found.notes)


def test_one_step_logs_that_are_cut_are_refused_with_the_remedy(imported, log):
    for columns, terminals in (({"truncated": [1] * 12}, "auto"), ({}, "drop")):
        with pytest.raises(RequestError, match=r"every episode is one row .* mark rows terminal"):
            imported(one_step(log, terminal=[0] * 12, **columns), terminals=terminals)


def test_one_step_logs_with_next_observations_keep_their_time_limits(imported, log):
    dataset = imported(one_step(log, terminal=[0] * 12, next_obs_x=[9.0] * 12)).dataset()
    assert dataset.truncated.sum() == 6 and dataset.obs[1].tolist() == [[9.0], [9.0]]
