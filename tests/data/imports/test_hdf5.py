import json

import h5py
import numpy as np
import pytest

from omarl.data.imports.d4rl import from_d4rl
from omarl.data.imports.formats import guess
from omarl.data.imports.minari import from_minari
from omarl.errors import RequestError

OBS = np.arange(12, dtype=np.float32).reshape(6, 2)
BASE = {
    "observations": OBS,
    "actions": np.linspace(-1, 1, 6, dtype=np.float32)[:, None],
    "rewards": np.arange(6, dtype=np.float32),
    "terminals": np.array([0, 0, 1, 0, 0, 0], bool),
    "timeouts": np.array([0, 0, 0, 0, 0, 1], bool),
}


def d4rl(path, **arrays):
    with h5py.File(path / "a.hdf5", "w") as file:
        for name, value in (BASE | arrays).items():
            if value is not None:
                file[name] = value
    return path / "a.hdf5"


def test_d4rl_with_next_observations(tmp_path):
    dataset = from_d4rl(d4rl(tmp_path, next_observations=OBS + 2)).dataset()
    assert dataset.terminal.tolist() == [False, False, True, False, False, False]
    assert dataset.truncated.tolist() == [False] * 5 + [True]
    assert dataset.obs[:, 0, 0].tolist() == [0, 2, 4, 6, 6, 8, 10, 12]
    assert dataset.metadata.team.observation_sizes == (2,)


def test_d4rl_without_next_observations_loses_the_rows_at_time_limits(tmp_path):
    found = from_d4rl(d4rl(tmp_path))
    dataset = found.dataset()
    assert dataset.rows == 5 and dataset.truncated.tolist() == [False] * 4 + [True]
    assert dataset.obs[:, 0, 0].tolist() == [0, 2, 4, 4, 6, 8, 10]
    assert "the last row of 1 episodes cut by a time limit is left out" in found.notes[-1]


def test_d4rl_finds_breaks_where_no_timeouts_are_recorded(tmp_path):
    after = OBS + 2
    after[3] = -1
    found = from_d4rl(d4rl(tmp_path, next_observations=after, timeouts=None))
    assert found.dataset().episode_start.tolist() == [0, 3, 4]
    assert "no timeouts" in found.notes[0]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"rewards": None}, "no 'rewards' of its own"),
        ({"rewards": np.zeros(5)}, "rewards has 5 rows, expected 6"),
        ({"rewards": np.zeros((6, 2))}, "expected one column"),
        ({"timeouts": np.zeros(5)}, "timeouts has 5 rows"),
        ({"next_observations": np.zeros((6, 3))}, "next_observations has shape"),
        ({"actions": np.array([b"x"] * 6)}, "'actions' .* is .S1"),
        ({"observations": np.zeros((6, 2, 2))}, "expected .rows, columns."),
        ({"actions": h5py.ExternalLink("/etc/passwd", "x")}, "no 'actions' of its own"),
        ({"actions": h5py.SoftLink("/rewards")}, "no 'actions' of its own"),
    ],
)
def test_d4rl_damage_is_refused(tmp_path, arrays, message):
    with pytest.raises(RequestError, match=message):
        from_d4rl(d4rl(tmp_path, **arrays))


def test_sizes_that_the_file_cannot_hold_are_refused(tmp_path):
    path = d4rl(tmp_path)
    with h5py.File(path, "r+") as file:
        del file["observations"]
        file.create_dataset("observations", (1 << 40, 2), np.float32, chunks=(1024, 2))
    with pytest.raises(RequestError, match="which it cannot hold"):
        from_d4rl(path)


def test_not_hdf5_at_all(tmp_path):
    (tmp_path / "a.hdf5").write_text("hello")
    with pytest.raises(RequestError, match="cannot be read as HDF5"):
        from_d4rl(tmp_path / "a.hdf5")


def minari(path, space, actions, observations=None):
    """A dataset as Minari lays it out: episodes of 2 and 1 steps, the first terminated."""
    data = path / "toy" / "data"
    data.mkdir(parents=True)
    (data / "metadata.json").write_text(json.dumps({"action_space": json.dumps(space)}))
    with h5py.File(data / "main_data.hdf5", "w") as file:
        low = 0
        for k, steps in enumerate((2, 1)):
            group = file.create_group(f"episode_{k}")
            seen = np.arange(3 * (steps + 1), dtype=np.float64).reshape(-1, 3) + 100 * k
            for name, value in (observations or (lambda x: {"observations": x}))(seen).items():
                group[name] = value
            group["actions"] = actions[low : low + steps]
            group["rewards"] = np.ones(steps)
            group["terminations"] = np.arange(steps) == steps - 1 if k == 0 else np.zeros(steps, bool)
            group["truncations"] = np.zeros(steps, bool)
            low += steps
    return path / "toy"


BOX = {"type": "Box", "dtype": "float32", "shape": [2], "low": [-2.0, 0.0], "high": [2.0, 1.0]}


def test_minari_boxes_are_rescaled(tmp_path):
    path = minari(tmp_path, BOX, np.array([[-2, 0], [2, 1], [0, 0.5]]))
    for source in (path, path / "data", path / "data" / "main_data.hdf5"):
        dataset = from_minari(source).dataset()
        assert dataset.action[:, 0].tolist() == [[-1, -1], [1, 1], [0, 0]]
        assert dataset.terminal.tolist() == [False, True, False]
        assert dataset.obs[:, 0, 0].tolist() == [0, 3, 6, 100, 103]
        assert dataset.metadata.id == "imported/toy-v0"
        assert dataset.metadata.units == {"actions": [{"low": [-2, 0], "high": [2, 1]}]}


def test_minari_discrete_and_dict(tmp_path):
    space = {"type": "Discrete", "n": 3, "start": 1}
    path = minari(
        tmp_path,
        space,
        np.array([1, 3, 2]),
        lambda x: {"observations/goal": x[:, :1], "observations/aim": x[:, 1:]},
    )
    dataset = from_minari(path).dataset()
    assert dataset.action[:, 0].argmax(-1).tolist() == [0, 2, 1]
    assert dataset.obs[0, 0].tolist() == [1, 2, 0]
    assert dataset.metadata.team.action_kind == "discrete"
    assert dataset.metadata.units == {"actions": [{"choices": [1, 2, 3]}]}


def test_minari_actions_beyond_their_space_are_cut_or_refused(tmp_path):
    found = from_minari(minari(tmp_path, BOX, np.array([[-2.06, 0], [2, 1], [0, 0.5]])))
    assert found.dataset().action[0, 0].tolist() == [-1, -1]
    assert any("1 of 6 action entries are beyond their bounds, by up to 3 %" in note for note in found.notes)
    with pytest.raises(RequestError, match=r"outside the bounds .* first in row 2 of the log"):
        from_minari(minari(tmp_path / "far", BOX, np.array([[-2, 0], [2, 1], [3, 0.5]]))).dataset()


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"type": "Text"}, "expected a Box or Discrete one"),
        ({"type": "Discrete", "n": "many"}, "expected a Box or Discrete one"),
        ({"type": "Discrete", "n": 2}, "run from 2 to 2: expected the choices 0 to 1"),
        ({"type": "Box", "low": [1.0], "high": [0.0]}, "expected finite and low < high"),
    ],
)
def test_minari_spaces_are_checked(tmp_path, space, message):
    with pytest.raises(RequestError, match=message):
        from_minari(minari(tmp_path, space, np.array([[2], [2], [2]]))).dataset()


def test_minari_lengths_are_checked(tmp_path):
    path = minari(tmp_path, BOX, np.zeros((3, 2)), lambda x: {"observations": x[:-1]})
    with pytest.raises(RequestError, match="2 observations for 2 actions"):
        from_minari(path).dataset()


def test_d4rl_says_which_of_its_arrays_are_not_read(tmp_path):
    path = d4rl(tmp_path, **{"infos/qpos": np.zeros((6, 3)), "metadata/algorithm": np.bytes_("SAC")})
    found = from_d4rl(path)
    assert "left out, since a dataset has no place for it: infos/qpos, metadata/algorithm" in found.notes
    assert guess(path) == "d4rl"
