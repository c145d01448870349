"""Which columns of a table are read as what, what is said about it, and what is kept with the dataset."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omarl.cli.verbs.data import Export, ImportDataset, Info
from omarl.data.imports.mapping import Columns
from omarl.data.imports.tables import from_table
from omarl.data.imports.tables.roles import roles_of
from omarl.data.store import load
from omarl.errors import RequestError

PLAIN = ["episode", "step", "agent", "reward", "terminal"]


def csv(tmp_path, header, rows, name="log.csv"):
    text = "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"
    (tmp_path / name).write_text(text)
    return tmp_path / name


def short(tmp_path, flag, values, more=""):
    """A log of one agent: two episodes of 3 and 2 steps, with a column of flags."""
    steps = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    rows = [(e, t, "a", 10 * e + t, 0.5, t, v) for (e, t), v in zip(steps, values, strict=True)]
    return csv(tmp_path, f"episode,step,agent,obs_x,action_u,reward,{flag}", rows)


@pytest.mark.parametrize(
    "name",
    [
        *("done", "Done", "dones", "is_done", "terminal", "terminals", "is_terminal"),
        *("terminated", "terminateds", "termination", "terminations"),
    ],
)
def test_usual_names_of_true_ends(tmp_path, name):
    found = from_table(short(tmp_path, name, [0, 0, 1, 0, 1]))
    assert found.dataset().terminal.tolist() == [False, False, True, False, True]
    assert f"terminal is {name!r}" in found.notes[0]


@pytest.mark.parametrize(
    "name",
    ["truncated", "truncateds", "truncation", "truncations", "timeout", "timeouts", "TimeLimit.truncated"],
)
def test_usual_names_of_time_limits(tmp_path, name):
    found = from_table(short(tmp_path, name, [0, 0, 1, 0, 1]))
    assert not found.dataset().terminal.any() and f"truncated is {name!r}" in found.notes[0]


def test_done_marks_no_true_end_where_a_time_limit_is_marked(tmp_path):
    path = short(tmp_path, "done,timeout", ["0,0", "0,0", "1,1", "0,0", "1,0"])
    found = from_table(path)
    assert any("stored as time limits: the first column marks all ends" in note for note in found.notes)
    # The first episode is cut: its last row only gives the observation that closes the one before.
    assert found.dataset().terminal.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    "values",
    [
        ["no", "no", "yes", "no", "Yes"],
        ["F", "F", "T", "F", "T"],
        ["n", "n", "y", "n", "y"],
        ["off", "off", "on", "off", "on"],
        ["", "", "1", "", "true"],
        ["0.0", "0", "1.0", "false", "TRUE"],
    ],
)
def test_marks_may_be_words(tmp_path, values):
    dataset = from_table(short(tmp_path, "terminal", values)).dataset()
    assert dataset.terminal.tolist() == [False, False, True, False, True]


def test_other_words_are_refused_with_what_is_accepted(tmp_path):
    path = short(tmp_path, "terminal", ["ok", "ok", "fault", "ok", "limit"])
    with pytest.raises(RequestError, match=r"holds 'fault|ok'.*yes.*terminal = \{column = 'terminal'"):
        from_table(path)


@pytest.mark.parametrize(
    ("marks", "held"), [('["fault"]', ["", "", "fault", "", "limit"]), ("[2]", [0, 0, 2, 0, 1])]
)
def test_values_that_mean_a_true_end(tmp_path, marks, held):
    path = short(tmp_path, "ended", held)
    (tmp_path / "map.toml").write_text(f'[columns]\nterminal = {{column = "ended", values = {marks}}}\n')
    dataset = from_table(path, mapping=tmp_path / "map.toml").dataset()
    assert dataset.terminal.tolist() == [False, False, True, False]


def test_a_value_that_never_occurs_is_said(tmp_path):
    path = short(tmp_path, "ended", ["", "", "fault", "", "limit"])
    values = {"terminal": ("fualt",)}
    found = from_table(path, mapping=Columns(terminal="ended", values=values))
    assert any("no row of column 'ended' has the value 'fualt'" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('terminal = {column = "e"}', "terminal needs both"),
        ('terminal = {column = "e", values = []}', "expected a list of texts or numbers"),
        ('terminal = {columns = "e", values = [1]}', "unknown entry 'columns'"),
        ('agents = ["a", "b"]', "no entry of .columns. has {agent}"),
        ('agents = ["a", "a"]\nreward = "{agent}_r"', "a list of distinct names"),
    ],
)
def test_wrong_entries_are_refused(tmp_path, text, message):
    (tmp_path / "map.toml").write_text(f"[columns]\n{text}\n")
    with pytest.raises(RequestError, match=message):
        from_table(short(tmp_path, "e", [0] * 5), mapping=tmp_path / "map.toml")


def several(names, **entries):
    found = roles_of([*PLAIN, *names], Columns(**entries))
    return found.columns["observation"], found.columns["next_observation"], found.unused


@pytest.mark.parametrize(
    "later",
    [
        ("obs_next_x", "obs_next_y"),
        ("next_obs_x", "next_obs_y"),
        ("obs_x_next", "obs_y_next"),
        ("obsNextX", "obsNextY"),
        ("new_obs_x", "new_obs_y"),
        ("obs_x_t+1", "obs_y_t+1"),
    ],
)
def test_columns_of_the_next_step_are_no_observation(later):
    names = ["obs_x", "obs_y", *reversed(later), "action_u"]
    seen, following, unused = several(names)
    assert seen == ("obs_x", "obs_y") and unused == ()
    assert following == later


def test_a_star_leaves_what_has_another_role():
    names = ["x", "y", "u", "next_x", "legal_0", "timeout", "__index_level_0__", "episode_id"]
    seen, following, unused = several(names, observation=("*",), action=("u",))
    assert seen == ("x", "y") and following == ()
    assert unused == ("next_x", "__index_level_0__", "episode_id")


def test_names_with_this_step_and_the_next():
    seen, following, _ = several(["obs_x_t", "obs_y_t", "obs_x_t1", "obs_y_t1", "action_t"])
    assert seen == ("obs_x_t", "obs_y_t") and following == ("obs_x_t1", "obs_y_t1")


def test_a_feature_called_next_is_an_observation():
    assert several(["obs_next_stop", "obs_speed", "action_u"])[0] == ("obs_next_stop", "obs_speed")


def test_what_is_listed_as_an_observation_is_no_mark():
    found = roles_of([*PLAIN, "x", "timeout", "u"], Columns(observation=("x", "timeout"), action=("u",)))
    assert found.columns["observation"] == ("x", "timeout") and found.columns["truncated"] == ()


def test_the_narrower_star_chooses_first():
    seen, _, unused = several(["m_a", "m_u_0", "m_u_1"], observation=("m_*",), action=("m_u_*",))
    assert seen == ("m_a",) and unused == ()


def test_lists_may_have_stars_and_keep_their_order():
    seen, _, _ = several(["s_b", "s_a", "z", "action"], observation=("z", "s_*"))
    assert seen == ("z", "s_b", "s_a")


def test_a_star_keeps_the_order_of_the_table_and_of_numbers():
    assert several(["obs_speed", "obs_angle", "action"])[0] == ("obs_speed", "obs_angle")
    assert several(["obs_0", "obs_1", "obs_10", "obs_2", "action"])[0] == (
        "obs_0",
        "obs_1",
        "obs_2",
        "obs_10",
    )


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"observation": ("x", "u"), "action": ("u",)}, "column 'u' is action and observation"),
        (
            {"observation": ("x",), "action": ("u",), "next_observation": ("u", "x")},
            "expected one per observation",
        ),
        ({"observation": ("q_*",), "action": ("u",)}, "no column 'q_\\*': the table has episode, step"),
    ],
)
def test_roles_that_cannot_be_are_refused(entries, message):
    with pytest.raises(RequestError, match=message):
        several(["x", "u"], **entries)


def test_every_import_says_what_became_of_the_columns(tmp_path, capsys):
    rows = [(0, t, "a", 30 + t, t, 0.1, 1, int(t == 2), "sunny") for t in range(3)]
    path = csv(tmp_path, "episode,step,agent,obs_speed,obs_angle,action_u,reward,done,weather", rows)
    assert ImportDataset(source=path, out=tmp_path / "out", terminals="keep")() == 0
    said = capsys.readouterr().err
    assert "terminal is 'done'" in said and "observation: obs_speed, obs_angle" in said
    assert "not used: weather" in said
    assert load(tmp_path / "out").obs[0, 0].tolist() == [30, 0]


def test_names_and_bounds_are_kept_and_shown(tmp_path, capsys):
    rows = [(0, t, who, t, "" if who == "b" else 5, 2 * t, 1) for t in range(3) for who in "ab"]
    path = csv(tmp_path, "episode,step,agent,obs_x,obs_y,action_u,reward", rows)
    (tmp_path / "map.toml").write_text("[action]\nlow = -4\nhigh = [4]\n")
    ImportDataset(source=path, out=tmp_path / "out", mapping=tmp_path / "map.toml")()
    kept = json.loads((tmp_path / "out" / "dataset.json").read_text())["metadata"]["columns"]
    assert kept == {
        "agents": ["a", "b"],
        "observation": [["obs_x", "obs_y"], ["obs_x"]],
        "action": [["action_u"], ["action_u"]],
    }
    bounds = {"actions": [{"low": [-4.0], "high": [4.0]}] * 2}
    dataset = load(tmp_path / "out")
    assert dataset.metadata.columns == kept and dataset.metadata.units == bounds
    capsys.readouterr()
    Info(dataset=str(tmp_path / "out"))()
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "columns of b" in said and "observation: obs_x; action: action_u; low: -4;" in said
    Export(dataset=str(tmp_path / "out"), out=tmp_path / "out.parquet")()
    again = from_table(tmp_path / "out.parquet").metadata
    assert again.columns == kept and again.units == bounds
    Export(dataset=str(tmp_path / "out"), out=tmp_path / "published", format="official")()
    assert "the log's units of actions and observations are not exported" in capsys.readouterr().err


def test_choices_and_offsets_are_shown(tmp_path, capsys):
    rows = [(0, t, 5.4e6 + t / 1000, ("left", "stay")[t % 2], 1, int(t == 2)) for t in range(3)]
    path = csv(tmp_path, "episode,step,obs_north,action,reward,terminal", rows)
    ImportDataset(source=path, out=tmp_path / "out", terminals="keep")()
    capsys.readouterr()
    Info(dataset=str(tmp_path / "out"))()
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "choices: left, stay" in said and "subtracted from the observation: 5400000" in said


def test_datasets_without_names_have_no_such_entry(make, tmp_path):
    from omarl.data.store import save

    text = (save(make(), tmp_path / "a") / "dataset.json").read_text()
    assert "columns" not in json.loads(text)["metadata"] and load(tmp_path / "a").metadata.columns == {}


def test_without_agents_and_steps_the_order_of_rows_is_taken(tmp_path):
    rows = [(e, 10 * e + t, 0.5, 1, int(t == 2)) for e in range(2) for t in range(3)]
    found = from_table(csv(tmp_path, "episode,obs_x,action_u,reward,done", rows), terminals="keep")
    assert found.dataset().obs[:, 0, 0].tolist() == [0, 1, 2, 2, 10, 11, 12, 12]
    said = " ".join(found.notes)
    assert "all rows are taken for those of one agent" in said and "the order of the rows" in said


def test_several_columns_name_an_episode(tmp_path):
    rows = [(run, e, t, 10 * e + t, 0.5, 1) for run in "ba" for e in range(2) for t in range(3)]
    path = csv(tmp_path, "run,episode,step,obs_x,action_u,reward", rows)
    with pytest.raises(
        RequestError, match=r"two rows of episode '0'.*name in a mapping all columns that tell"
    ):
        from_table(path)
    assert from_table(path, mapping=Columns(episode=("run", "episode"))).dataset().episodes == 4


@pytest.mark.parametrize("kind", ["list", "fixed", "text", "struct"])
def test_columns_of_lists_become_columns(tmp_path, kind):
    values = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    made = {
        "list": pa.array(values),
        "fixed": pa.array(values, pa.list_(pa.float32(), 2)),
        "text": pa.array([str(value) for value in values]),
        "struct": pa.array([{"speed": a, "angle": b} for a, b in values]),
    }
    columns = {"episode": [0] * 3, "step": [0, 1, 2], "agent": ["a"] * 3, "reward": [[1.0]] * 3}
    table = pa.table(columns | {"obs": made[kind], "action": [[0.1], [0.2], [0.3]], "done": [0, 0, 1]})
    pq.write_table(table, tmp_path / "log.parquet")
    (tmp_path / "map.toml").write_text('[columns]\nobservation = ["obs"]\naction = "action"\n')
    for mapping in (None, tmp_path / "map.toml"):
        dataset = from_table(tmp_path / "log.parquet", mapping=mapping).dataset()
        assert dataset.obs[:3, 0].tolist() == values
        assert np.allclose(dataset.action[:, 0, 0], [0.1, 0.2, 0.3])


def test_lists_of_several_lengths_belong_to_ragged_agents(tmp_path):
    obs = [[1.0, 2.0, 3.0], [4.0]] * 3
    columns = {"episode": [0] * 6, "step": [0, 0, 1, 1, 2, 2], "agent": ["a", "b"] * 3, "reward": [1.0] * 6}
    pq.write_table(pa.table(columns | {"obs": obs, "action": [[0.0]] * 6}), tmp_path / "log.parquet")
    assert from_table(tmp_path / "log.parquet").metadata.team.observation_sizes == (3, 1)
    obs[3] = [4.0, 5.0]
    pq.write_table(pa.table(columns | {"obs": obs, "action": [[0.0]] * 6}), tmp_path / "log.parquet")
    with pytest.raises(
        RequestError, match="agent 'b' lacks observation values in 2 rows, the first is row 1"
    ):
        from_table(tmp_path / "log.parquet")
