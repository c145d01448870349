import re
from dataclasses import replace

import numpy as np
import pytest

from omarl.data.episodes import acting
from omarl.data.store import save
from omarl.data.validate import validate
from omarl.errors import RequestError


def change(dataset, **fields):
    """The dataset with entries replaced: `field=(index, value)`."""
    arrays = {name: getattr(dataset, name).copy() for name in fields}
    for name, (index, value) in fields.items():
        arrays[name][index] = value
    return replace(dataset, **arrays)


def said(findings, severity):
    return [f"{f.what} at {f.where}" for f in findings if f.severity == severity]


def lived(dataset, gone, died=()):
    """The dataset with agent 1 away at some observations, where nothing is seen, done or paid."""
    alive, dead = np.ones(dataset.obs.shape[:2], bool), np.zeros(dataset.reward.shape, bool)
    alive[gone, 1] = False
    dead[list(died), 1] = True
    found = replace(dataset, alive=alive, died=dead)
    acts = acting(found)[..., None]
    return replace(
        found,
        obs=dataset.obs * alive[..., None],
        action=dataset.action * acts,
        reward=dataset.reward * acts[..., 0],
    )


def test_an_agent_that_is_not_always_there_is_noted(make, tmp_path):
    dataset = lived(make(kind="discrete", action_sizes=(3, 2)), slice(2, 5), died=[1])
    (note,) = [text for text in said(validate(dataset), "note") if "agent 1" in text]
    assert note.startswith("it is not there in 2 of 8 rows, and dies 1 times before its team")
    assert not said(validate(save(dataset, tmp_path / "a")), "error")


@pytest.mark.parametrize(
    ("change_of", "message"),
    [
        (
            {"died": (0, 1)},
            "1 deaths are of agents that are not there or go on at alive and died.*row 0, agent 1",
        ),
        ({"died": (3, 1)}, "1 deaths .*row 3, agent 1"),
        ({"alive": (2, 0)}, "1 rows have no agent at all at alive and died, first at row 2, agent 0"),
        ({"reward": (2, 1)}, "1 rows have an observation or a reward of an agent that is not there"),
        ({"obs": (3, 1)}, "1 rows have an observation or a reward .*row 3, agent 1"),
    ],
)
def test_lives_that_cannot_be_are_errors(make, change_of, message):
    dataset = lived(make(), slice(2, 5), died=[1])
    fields = {name: (at, name not in ("alive",)) for name, at in change_of.items()}
    errors = said(validate(change(dataset, **fields)), "error")
    assert any(re.search(message, error) for error in errors)


def test_who_is_there_needs_both_fields(make):
    dataset = make()
    half = replace(dataset, alive=np.ones(dataset.obs.shape[:2], bool))
    assert "there is alive alone" in said(validate(half), "error")[0]


@pytest.mark.parametrize("kind", ["continuous", "discrete"])
def test_nothing_is_found_where_all_is_well(make, kind, tmp_path):
    dataset = make(lengths=(5, 5, 5, 5), kind=kind, action_sizes=(3, 2), legal=True, seed=3)
    only = ["none of 4 episodes ends with `terminal`: all are cut by a time limit at terminal"]
    assert [f"{f.what} at {f.where}" for f in validate(dataset)] == only
    assert [f"{f.what} at {f.where}" for f in validate(save(dataset, tmp_path / "a"))] == only


@pytest.mark.parametrize(
    ("options", "fields", "message"),
    [
        ({}, {"obs": ((3, 0, 1), np.nan)}, "obs is nan, .*1 such in all at obs, row 3, agent 0, column 1"),
        ({}, {"reward": (slice(2, 4), np.inf)}, "reward is inf, .*4 such in all at reward, row 2, agent 0"),
        ({}, {"action": ((6, 1, 0), -1.5)}, r"1 actions leave \[-1, 1\] at action, first at row 6, agent 1"),
        ({"kind": "discrete"}, {"action": ((6, 1), 1)}, "1 actions are not one-hot .*row 6, agent 1"),
        ({"kind": "discrete"}, {"action": ((2, 0), 0)}, "1 actions are not one-hot .*row 2, agent 0"),
        ({"legal": True}, {"legal": ((7, 1), False)}, "1 actions were not legal .*row 5, agent 1"),
        ({}, {"truncated": (2, True)}, "mark 4 episode ends, but there are 3 more"),
        ({}, {"truncated": (7, False)}, "mark 2 episode ends, but there are 3 more"),
    ],
)
def test_errors_are_found_and_placed(make, options, fields, message):
    (found,) = said(validate(change(make(**options), **fields)), "error")
    assert re.search(message, found)


@pytest.mark.parametrize(
    ("options", "fields", "message"),
    [
        ({"lengths": (5, 5), "terminal": True}, {}, "all 2 episodes are 5 rows long and end with `terminal`"),
        ({}, {}, "none of 3 episodes ends with `terminal`, yet lengths differ (1 to 4)"),
        ({"terminal": True}, {"reward": ((slice(None), 1), 0)}, "every reward is 0"),
        (
            {"terminal": True},
            {"action": ((slice(None), 1, 0), 0.5)},
            "columns 0 never change at action, agent 1",
        ),
        ({"terminal": True}, {"obs": ((4, 1, 2), 1)}, "1 entries beyond an agent's own sizes are not zero"),
        (
            {"lengths": (2,) * 9 + (4,), "terminal": True},
            {},
            "1 episodes are longer than the common length of 2",
        ),
    ],
)
def test_warnings_are_found_and_placed(make, options, fields, message):
    found = said(validate(change(make(**options), **fields)), "warning")
    assert len(found) == 1 and message in found[0]


def test_repeated_rows_are_found(make):
    dataset = make(lengths=(2, 3, 2), terminal=True)
    twice = change(
        dataset,
        obs=(slice(7, 10), dataset.obs[:3]),
        action=(slice(5, 7), dataset.action[:2]),
        reward=(slice(5, 7), dataset.reward[:2]),
    )
    assert said(validate(twice), "warning") == [
        "2 rows repeat earlier ones exactly at first: row 5 repeats row 0"
    ]
    assert said(validate(change(twice, reward=((6, 0), 9.0))), "warning") == [
        "1 rows repeat earlier ones exactly at first: row 5 repeats row 0"
    ]


def test_minus_zero_repeats_zero_and_signalling_nans_do_not_stop_the_look(make):
    dataset = change(make(lengths=(2, 2), terminal=True), reward=(slice(None), 0.0))
    twins = change(dataset, obs=(slice(3, 6), dataset.obs[:3]), action=(slice(2, 4), dataset.action[:2]))
    twins.reward[2:] = -0.0
    assert said(validate(twins), "warning")[-1].startswith("2 rows repeat earlier ones exactly")
    twins.obs.view(np.uint32)[0, 0, 0] = 0x7F800001
    assert said(validate(twins), "error")[0].startswith("obs is nan")


@pytest.mark.parametrize("factor", [0.001, 1000])
def test_columns_far_apart_in_scale_are_found(make, factor):
    dataset = make(lengths=(5, 5), terminal=True)
    found = said(
        validate(change(dataset, obs=((slice(None), 1, 1), dataset.obs[:, 1, 1] * factor))), "warning"
    )
    assert len(found) == 2 and re.search(r"column \d reaches .* times less at obs, agent 1", found[1])


def test_a_column_that_never_changes_has_no_scale(make):
    dataset = make(lengths=(5, 4), terminal=True)
    assert said(validate(change(dataset, obs=((slice(None), 0, 0), 1e6))), "warning") == []


def test_observations_after_a_reset_are_found(make):
    dataset = make(lengths=(5, 4, 6), terminal=True)
    first = dataset.episode_start + np.arange(3)
    obs = dataset.obs.copy()
    obs[first[1:] - 1] = obs[first[1:]]
    (found,) = said(validate(replace(dataset, obs=obs)), "warning")
    assert found == (
        "2 of 3 closing observations equal another episode's first one at obs, first at the end of episode 0"
    )


def test_few_states_and_stand_ins_are_no_resets(make):
    dataset = make(lengths=(5, 4, 6), terminal=True)
    few = np.zeros_like(dataset.obs)
    few[:, 0, 0] = np.random.default_rng(0).integers(0, 2, len(few))
    assert not any("closing" in text for text in said(validate(replace(dataset, obs=few)), "warning"))
    stand_in = make(lengths=(2,) * 9, terminal=True)
    stand_in.obs[2::3] = stand_in.obs[1::3]
    stand_in.obs[3:5] = stand_in.obs[1]
    assert not any("closing" in text for text in said(validate(stand_in), "warning"))


def test_single_transitions_of_one_recording_are_no_resets(make):
    single = make(lengths=(1,) * 9, terminal=True)
    single.obs[1:-1:2] = single.obs[2::2]
    assert not any("closing" in text for text in said(validate(single), "warning"))


def test_notes_are_facts(make):
    dataset = change(make(lengths=(1, 1, 1)), obs=((slice(None), 0, 1), 2.0))
    assert said(validate(dataset), "note") == [
        "every episode is one row long: the next action is nowhere known at episodes",
        "columns 1 never change at obs, agent 0",
    ]


def test_changed_files_are_found(make, tmp_path):
    folder = save(make(lengths=(3, 3)), tmp_path / "a")
    path = folder / "reward.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    (found,) = said(validate(folder), "error")
    assert found.startswith("checksum of reward.npy is ") and found.endswith("at reward.npy")


def test_broken_forms_are_one_finding_and_missing_ones_a_wrong_request(make, tmp_path):
    folder = save(make(), tmp_path / "a")
    (folder / "obs.npy").unlink()
    (found,) = validate(folder)
    assert found.severity == "error" and "missing" in found.what
    with pytest.raises(RequestError, match="no dataset"):
        validate(tmp_path / "b")
