"""Tables with a column per agent and feature."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omarl.data.imports.mapping import Columns
from omarl.data.imports.tables import from_table
from omarl.errors import RequestError

STEPS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]


def wide(tmp_path, names, **more):
    """A table of two agents with the columns that `names` gives for obs x, obs y, action and reward."""
    columns = {"episode": [e for e, _ in STEPS], "step": [t for _, t in STEPS]}
    for k, agent in enumerate(("rover", "drone")):
        x, y, u, r = (name.format(agent=agent) for name in names)
        values = {x: 10.0 * k, y: 100.0 + k, u: 0.5 - k, r: 1.0 + k}
        columns |= {
            name: [value + (0.25 * t if name == x else 0) for _, t in STEPS] for name, value in values.items()
        }
    columns["done"] = [False, False, True, False, True]
    pq.write_table(pa.table(columns | more), tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


def check(found):
    """The agents in natural order: drone, rover."""
    dataset = found.dataset()
    assert found.metadata.made_by["agents"] == ["drone", "rover"]
    assert dataset.obs[:, 0].tolist() == [[10 + 0.25 * t, 101] for t in (0, 1, 2, 2, 0, 1, 1)]
    assert dataset.obs[:, 1].tolist() == [[0.25 * t, 100] for t in (0, 1, 2, 2, 0, 1, 1)]
    assert dataset.action[:, :, 0].tolist() == [[-0.5, 0.5]] * 5
    assert dataset.reward.tolist() == [[2, 1]] * 5
    assert dataset.terminal.tolist() == [False, False, True, False, True]


@pytest.mark.parametrize(
    "names",
    [
        ("{agent}_obs_x", "{agent}_obs_y", "{agent}_action_u", "{agent}_reward"),
        ("{agent}.obs.x", "{agent}.obs.y", "{agent}.action", "{agent}.reward"),
        ("{agent}/observation/x", "{agent}/observation/y", "{agent}/actions/0", "{agent}/rewards"),
        ("obs_{agent}_x", "obs_{agent}_y", "action_{agent}", "reward_{agent}"),
        ("obs_x_{agent}", "obs_y_{agent}", "action_u_{agent}", "reward_{agent}"),
        ("observation.{agent}.x", "observation.{agent}.y", "action.{agent}.u", "reward.{agent}"),
    ],
)
def test_usual_names_need_no_mapping(tmp_path, names):
    found = from_table(wide(tmp_path, names))
    check(found)
    assert any("a row holds the agents drone, rover" in note for note in found.notes)


@pytest.mark.parametrize("agents", ["", 'agents = ["rover", "drone"]\n'])
def test_any_names_with_a_mapping(tmp_path, agents):
    path = wide(tmp_path, ("x_{agent}", "y_{agent}", "{agent}_throttle", "paid_{agent}"))
    (tmp_path / "map.toml").write_text(
        f'[columns]\n{agents}observation = ["x_{{agent}}", "y_{{agent}}"]\n'
        'action = ["{agent}_throttle"]\nreward = "paid_{agent}"\n'
    )
    found = from_table(path, mapping=tmp_path / "map.toml")
    check(found)
    assert found.metadata.columns["observation"] == [["x_drone", "y_drone"], ["x_rover", "y_rover"]]


def test_a_star_before_the_agent(tmp_path):
    path = wide(tmp_path, ("s_x_{agent}", "s_y_{agent}", "u_{agent}", "r_{agent}"))
    check(
        from_table(path, mapping=Columns(observation="s_*_{agent}", action="u_{agent}", reward="r_{agent}"))
    )


def test_columns_that_all_share(tmp_path):
    path = wide(
        tmp_path,
        ("{agent}_x", "{agent}_y", "{agent}_u", "{agent}_r"),
        wind=[1.0] * 5,
        pay=[3.0] * 5,
    )
    found = from_table(
        path, mapping=Columns(observation=("{agent}_x", "wind"), action=("{agent}_u",), reward="pay")
    ).dataset()
    assert found.obs[0].tolist() == [[10, 1], [0, 1]] and (found.reward == 3).all()


def test_agents_with_different_columns(tmp_path):
    path = wide(tmp_path, ("{agent}_x", "{agent}_y", "{agent}_u", "{agent}_r"), drone_alt=[7.0] * 5)
    found = from_table(
        path, mapping=Columns(observation="{agent}_*", action=("{agent}_u",), reward="{agent}_r")
    )
    assert found.metadata.team.observation_sizes == (3, 2)
    assert found.metadata.columns["observation"] == [
        ["drone_x", "drone_y", "drone_alt"],
        ["rover_x", "rover_y"],
    ]


def test_an_agent_whose_cells_are_blank_has_left(tmp_path):
    blank = pa.array([True, True, False, True, True])
    path = wide(tmp_path, ("{agent}_obs_x", "{agent}_obs_y", "{agent}_action_u", "{agent}_reward"))
    table = pq.read_table(path)
    for i, name in enumerate(table.column_names):
        if name.startswith("rover"):
            values = [
                v if keep.as_py() else None for v, keep in zip(table[name].to_pylist(), blank, strict=True)
            ]
            table = table.set_column(i, name, pa.array(values))
    pq.write_table(table, path)
    dataset = from_table(path).dataset()
    assert dataset.reward[2].tolist() == [2, 0] and dataset.obs[2, 1].tolist() == [0, 0]
    assert not dataset.alive[2, 1] and dataset.alive[:, 0].all()


def test_lists_of_each_agent(tmp_path):
    columns = {"episode": [0] * 3, "step": [0, 1, 2], "reward": [1.0] * 3, "done": [0, 0, 1]}
    for who in ("a_0", "a_1"):
        columns |= {f"{who}_obs": [[1.0, 2.0]] * 3, f"{who}_action": [[0.5]] * 3}
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    found = from_table(tmp_path / "log.parquet")
    assert found.metadata.team.observation_sizes == (2, 2)
    assert found.metadata.columns["observation"][1] == ["a_1_obs_0", "a_1_obs_1"]
    assert np.array_equal(found.dataset().obs[0], [[1, 2], [1, 2]])


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"observation": "{agent}_q_*", "action": ("{agent}_u",)}, "no columns are like '{agent}_q_\\*'"),
        (
            {"observation": "{agent}_x*", "action": ("{agent}_u",), "agents": ("rover", "dron")},
            "agent 'dron' has no columns like",
        ),
    ],
)
def test_agents_that_are_not_there_are_refused(tmp_path, entries, message):
    path = wide(tmp_path, ("{agent}_x", "{agent}_y", "{agent}_u", "{agent}_r"))
    with pytest.raises(RequestError, match=message):
        from_table(path, mapping=Columns(**entries, reward="{agent}_r"))
