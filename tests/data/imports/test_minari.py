"""Datasets written by Minari itself in each of its storages, compared with Gymnasium's own `flatten`."""

import json

import gymnasium.spaces as spaces
import minari
import numpy as np
import pytest
from minari.data_collector import EpisodeBuffer

from omarl.data.imports.formats import guess, import_from
from omarl.errors import RequestError

STORAGES = ("hdf5", "arrow", "parquet")
CHOICES = spaces.Discrete(3, start=1)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of Minari, about authors and licences


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a dataset of the given episodes by Minari; returns its folder."""
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))

    def written(
        seen,
        space,
        act_space=CHOICES,
        acted=None,
        storage="hdf5",
        infos=(),
        ends=("terminal", "limit"),
        **more,
    ):
        episodes = []
        for index, values in enumerate(seen):
            steps = len(values) - 1
            last = np.arange(steps) == steps - 1
            episodes.append(
                EpisodeBuffer(
                    observations=stacked(space, values),
                    actions=acted[index] if acted else [np.int64(1 + k % 3) for k in range(steps)],
                    rewards=[float(k) for k in range(steps)],
                    terminations=list(last & (ends[index] == "terminal")),
                    truncations=list(last & (ends[index] == "limit")),
                    infos=infos[index] if infos else {},
                )
            )
        name = f"toy/set{len([*tmp_path.iterdir()])}-v0"
        minari.create_dataset_from_buffers(
            name, episodes, observation_space=space, action_space=act_space, data_format=storage, **more
        )
        return tmp_path / name

    return written


def stacked(space, values):
    """Observations as Minari's buffers hold them: each part's values in a list."""
    if isinstance(space, spaces.Dict):
        return {key: stacked(inner, [value[key] for value in values]) for key, inner in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        parts = enumerate(space.spaces)
        return tuple(stacked(inner, [value[index] for value in values]) for index, inner in parts)
    return values


SPACES = {
    "choice": spaces.Discrete(16, start=2),
    "choices": spaces.MultiDiscrete([[3, 2], [4, 2]]),
    "bits": spaces.MultiBinary([2, 3]),
    "matrix": spaces.Box(-np.inf, np.inf, (2, 3), np.float64),
    "scalar": spaces.Box(-1, 1, ()),
    "pixels": spaces.Box(0, 255, (4, 4, 3), np.uint8),
    "twelve": spaces.Tuple([spaces.Box(k, k + 0.5, (1,)) for k in range(12)]),
    "nested": spaces.Dict(
        b=spaces.Dict(y=spaces.Discrete(3), x=spaces.Tuple([spaces.Box(-1, 1, (2,)), spaces.MultiBinary(2)])),
        a=spaces.Box(-1, 1, (2,)),
    ),
    "text": spaces.Dict(mission=spaces.Text(8), way=spaces.Discrete(4)),
    "slash": spaces.Dict({"a/b": spaces.Box(0, 1, (1,)), "c": spaces.Box(5, 6, (2,))}),
}


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_observations_are_flattened_as_gymnasium_does(space, storage, write):
    space.seed(0)
    seen = [[space.sample() for _ in range(rows)] for rows in (4, 3)]
    path = write(seen, space, storage=storage)
    assert guess(path) == "minari"
    dataset = import_from(path).dataset()
    expected = [spaces.flatten(space, value).reshape(-1) for values in seen for value in values]
    np.testing.assert_array_equal(dataset.obs[:, 0], np.asarray(expected, np.float32))
    assert dataset.action[:, 0].argmax(-1).tolist() == [0, 1, 2, 0, 1]
    assert dataset.reward[:, 0].tolist() == [0, 1, 2, 0, 1]
    assert dataset.terminal.tolist() == [False, False, True, False, False]
    assert dataset.truncated.tolist() == [False, False, False, False, True]


@pytest.mark.parametrize("storage", STORAGES)
def test_episodes_come_in_the_order_of_their_numbers(storage, write):
    space = spaces.Box(0, 100, (1,), np.float64)
    seen = [[np.array([float(index)])] * 2 for index in range(12)]
    path = write(seen, space, storage=storage, ends=["limit"] * 12)
    assert import_from(path).dataset().obs[::2, 0, 0].tolist() == [*range(12)]


def masked_episodes(masks):
    """One episode whose observations have these masks."""
    return [
        [{"observation": np.float32([k, -k]), "action_mask": np.int8(mask)} for k, mask in enumerate(masks)]
    ]


MASKED = spaces.Dict(observation=spaces.Box(-9, 9, (2,)), action_mask=spaces.MultiBinary(3))
MASKS = [[1, 0, 1], [0, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize("storage", STORAGES)
def test_a_mask_in_the_observation_is_taken_apart(storage, write):
    found = import_from(write(masked_episodes(MASKS), MASKED, storage=storage))
    dataset = found.dataset()
    assert dataset.obs[:, 0].tolist() == [[0, 0], [1, -1], [2, -2]]
    assert dataset.legal[:, 0].tolist() == [[True, False, True], [False, True, True], [True, False, False]]
    assert "observations/action_mask says which choices are legal" in found.notes


@pytest.mark.parametrize("storage", STORAGES)
def test_a_mask_in_the_infos_counts_unless_it_is_mere_advice(storage, write):
    space, seen = spaces.Discrete(2), [[0, 1, 0]]
    infos = {"action_mask": np.int8(MASKS), "mood": np.arange(3.0)}
    found = import_from(write(seen, space, storage=storage, infos=[infos]))
    assert found.dataset().legal[1, 0].tolist() == [False, True, True]
    assert "not imported of infos: mood" in found.notes
    wrong = infos | {"action_mask": np.int8([[0, 0, 1]] * 3)}
    advice = import_from(write(seen, space, storage=storage, infos=[wrong]))
    assert advice.dataset().legal is None
    assert any("forbids 2 of the recorded actions, the first in row 0" in note for note in advice.notes)


def test_an_observed_mask_must_be_heeded_and_fit(write):
    with pytest.raises(
        RequestError, match="action_mask forbids 1 of the recorded actions, the first in row 1"
    ):
        import_from(write(masked_episodes([[1, 0, 0], [1, 0, 0], [1, 1, 1]]), MASKED))
    with pytest.raises(RequestError, match="has 3 entries: expected 4"):
        import_from(write(masked_episodes(MASKS), MASKED, spaces.Discrete(4)))


def test_what_only_looks_like_a_mask_is_said(write):
    space = spaces.Dict(move_mask=spaces.MultiBinary(3), rest=spaces.Box(-1, 1, (1,)))
    space.seed(0)
    found = import_from(write([[space.sample(), space.sample()]], space))
    assert found.metadata.team.observation_sizes == (4,) and found.dataset().legal is None
    assert any("observations/move_mask looks like a mask of the 3 choices" in note for note in found.notes)


@pytest.mark.parametrize("storage", STORAGES)
def test_images_are_refused(storage, write):
    space = spaces.Dict(eye=spaces.Box(0, 255, (32, 40, 3), np.uint8))
    seen = [[{"eye": np.zeros((32, 40, 3), np.uint8)}] * 3]
    with pytest.raises(RequestError, match="observations/eye holds images as JPEG"):
        import_from(write(seen, space, storage=storage))
    raw = import_from(write(seen, space, storage=storage, jpeg_encoding=False))
    assert raw.metadata.team.observation_sizes == (32 * 40 * 3,)


@pytest.mark.parametrize("storage", STORAGES)
def test_bounds_of_an_unbounded_action_are_asked_for(storage, write, tmp_path):
    box, act = spaces.Box(-1, 1, (1,)), spaces.Box(-np.inf, np.inf, (2,))
    acted = [[np.float32([0, -3]), np.float32([4, 1])]]
    path = write([[np.zeros(1, np.float32)] * 3], box, act, acted, storage)
    with pytest.raises(
        RequestError, match=r"no bounds.*--mapping FILE: \[action\] and below it low = -3 and high = 4"
    ):
        import_from(path)
    mapping = tmp_path / "bounds.toml"
    mapping.write_text("[action]\nlow = [0.0, -3.0]\nhigh = [4.0, 1.0]\n")
    dataset = import_from(path, mapping=mapping).dataset()
    assert dataset.action[:, 0].tolist() == [[-1, -1], [1, 1]]
    mapping.write_text("[columns]\nreward = 'paid'\n")
    with pytest.raises(RequestError, match="a mapping can only say id, and low and high"):
        import_from(path, mapping=mapping)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (spaces.MultiDiscrete([3, 2]), "MultiDiscrete.*one of 6 choices"),
        (spaces.MultiBinary(2), "expected a Box or Discrete one"),
        (spaces.Dict(a=spaces.Discrete(2)), "expected a Box or Discrete one"),
    ],
)
def test_actions_of_several_choices_are_refused(act, message, write):
    act.seed(0)
    path = write(
        [[np.zeros(1, np.float32)] * 3], spaces.Box(-1, 1, (1,)), act, [stacked(act, [act.sample()] * 2)]
    )
    with pytest.raises(RequestError, match=message):
        import_from(path)


def test_ends_are_believed_since_minari_tells_time_limits_apart(write):
    space = spaces.Discrete(2)
    path = write([[0, 1, 0], [1, 1, 0]], space, ends=("terminal", "terminal"))
    assert import_from(path).dataset().terminal.sum() == 2
    assert import_from(path, terminals="drop").dataset().terminal.sum() == 0
    opened = import_from(write([[0, 1], [1, 1]], space, ends=("terminal", "")))
    assert "1 episodes end without a mark: stored as time limits" in opened.notes


def edit(path, **changes):
    """Change the metadata of a dataset."""
    file = path / "data" / "metadata.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_what_does_not_fit_its_space_is_named(write):
    path = write([[0, 1, 1]], spaces.Discrete(2))
    edit(path, observation_space=json.dumps({"type": "Discrete", "n": 1, "start": 0}))
    with pytest.raises(RequestError, match=r"observations in /episode_0: 1 in row 1 is not one of 0 to 0"):
        import_from(path).dataset()
    edit(path, observation_space=json.dumps({"type": "MultiDiscrete", "nvec": [2, 2]}))
    with pytest.raises(RequestError, match="has 1 numbers a row: its space says 2"):
        import_from(path).dataset()
    edit(path, observation_space=json.dumps({"type": "Graph"}))
    with pytest.raises(RequestError, match="is of a Graph space: expected Box, Discrete"):
        import_from(path)


def test_without_an_observation_space_numbers_are_taken_as_stored(write):
    path = write([[(k, 2.0 * k) for k in range(3)]], spaces.Tuple([spaces.Discrete(5), spaces.Box(0, 9, ())]))
    edit(path, observation_space=None, total_episodes=3)
    found = import_from(path)
    assert found.dataset().obs[:, 0].tolist() == [[0, 0], [1, 2], [2, 4]]
    assert "metadata.json names no observation space: numbers are taken as stored" in found.notes
    assert "metadata.json says 3 episodes, but 1 are there" in found.notes


def test_a_folder_that_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(RequestError, match="expected a Minari dataset"):
        import_from(tmp_path, "minari")


@pytest.mark.parametrize("storage", STORAGES)
def test_long_episodes_are_only_in_order_in_hdf5(storage, write):
    path = write([[k % 2 for k in range(32_769)]], spaces.Discrete(2), storage=storage, ends=("limit",))
    if storage == "hdf5":
        assert import_from(path).dataset().rows == 32_768
    else:
        with pytest.raises(
            RequestError, match="holds 32769 rows, and Minari writes more than 32768 in no certain"
        ):
            import_from(path)


def test_damaged_arrow_files_are_refused(write):
    path = write([[0, 1, 1]], spaces.Discrete(2), storage="arrow")
    (path / "data" / "0" / "part-0.arrow").write_bytes(b"hello")
    with pytest.raises(RequestError, match="cannot be read"):
        import_from(path)
    (path / "data" / "0" / "part-0.arrow").unlink()
    with pytest.raises(RequestError, match=r"holds no file part-0\.arrow"):
        import_from(path)
