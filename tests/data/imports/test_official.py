import numpy as np
import pytest

from omarl.data.episodes import present
from omarl.data.exports.official import to_official
from omarl.data.imports.official import from_official
from omarl.data.imports.rows import spans
from omarl.data.store import load
from omarl.errors import RequestError


def same(left, right) -> bool:
    mine, theirs = present(left), present(right)
    return mine.keys() == theirs.keys() and all(np.array_equal(mine[k], theirs[k]) for k in mine)


@pytest.mark.parametrize("lengths", [(4, 1, 3), (1, 1, 1), (5,)])
@pytest.mark.parametrize("terminal", [False, True])
def test_there_and_back(make, tmp_path, lengths, terminal):
    dataset = make(lengths=lengths, action_sizes=(2, 1), terminal=terminal)
    folder = to_official(dataset, tmp_path / "seed_0_data")
    assert same(from_official(folder, terminals="keep").dataset(), dataset)
    written = from_official(folder, id="a/b", terminals="keep").write(tmp_path / "out")
    assert same(load(written), dataset) and load(written).metadata.id == "a/b"


def test_the_files_are_those_of_the_published_data(make, tmp_path):
    dataset = make(action_sizes=(2, 1))
    folder = to_official(dataset, tmp_path / "a")
    names = {f"{name}_{i}.npy" for name in ("obs", "acs", "rews", "next_obs", "dones") for i in (0, 1)}
    assert {path.name for path in folder.iterdir()} == names
    arrays = {name: np.load(folder / name) for name in names}
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float64)}
    assert arrays["obs_1.npy"].shape == (8, 2) and arrays["acs_1.npy"].shape == (8, 1)
    assert arrays["rews_0.npy"].shape == arrays["dones_0.npy"].shape == (8,)
    assert np.array_equal(arrays["next_obs_0.npy"][0], arrays["obs_0.npy"][1])


def test_dones_that_are_all_zero_are_said_aloud(make, tmp_path):
    found = from_official(to_official(make(), tmp_path / "a"))
    assert found.notes == [
        "3 episodes of 1 to 4 rows found",
        "no row is marked terminal: all 3 ends are stored as time limits",
    ]


@pytest.mark.parametrize(("terminals", "true_ends"), [("auto", 0), ("keep", 2), ("drop", 0)])
def test_time_limits_stored_as_terminals_are_said_aloud(make, tmp_path, terminals, true_ends):
    dataset = make(lengths=(5, 5), terminal=True)
    found = from_official(to_official(dataset, tmp_path / "a"), terminals=terminals)
    assert ("a time limit stored as a true end" in " ".join(found.notes)) == (terminals == "auto")
    assert found.dataset().terminal.sum() == true_ends


def test_any_old_array_file_will_do(make, tmp_path):
    dataset = make()
    folder = to_official(dataset, tmp_path / "a")
    for path in folder.iterdir():
        value = np.load(path)
        np.save(path, np.asfortranarray(value.reshape(len(value), -1).astype(np.float32)))
    assert same(from_official(folder).dataset(), dataset)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: (d / "obs_0.npy").unlink(), r"lacks obs_0\.npy: there are files of 2 agents"),
        (lambda d: (d / "obs_1.npy").unlink(), r"lacks obs_1\.npy: there are files of 2 agents"),
        (lambda d: (d / "acs_1.npy").unlink(), r"lacks acs_1\.npy"),
        (lambda d: [path.unlink() for path in d.iterdir()], r"holds no obs_0\.npy"),
        (lambda d: np.save(d / "rews_1.npy", np.zeros(7)), "has 7 rows, expected 8"),
        (lambda d: np.save(d / "rews_1.npy", np.zeros((8, 2))), "must have one column"),
        (
            lambda d: np.save(d / "next_obs_0.npy", np.zeros((8, 2))),
            r"obs_0 is \(8, 3\), next_obs_0 \(8, 2\)",
        ),
        (lambda d: np.save(d / "obs_0.npy", np.array([{}]), allow_pickle=True), r"holds \|O"),
        (lambda d: (d / "obs_0.npy").write_bytes(b"\x93NUMPY"), "header is damaged"),
        (lambda d: np.save(d / "obs_0.npy", np.zeros((8, 3, 1))), "expected .rows, columns."),
    ],
)
def test_damage_is_refused(make, tmp_path, change, message):
    folder = to_official(make(), tmp_path / "a")
    change(folder)
    with pytest.raises(RequestError, match=message):
        from_official(folder)


def test_numbers_that_are_not_finite_are_refused(make, tmp_path):
    folder = to_official(make(), tmp_path / "a")
    rewards = np.load(folder / "rews_1.npy")
    rewards[3] = np.nan
    np.save(folder / "rews_1.npy", rewards)
    with pytest.raises(RequestError, match=r"reward is nan.*row 3, agent 1"):
        from_official(folder).write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("rows", [1, 3, 4, 100])
def test_spans_hold_whole_episodes(rows):
    end = np.array([0, 0, 1, 1, 0, 1], bool)
    parts = list(spans(end, rows))
    assert all(end[part.stop - 1] for part in parts)
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(6))


def test_links_are_followed(make, tmp_path):
    dataset = make()
    folder = to_official(dataset, tmp_path / "a")
    (tmp_path / "blobs").mkdir()
    for path in list(folder.iterdir()):
        path.rename(tmp_path / "blobs" / path.stem)
        path.symlink_to(tmp_path / "blobs" / path.stem)
    assert same(from_official(folder).dataset(), dataset)
    (tmp_path / "blobs" / "obs_0").unlink()
    with pytest.raises(RequestError, match=r"obs_0\.npy is missing"):
        from_official(folder)
