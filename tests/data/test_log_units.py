from dataclasses import replace

import numpy as np
import pytest

from omarl.data.store import load, save
from omarl.data.units import in_own_units, without_offsets
from omarl.errors import RequestError

BOUNDS = {"actions": [{"low": [0, -1], "high": [10, 1]}, {"low": [5], "high": [6]}]}


def test_bounded_actions_return_to_their_bounds():
    action = np.array([[[-1, 0.5], [1, 0]], [[0, 2], [0, 0]]])
    assert in_own_units(action, BOUNDS).tolist() == [[[0, 0.5], [6, 0]], [[5, 1], [5.5, 0]]]


def test_choices_return_to_numbers_or_names():
    action = np.array([[[0, 1, 0], [1, 0, 0]]])
    assert in_own_units(action, {"actions": [{"choices": [1, 2, 3]}, {"choices": [7, 9]}]}).tolist() == [
        [2, 7]
    ]
    named = in_own_units(action, {"actions": [{"choices": ["a", "bcd", "e"]}, {"choices": ["f", "g"]}]})
    assert named.tolist() == [["bcd", "f"]]
    assert in_own_units(action, {"actions": [{"choices": [1, 2, 3]}, {"choices": ["f"]}]}).tolist() == [
        [2, "f"]
    ]


def test_offsets_are_subtracted_in_double_precision():
    obs = np.array([[[5_400_000.637, 1], [3, 4]]])
    found = without_offsets(obs, {"observation_offsets": [[5_400_000.0, 0], [1]]})
    assert found.dtype == np.float32 and np.allclose(found, [[[0.637, 1], [2, 4]]])


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ({"colour": []}, "unknown member 'colour'"),
        ({"actions": [{}]}, "expected one entry per agent"),
        ({"actions": [{"low": [0], "high": [1]}, {}]}, "agent 0 .* does not fit"),
        ({"actions": [{"low": [0, 0], "high": [1, "x"]}, {}]}, "agent 0 .* does not fit"),
        ({"actions": [{}, {"choices": ["a", "b"]}]}, "agent 1 .* does not fit"),
        ({"actions": [{}, {"first": 1}]}, "agent 1 .* does not fit"),
        ({"observation_offsets": [[0, 0, 0], [0, 0, 0]]}, "agent 1 .* does not fit"),
    ],
)
def test_units_that_are_not_the_teams_are_refused(make, tmp_path, units, message):
    dataset = make()
    with pytest.raises(RequestError, match=message):
        save(replace(dataset, metadata=replace(dataset.metadata, units=units)), tmp_path / "a")


def test_units_are_stored(make, tmp_path):
    dataset = make()
    units = {
        "actions": [{"low": [0.0, 0.0], "high": [1.0, 2.0]}, {}],
        "observation_offsets": [[1.0, 2, 3], [4, 5]],
    }
    saved = save(replace(dataset, metadata=replace(dataset.metadata, units=units)), tmp_path / "a")
    assert load(saved).metadata.units == units
