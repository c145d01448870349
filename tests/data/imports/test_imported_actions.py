import json

import h5py
import numpy as np
import pytest

from omarl.data.exports.official import to_official
from omarl.data.exports.parquet import to_parquet
from omarl.data.imports.d4rl import from_d4rl
from omarl.data.imports.formats import import_from
from omarl.data.imports.official import from_official
from omarl.data.imports.tables import from_table
from omarl.data.store import load
from omarl.errors import RequestError

SPEEDS = [10, 90, 50, 30, 20, 70, 10.5, 90, 50, 30, 20, 70]
NAMES = ["left", "stay", "right", "stay"] * 3


def choices(found):
    return [entry["choices"] for entry in found.metadata.units["actions"]]


def said(found):
    return " ".join(found.notes)


def test_actions_outside_the_box_are_asked_about(imported, log):
    message = r"agent 'a' run from 10 to 50 in action_u, outside \[-1, 1\]: give their bounds as low and high"
    with pytest.raises(RequestError, match=message):
        imported(log(action_u=SPEEDS))
    with pytest.raises(RequestError, match=r"outside \[-1, 1\].*or kind = .discrete. there if they are"):
        imported(log(action_u=[10.0 * i for i in range(12)]))


def test_bounds_are_kept_with_the_dataset(imported, log, tmp_path):
    found = imported(log(action_u=SPEEDS), "[action]\nlow = 10\nhigh = 90")
    dataset = load(found.write(tmp_path / "out"))
    assert dataset.action[:2, :, 0].tolist() == [[-1, 1], [0, -0.5]]
    assert dataset.metadata.units == {"actions": [{"low": [10.0], "high": [90.0]}] * 2}


def test_actions_outside_the_bounds_are_refused_with_their_row(imported, log):
    message = r"outside the bounds \[10.0\] to \[80.0\], first in row 1 of the log \(agent 'b'"
    with pytest.raises(RequestError, match=message):
        imported(log(action_u=SPEEDS), "[action]\nlow = 10\nhigh = 80")


def test_bounds_of_ragged_agents_refer_to_the_tables_columns(imported, log):
    two = log(action_u=[5 if i % 2 == 0 else "" for i in range(12)])
    two["action_v"] = ["" if i % 2 == 0 else 50 for i in range(12)]
    found = imported(two, "[action]\nlow = [0, 0]\nhigh = [10, 100]")
    assert found.metadata.units["actions"] == [{"low": [0], "high": [10]}, {"low": [0], "high": [100]}]
    assert not found.dataset().action.any()


def test_a_few_whole_numbers_are_choices(imported, log):
    found = imported(log(action_u=[1, 2, 3, 2] * 3))
    assert found.metadata.team.action_kind == "discrete"
    assert found.metadata.team.action_sizes == (3, 2) and choices(found) == [[1, 2, 3], [1, 2]]
    assert "action column action_u holds a few whole numbers: taken as choices" in said(found)
    assert found.dataset().action[0].tolist() == [[1, 0, 0], [0, 1, 0]]


def test_an_agent_that_always_does_the_same_has_choices_as_the_others_do(imported, log):
    found = imported(log(action_u=[0, 2, 1, 2, 3, 2] * 2))
    assert found.metadata.team.action_kind == "discrete" and found.metadata.team.action_sizes == (4, 3)


@pytest.mark.parametrize("values", [[0.0, 1.0] * 6, [0] * 12])
def test_whole_numbers_that_could_be_either_stay_continuous_and_that_is_said(imported, log, values):
    found = imported(log(action_u=[f"{v:.1f}" if isinstance(v, float) else v for v in values]))
    assert found.metadata.team.action_kind == "continuous" and not found.metadata.units
    assert "only whole numbers in [-1, 1]: taken as continuous" in said(found)


def test_the_kind_can_be_said(imported, log):
    found = imported(log(action_u=[0, 1] * 6), '[action]\nkind = "continuous"')
    assert found.metadata.team.action_kind == "continuous"
    found = imported(log(action_u=[0.5, 1.5] * 6), "[action]\nchoices = [1.5, 0.5]")
    assert found.dataset().action[0].tolist() == [[0, 1], [1, 0]]


def test_one_hot_columns_are_a_choice(imported, log):
    columns = {f"action_{k}": [int(i % 3 == k) for i in range(12)] for k in range(3)}
    for mapping in ("", '[action]\nkind = "discrete"', "[action]\nchoices = 3"):
        found = imported(log(action_u=None, **columns), mapping)
        assert found.metadata.team.action_kind == "discrete" and found.metadata.team.action_sizes == (3, 3)
        assert found.dataset().action[:2, 0].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert "one-hot in every row" in said(imported(log(action_u=None, **columns)))
    named = imported(log(action_u=None, **columns), '[action]\nchoices = ["n", "e", "w"]')
    assert choices(named) == [["n", "e", "w"]] * 2
    columns["action_2"] = [0] * 12
    with pytest.raises(RequestError, match="3 action columns, which are not one-hot: a choice is one column"):
        imported(log(action_u=None, **columns), '[action]\nkind = "discrete"')


@pytest.mark.parametrize("mapping", ['kind = "discrete"', "choices = 3", "first = 1", "choices = [1, 2, 3]"])
def test_choices_counted_from_one(imported, log, mapping):
    found = imported(log(action_u=[1, 2, 3, 3, 2, 1] * 2), f"[action]\n{mapping}")
    assert choices(found) == [[1, 2, 3]] * 2
    assert found.dataset().action[0].tolist() == [[1, 0, 0], [0, 1, 0]]


def test_who_counts_from_one_is_a_matter_of_the_team(imported, log):
    found = imported(log(action_u=[1, 2, 2, 3] * 3), "[action]\nchoices = 3")
    assert choices(found) == [[1, 2, 3]] * 2


def test_numbers_far_apart_are_choices_of_their_own(imported, log):
    found = imported(log(action_u=[10, 500, 70, 10] * 3), '[action]\nkind = "discrete"')
    assert choices(found) == [[10, 70], [10, 500]] and "numbers seen: 10, 70" in said(found)


def test_choices_have_names(imported, log, tmp_path):
    found = imported(log(action_u=NAMES))
    assert choices(found) == [["left", "right"], ["stay"]]
    assert "2 choices taken from the names seen: left, right" in said(found)
    listed = imported(log(action_u=NAMES), '[action]\nchoices = ["stay", "left", "right", "fire"]')
    dataset = load(listed.write(tmp_path / "out"))
    assert dataset.action[:2, 0].tolist() == [[0, 1, 0, 0], [0, 0, 1, 0]]
    assert dataset.metadata.units["actions"][1] == {"choices": ["stay", "left", "right", "fire"]}
    again = from_table(to_parquet(dataset, tmp_path / "a.parquet"))
    assert again.metadata == dataset.metadata
    assert np.array_equal(again.dataset().action, dataset.action)


def test_an_idle_row_has_no_name(imported, log):
    columns = log(action_u=[*NAMES[:4], "", "", *NAMES[:4], "", ""], terminal=[0] * 12)
    columns["reward"] = [r if u else "" for r, u in zip(columns["reward"], columns["action_u"], strict=True)]
    dataset = imported(columns).dataset()
    assert dataset.rows == 4 and dataset.action.sum() == 8


@pytest.mark.parametrize(
    ("values", "mapping", "message"),
    [
        (
            [0, 1, 2, 9] * 3,
            "choices = 3",
            r"action 9 in row 3 of the log \(agent 'b', .* not one of .* 0, 1, 2",
        ),
        ([0.5] * 12, 'kind = "discrete"', "are no numbers of choices: list them in choices"),
        ([0, 1, 2, 1] * 3, "choices = {A = 9, b = 9}", "given for 'A', which is no agent of the log: a, b"),
        ([0, 1, 2, 1] * 3, 'choices = ["x", "y"]', "listed by name .* the log holds numbers from 0 to 2"),
        (NAMES, 'choices = ["left", "stay"]', "in row 2 of the log .* is not one of the choices left, stay"),
        (NAMES, "choices = 5", "has 5 choices, of which the log shows 2"),
        (NAMES, 'kind = "continuous"', "actions are names such as 'left': they can only be choices"),
        (NAMES, 'choices = ["left", "left"]', "a list of distinct numbers or names"),
        (NAMES, 'choices = 2\nkind = "continuous"', "mixes two kinds"),
        (NAMES, "first = 1.5", "first is '1.5', expected a whole number"),
    ],
)
def test_choices_that_cannot_be_are_refused(imported, log, values, mapping, message):
    with pytest.raises(RequestError, match=message):
        imported(log(action_u=values), f"[action]\n{mapping}")


def hdf5(path, actions, **arrays):
    base = {
        "observations": np.arange(6.0)[:, None],
        "rewards": np.arange(6.0),
        "terminals": np.array([0, 0, 1, 0, 0, 1], bool),
        "timeouts": np.zeros(6, bool),
    }
    with h5py.File(path / "a.hdf5", "w") as file:
        for name, value in (base | {"actions": actions} | arrays).items():
            file[name] = value
    return path / "a.hdf5"


def test_d4rl_files_are_asked_about_and_mapped(tmp_path):
    source = hdf5(tmp_path, np.array([10.0, 20, 30, 10, 20.5, 30])[:, None])
    with pytest.raises(RequestError, match=r"run from 10 to 30 in column 0 of actions, outside \[-1, 1\]"):
        from_d4rl(source)
    (tmp_path / "map.toml").write_text("[action]\nlow = 10\nhigh = 30")
    found = import_from(source, mapping=tmp_path / "map.toml")
    assert found.dataset().action[:3, 0, 0].tolist() == [-1, 0, 1]
    assert found.metadata.units == {"actions": [{"low": [10.0], "high": [30.0]}]}
    (tmp_path / "map.toml").write_text('[columns]\nreward = "pay"')
    with pytest.raises(RequestError, match="names columns, which only tables have"):
        import_from(source, mapping=tmp_path / "map.toml")


def test_d4rl_choices_are_found(tmp_path):
    found = from_d4rl(hdf5(tmp_path, np.array([1, 2, 3, 1, 2, 3])))
    assert found.dataset().action[:3, 0].tolist() == np.eye(3).tolist()
    assert found.metadata.units == {"actions": [{"choices": [1, 2, 3]}]}


def test_one_hot_arrays_of_the_published_layout_are_choices(make, tmp_path):
    dataset = make(kind="discrete", action_sizes=(3, 2), lengths=(20, 20))
    found = from_official(to_official(dataset, tmp_path / "a"), terminals="keep")
    assert found.metadata.team == dataset.metadata.team
    assert np.array_equal(found.dataset().action, dataset.action)


def test_arrays_of_the_published_layout_are_asked_about_and_mapped(make, tmp_path):
    folder = to_official(make(action_sizes=(2, 1)), tmp_path / "a")
    acs = np.load(folder / "acs_0.npy") * [1, 5]
    np.save(folder / "acs_0.npy", acs)
    with pytest.raises(RequestError, match=r"actions of agent '0' run from .* in column 1 of acs"):
        from_official(folder)
    (tmp_path / "map.toml").write_text("[action]\nlow = [-1, -5]\nhigh = [1, 5]")
    found = from_official(folder, mapping=tmp_path / "map.toml")
    assert np.allclose(found.dataset().action, make(action_sizes=(2, 1)).action)
    assert found.metadata.units["actions"][1] == {"low": [-1.0], "high": [1.0]}


def test_datasets_without_units_are_written_as_before(make, tmp_path, imported, log):
    out = imported(log()).write(tmp_path / "out")
    assert "units" not in json.loads((out / "dataset.json").read_text())["metadata"]
