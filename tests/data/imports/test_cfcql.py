import h5py
import numpy as np
import pytest

from omarl.data.imports import log_steps
from omarl.data.imports.cfcql import from_cfcql
from omarl.data.imports.formats import guess, import_from
from omarl.data.validate import validate
from omarl.errors import RequestError

RNG = np.random.default_rng(6)
LENGTHS = (2, 4, 1)  # actions of each episode; the second is cut by the time limit of four
FILLED = np.array([[t <= length for t in range(5)] for length in LENGTHS])
TERMINATED = np.zeros((3, 5), np.uint8)
TERMINATED[0, 1] = TERMINATED[2, 0] = 1


def arrays():
    """Three padded episodes of two agents with four choices, as PyMARL's buffer holds them."""
    legal = (RNG.random((3, 5, 2, 4)) < 0.6) | (np.arange(4) == 2)
    pad = FILLED[:, :, None, None]
    return {
        "state": RNG.normal(size=(3, 5, 6)),
        "obs": RNG.normal(size=(3, 5, 2, 3)) * pad,
        "actions": np.argmax(legal * RNG.random(legal.shape), -1)[..., None] * pad,
        "avail_actions": (legal * pad).astype(np.int32),
        "probs": np.ones((3, 5, 2, 4), np.float32),
        "reward": RNG.normal(size=(3, 5, 1)),
        "terminated": TERMINATED[..., None],
        "filled": FILLED[..., None].astype(np.int64),
    }


def cfcql(path, **changes):
    written = arrays() | changes
    with h5py.File(path / "2s3z_expert.h5", "w") as file:
        for name, value in written.items():
            if value is not None:
                file.create_dataset(name, data=value, maxshape=(None, *value.shape[1:]), chunks=True)
    return path / "2s3z_expert.h5", written


def test_padding_is_left_out_and_both_kinds_of_ends_are_known(tmp_path):
    path, source = cfcql(tmp_path)
    found = from_cfcql(path)
    dataset = found.dataset()
    acted = FILLED & np.append(FILLED[:, 1:], np.zeros((3, 1), bool), 1)
    assert dataset.rows == sum(LENGTHS) and dataset.episodes == 3
    assert np.array_equal(dataset.obs, source["obs"][FILLED].astype(np.float32))
    assert np.array_equal(dataset.legal, source["avail_actions"][FILLED] == 1)
    assert np.array_equal(dataset.action.argmax(-1), source["actions"][acted][..., 0])
    assert np.array_equal(dataset.reward, source["reward"][acted].astype(np.float32).repeat(2, 1))
    assert dataset.metadata.units == {"actions": [{"choices": [0, 1, 2, 3]}] * 2}
    assert np.flatnonzero(dataset.terminal).tolist() == [1, 6]
    assert np.flatnonzero(dataset.truncated).tolist() == [5]
    assert found.notes == [
        "left out, since a dataset has no place for it: probs, state",
        "3 episodes of 1 to 4 transitions found",
    ]


def test_true_ends_are_believed_even_if_all_episodes_are_equally_long(tmp_path):
    filled, terminated = np.zeros((2, 3, 5), bool)
    filled[:, :3] = terminated[:, 1] = True
    path, _ = cfcql(tmp_path, filled=filled[..., None], terminated=terminated[..., None])
    assert from_cfcql(path).dataset().terminal.tolist() == [False, True] * 3
    assert not from_cfcql(path, terminals="drop").dataset().terminal.any()


def test_read_an_episode_at_a_time_and_written(tmp_path, monkeypatch):
    path, _ = cfcql(tmp_path)
    whole = from_cfcql(path).dataset()
    monkeypatch.setattr(log_steps, "SPAN_BYTES", 1)
    assert guess(path) == "cfcql"
    found = import_from(path)
    assert np.array_equal(found.dataset().obs, whole.obs)
    out = import_from(path).write(tmp_path / "out")
    assert not [finding for finding in validate(out) if finding.severity == "error"]


def test_what_follows_on_a_true_end_and_its_observation_is_not_used(tmp_path):
    terminated = TERMINATED.copy()
    terminated[1, 1] = 1
    path, source = cfcql(tmp_path, terminated=terminated[..., None])
    dataset = from_cfcql(path).dataset()
    assert dataset.rows == 5 and np.array_equal(dataset.obs[3:6], source["obs"][1, :3].astype(np.float32))


def test_a_true_end_without_the_observation_after_it(tmp_path):
    filled = FILLED.copy()
    filled[0, 2] = False
    path, source = cfcql(tmp_path, filled=filled[..., None])
    dataset = from_cfcql(path).dataset()
    assert dataset.rows == 7 and dataset.terminal[1]
    assert np.array_equal(dataset.obs[:3], source["obs"][0, [0, 1, 1]].astype(np.float32))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"filled": None}, "no 'filled' of its own"),
        ({"obs": np.zeros((3, 5, 3))}, "obs has shape"),
        ({"actions": np.zeros((3, 5, 2), int)}, r"actions has shape \(3, 5, 2\), expected \(3, 5, 2, 1\)"),
        ({"reward": np.zeros((3, 4, 1))}, r"reward has shape \(3, 4, 1\), expected \(3, 5, 1\)"),
        ({"filled": np.tile([1, 0, 1, 0, 0], (3, 1))[..., None]}, "episode 0 has filled steps after padding"),
        ({"filled": np.zeros((3, 5, 1), int)}, "no step has an action that counts"),
        (
            {"actions": np.full((3, 5, 2, 1), 4)},
            "action 4 of agent 0 in step 0 is not one of the choices 0 to 3",
        ),
    ],
)
def test_damage_is_refused(tmp_path, changes, message):
    with pytest.raises(RequestError, match=message):
        from_cfcql(cfcql(tmp_path, **changes)[0]).dataset()
