import h5py
import numpy as np
import pytest

from omarl.data.imports import log_steps
from omarl.data.imports.formats import guess, import_from
from omarl.data.imports.omiga import from_omiga
from omarl.data.units import in_own_units
from omarl.errors import RequestError

RNG = np.random.default_rng(5)
ARRAYS = {
    "s": RNG.normal(size=(9, 2, 6)),
    "o": RNG.normal(size=(9, 2, 4)).astype(np.float32),
    "a": RNG.uniform(-1, 1, (9, 2, 3)).astype(np.float32),
    "r": np.arange(9.0)[:, None],
    "d": np.array([0, 0, 0, 1, 0, 0, 1, 0, 0])[:, None],  # rows 3 and 6 only hold an observation
}


def omiga(path, **arrays):
    with h5py.File(path / "2ant.hdf5", "w") as file:
        for name, value in (ARRAYS | arrays).items():
            if value is not None:
                file[name] = value
    return path / "2ant.hdf5"


def test_the_marked_row_closes_its_episode(tmp_path):
    found = from_omiga(omiga(tmp_path))
    dataset = found.dataset()
    assert np.array_equal(dataset.obs, ARRAYS["o"])  # every observation is used, none is repeated
    assert np.array_equal(dataset.action, ARRAYS["a"][[0, 1, 2, 4, 5, 7]])
    assert dataset.reward.tolist() == [[r, r] for r in (0, 1, 2, 4, 5, 7)]
    assert dataset.terminal.tolist() == [False, False, True, False, True, False]
    assert dataset.truncated.tolist() == [False] * 5 + [True]
    assert found.notes == [
        "left out, since a dataset has no place for it: s",
        "3 episodes of 1 to 3 transitions found",
    ]


def test_equally_long_episodes_ended_by_time_and_lose_nothing(tmp_path):
    path = omiga(tmp_path, d=np.tile([0.0, 0, 1], 3))
    found = from_omiga(path)
    assert (
        found.dataset().truncated.tolist() == [False, True] * 3
        and "taken for a time limit" in found.notes[-1]
    )
    assert from_omiga(path, terminals="keep").dataset().terminal.tolist() == [False, True] * 3


def test_rewards_of_agents_and_a_row_without_an_episode(tmp_path, monkeypatch):
    monkeypatch.setattr(log_steps, "SPAN_BYTES", 1)
    reward = np.arange(18.0).reshape(9, 2)
    dataset = from_omiga(omiga(tmp_path, r=reward, d=np.array([0, 1, 1, 0, 0, 0, 0, 0, 1]))).dataset()
    assert np.array_equal(dataset.reward, reward[[0, 3, 4, 5, 6, 7]])
    assert np.array_equal(dataset.obs, ARRAYS["o"][[0, 1, 3, 4, 5, 6, 7, 8]])


def test_actions_slightly_beyond_the_box_are_cut_and_it_is_said(tmp_path):
    action = ARRAYS["a"] * 0 + 0.5
    action[1, 0, 2], action[3] = 1.04, 99  # row 3 only holds an observation
    found = from_omiga(omiga(tmp_path, a=action))
    dataset = found.dataset()
    assert dataset.action[1, 0].tolist() == [0.5, 0.5, 1] and dataset.action.max() == 1
    assert "1 of 36 action entries are beyond their bounds, by up to 4 % of half the box" in found.notes[1]
    assert not dataset.metadata.units


def test_bounds_of_actions_far_outside_are_asked_for_and_kept(tmp_path):
    action = ARRAYS["a"] * 3
    action[0, 0, 0] = 3
    path, mapping = omiga(tmp_path, a=action), tmp_path / "bounds.toml"
    with pytest.raises(RequestError, match=r"run from .* to 3 in column 0 of a, outside .* low and high"):
        from_omiga(path)
    mapping.write_text("[action]\nlow = -3\nhigh = [3, 3, 6]")
    dataset = import_from(path, mapping=mapping).dataset()
    bounds = dataset.metadata.units["actions"]
    assert bounds == [{"low": [-3, -3, -3], "high": [3, 3, 6]}] * 2
    assert np.allclose(
        in_own_units(dataset.action, dataset.metadata.units), action[[0, 1, 2, 4, 5, 7]], atol=1e-6
    )
    mapping.write_text("[action]\nlow = -2\nhigh = 2")
    with pytest.raises(RequestError, match=r"outside the bounds .* first in row 0 of the log"):
        from_omiga(path, mapping=mapping).dataset()


def test_guessed_by_its_arrays(tmp_path):
    assert guess(omiga(tmp_path)) == "omiga"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"r": None}, "no 'r' of its own"),
        ({"o": np.zeros((9, 4))}, r"o is \(9, 4\) and a \(9, 2, 3\)"),
        ({"a": np.zeros((8, 2, 3))}, r"a \(8, 2, 3\), expected"),
        ({"r": np.zeros((9, 3))}, r"r has shape \(9, 3\), expected 9 rows with one number or 2"),
        ({"d": np.zeros(8)}, r"d has shape \(8,\)"),
        ({"d": np.ones(9)}, "no step has an action that counts"),
        ({"o": h5py.SoftLink("/s")}, "no 'o' of its own"),
    ],
)
def test_damage_is_refused(tmp_path, arrays, message):
    with pytest.raises(RequestError, match=message):
        from_omiga(omiga(tmp_path, **arrays))
