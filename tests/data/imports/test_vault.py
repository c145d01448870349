import shutil
import sys

import numpy as np
import pytest
import tensorstore
from toys.vaults import skirmish, write_vault

from omarl.data.imports import log_steps
from omarl.data.imports.formats import guess, import_from
from omarl.data.imports.vaults import from_vault
from omarl.data.imports.vaults.store import open_vault
from omarl.data.store import load
from omarl.data.units import in_own_units
from omarl.data.validate import validate
from omarl.errors import RequestError

KEPT = [0, 1, 2, 3, 4, 5, 7]  # without the steps at the time limit and at the log's end
SEEN = [0, 1, 2, 3, 3, 4, 5, 6, 7, 8]  # after a true end the observation before is repeated


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    return write_vault(tmp_path_factory.mktemp("vaults"), skirmish(), writes=3)


@pytest.fixture
def copied(vault, tmp_path):
    return shutil.copytree(vault, tmp_path / "3m.vlt" / "Good")


def boxes(**changes):
    """Two agents with boxes of two entries, in two episodes of three steps without flags of their own."""
    rng = np.random.default_rng(3)
    terminal = np.zeros((1, 6, 2), bool)
    terminal[:, [2, 5]] = True
    return {
        "observations": rng.normal(size=(1, 6, 2, 3)).astype(np.float32),
        "actions": rng.uniform(-1, 1, (1, 6, 2, 2)).astype(np.float32),
        "rewards": rng.normal(size=(1, 6, 2)).astype(np.float32),
        "terminals": terminal,
        **changes,
    }


def test_choices_legal_ones_and_both_kinds_of_ends(vault):
    source, found = skirmish(), from_vault(vault)
    dataset = found.dataset()
    assert dataset.metadata.id == "imported/3m-Good-v0"
    assert dataset.metadata.team.action_kind == "discrete" and dataset.metadata.team.action_sizes == (5, 5, 5)
    assert np.array_equal(dataset.obs, source["observations"][0, SEEN])
    assert np.array_equal(dataset.legal, source["infos"]["legals"][0, SEEN] == 1)
    assert np.array_equal(dataset.action.argmax(-1), source["actions"][0, KEPT])
    assert np.array_equal(dataset.reward, source["rewards"][0, KEPT])
    assert np.flatnonzero(dataset.terminal).tolist() == [3]
    assert np.flatnonzero(dataset.truncated).tolist() == [5, 6]
    assert found.notes == [
        "left out, since a dataset has no place for it: infos.state",
        "3 episodes of 1 to 4 transitions found",
        "the observation after 2 time limits is unknown: their last steps are left out",
    ]


def test_what_is_written_is_in_order_and_read_in_small_parts_it_is_the_same(vault, tmp_path, monkeypatch):
    whole = from_vault(vault).dataset()
    monkeypatch.setattr(log_steps, "SPAN_BYTES", 1)  # a step at a time where flags are read, else an episode
    path = import_from(vault.parent).write(tmp_path / "out")
    assert not [finding for finding in validate(path) if finding.severity == "error"]
    found = load(path)
    assert all(
        np.array_equal(getattr(found, name), getattr(whole, name)) for name in ("obs", "action", "legal")
    )


def test_entries_of_the_batch_are_logs_of_their_own(tmp_path):
    source = skirmish(batch=2)
    dataset = from_vault(write_vault(tmp_path, source)).dataset()
    assert dataset.rows == 2 * len(KEPT) and dataset.episodes == 6
    assert np.array_equal(dataset.obs[len(SEEN) :], source["observations"][1, SEEN])


def test_a_time_limit_stored_as_a_true_end(tmp_path):
    vault = write_vault(tmp_path, boxes())
    assert from_vault(vault).dataset().truncated.tolist() == [False, True, False, True]
    kept = from_vault(vault, terminals="keep").dataset()
    assert kept.terminal.tolist() == [False, False, True, False, False, True] and kept.legal is None
    assert kept.metadata.team.action_sizes == (2, 2) and kept.metadata.team.action_kind == "continuous"


def test_actions_slightly_beyond_the_box_are_cut_and_it_is_said(tmp_path):
    actions = np.full((1, 6, 2, 2), 0.5, np.float32)
    actions[0, 1, 0, 0] = -1.03
    found = from_vault(write_vault(tmp_path, boxes(actions=actions)), terminals="keep")
    assert found.dataset().action[1, 0].tolist() == [-1, 0.5]
    assert "1 of 24 action entries are beyond their bounds, by up to 3 % of half the box" in found.notes[0]


def test_bounds_of_actions_far_outside_are_asked_for_and_kept(tmp_path):
    actions = np.linspace(-10, 90, 24, dtype=np.float32).reshape(1, 6, 2, 2)
    vault, mapping = write_vault(tmp_path, boxes(actions=actions)), tmp_path / "bounds.toml"
    with pytest.raises(
        RequestError, match=r"run from -5\.6.* to 81\.3.* in column 1 of actions, outside .* low and"
    ):
        from_vault(vault)
    mapping.write_text('id = "own/cars-v0"\n[action]\nlow = -10\nhigh = 90')
    dataset = import_from(vault, terminals="keep", mapping=mapping).dataset()
    assert dataset.metadata.id == "own/cars-v0"
    assert dataset.metadata.units["actions"] == [{"low": [-10, -10], "high": [90, 90]}] * 2
    assert np.allclose(in_own_units(dataset.action, dataset.metadata.units), actions[0], atol=1e-4)


def test_choices_are_answered_by_their_numbers(vault, tmp_path):
    dataset = from_vault(vault).dataset()
    assert np.array_equal(
        in_own_units(dataset.action, dataset.metadata.units), skirmish()["actions"][0, KEPT]
    )
    mapping = tmp_path / "bounds.toml"
    for text, message in (("low = -1\nhigh = 1", "said to be continuous"), ("choices = 4", "has 5 entries")):
        mapping.write_text(f"[action]\n{text}")
        with pytest.raises(RequestError, match=message):
            from_vault(vault, mapping=mapping)


def test_choices_may_begin_with_another_number(tmp_path):
    actions = np.array([4, 6, 5, 4, 5, 4])[None, :, None].repeat(2, 2)
    (tmp_path / "first.toml").write_text("[action]\nfirst = 4")
    vault = write_vault(tmp_path, boxes(actions=actions))
    dataset = from_vault(vault, terminals="keep", mapping=tmp_path / "first.toml").dataset()
    assert dataset.metadata.units["actions"] == [{"choices": [4, 5, 6]}] * 2
    assert dataset.action[:, 0].argmax(-1).tolist() == [0, 2, 1, 0, 1, 0]


def test_choices_without_legal_ones_and_a_reward_of_the_team(tmp_path):
    actions = np.array([0, 2, 1, 0, 1, 0])[None, :, None].repeat(2, 2)
    reward = np.arange(6, dtype=np.float32)[None]
    vault = write_vault(tmp_path, boxes(actions=actions, rewards=reward))
    found = from_vault(vault, terminals="keep")
    dataset = found.dataset()
    assert (
        dataset.metadata.team.action_sizes == (3, 3) and "3 choices taken from the largest" in found.notes[0]
    )
    assert dataset.reward.tolist() == [[t, t] for t in range(6)]


def test_the_team_ends_with_its_last_agent(tmp_path):
    terminal = np.zeros((1, 6, 2), np.float32)
    truncated = np.zeros((1, 6, 2), np.float32)
    terminal[0, 0, 0] = terminal[0, 2, 1] = 1  # the first agent ends early, the second ends the episode
    truncated[0, 5], terminal[0, 5, 0] = 1, 1  # one is terminated, the other runs out of time
    found = from_vault(write_vault(tmp_path, boxes(terminals=terminal, truncations=truncated)))
    dataset = found.dataset()
    assert dataset.terminal.tolist() == [False, False, True, False, False]
    assert dataset.truncated.tolist() == [False, False, False, False, True]
    assert found.notes[-1].startswith("in 1 episodes an agent ended before its team")


def test_truncations_that_are_never_set_change_nothing(tmp_path):
    found = from_vault(write_vault(tmp_path, boxes(truncations=np.zeros((1, 6, 2), np.float32))))
    assert found.dataset().rows == 4


def test_guessed_from_the_folder_or_one_above(vault):
    assert guess(vault) == guess(vault.parent) == guess(vault.parent.parent) == "vault"


def test_one_of_several_has_to_be_named(copied):
    shutil.copytree(copied, copied.parent / "Poor")
    with pytest.raises(RequestError, match=r"holds 2 vaults \(Good, Poor\): name the folder of one"):
        from_vault(copied.parent)
    with pytest.raises(RequestError, match=r"holds no manifest\.ocdbt"):
        from_vault(copied / "d")


def write_number(vault, name, value):
    """Another number in an array of one element."""
    store = {"driver": "ocdbt", "base": f"file://{vault}/", "path": f"{name}/"}
    tensorstore.open({"driver": "zarr", "kvstore": store}).result().write(value).result()


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (10**9, "holds 1000000000 steps, but at most 349525 are stored"),
        (0, "holds 0 steps"),
        (-5, "holds -5 steps"),
    ],
)
def test_a_length_that_cannot_be_is_refused(copied, steps, message):
    write_number(copied, "vault_index", steps)
    with pytest.raises(RequestError, match=message):
        from_vault(copied)


def test_damage_is_refused(copied):
    for file in sorted(copied.glob("d/*")):
        file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(RequestError, match="cannot be read as a vault"):
        from_vault(copied).dataset()
    (copied / "manifest.ocdbt").write_bytes(b"hello")
    with pytest.raises(RequestError, match="cannot be read as a vault"):
        from_vault(copied)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"rewards": np.zeros((1, 6, 3), np.float32)},
            r"it has observations \(1, 2, 3\), .* rewards \(1, 3\)",
        ),
        ({"observations": np.zeros((1, 6, 2), np.float32)}, "expected observations of"),
        ({"actions": np.zeros((1, 6, 2, 2), np.int32)}, "expected one choice for each agent"),
        ({"actions": np.full((1, 6, 2), 10**6)}, "whole numbers up to 1e\\+06: list the choices"),
        ({"actions": np.zeros((1, 6, 2, 2, 2), np.float32)}, r"expected \(agents, action\)"),
        ({"dones": np.zeros((1, 6), bool)}, "expected one terminals or dones"),
        ({"infos": {"legals": np.ones((1, 6, 2), bool)}, "actions": np.zeros((1, 6, 2), int)}, "choices"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, changes, message):
    with pytest.raises(RequestError, match=message):
        from_vault(write_vault(tmp_path, boxes(**changes)))


def test_a_role_without_an_array_is_refused(tmp_path):
    experience = boxes()
    del experience["observations"]
    with pytest.raises(
        RequestError, match="has the arrays actions, rewards, terminals: expected one observations or"
    ):
        from_vault(write_vault(tmp_path, experience))


def test_a_choice_that_does_not_exist_is_refused_with_its_place(tmp_path):
    source = skirmish()
    source["actions"][0, 5, 2] = 5
    with pytest.raises(
        RequestError, match=r"action 5 in row 5 of the log \(agent '2'.* not one of the choices 0, 1, 2, 3, 4"
    ):
        from_vault(write_vault(tmp_path, source)).dataset()


def test_without_tensorstore_the_extra_is_named(vault, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorstore", None)
    with pytest.raises(RequestError, match=r"pip install 'omarl\[vault\]'"):
        from_vault(vault)


def test_chunks_that_fill_the_memory_are_refused(copied):
    spec = {
        "driver": "zarr",
        "kvstore": {"driver": "ocdbt", "base": f"file://{copied}/", "path": "observations./"},
        "metadata": {"shape": [1, 10**13, 3, 4], "chunks": [1, 10**9, 3, 4], "dtype": "<f4"},
    }
    tensorstore.open(spec, create=True, delete_existing=True).result()
    with pytest.raises(RequestError, match=r"a chunk of 'observations\.' claims 48000000000 bytes"):
        open_vault(copied)
