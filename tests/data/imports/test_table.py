import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from omarl.data.episodes import present
from omarl.data.exports.parquet import to_parquet
from omarl.data.imports.tables import from_table
from omarl.errors import RequestError

MAPPING = """
id = "farm/logs-v0"
[columns]
episode = "run"
step = "t"
agent = "robot"
reward = "pay"
terminal = "done"
observation = ["x", "y"]
action = ["u"]
[action]
low = -2
high = 6
"""


def same(left, right) -> bool:
    mine, theirs = present(left), present(right)
    return mine.keys() == theirs.keys() and all(np.array_equal(mine[k], theirs[k]) for k in mine)


def log(**columns) -> pa.Table:
    """Two runs of two robots; the second robot has no `y`. Columns can be replaced."""
    rows = [
        (run, t, robot)
        for run, steps in (("b", 3), ("a", 2))
        for t in range(steps)
        for robot in ("r2", "r10")
    ]
    made = {
        "run": [run for run, _, _ in rows],
        "t": [t for _, t, _ in rows],
        "robot": [robot for _, _, robot in rows],
        "x": [10.0 * t + (run == "a") for run, t, _ in rows],
        "y": [None if robot == "r10" else float(t) for _, t, robot in rows],
        "u": [2.0 * t for _, t, _ in rows],
        "pay": [float(t) for _, t, _ in rows],
        "done": [run == "b" and t == 2 for run, t, _ in rows],
    }
    return pa.table(made | columns)


def read(tmp_path, table, mapping=MAPPING, **options):
    pq.write_table(table, tmp_path / "log.parquet")
    (tmp_path / "map.toml").write_text(mapping)
    return from_table(tmp_path / "log.parquet", mapping=tmp_path / "map.toml", **options)


@pytest.mark.parametrize(("kind", "legal"), [("continuous", False), ("discrete", False), ("discrete", True)])
@pytest.mark.parametrize("terminal", [False, True])
def test_there_and_back(make, tmp_path, kind, terminal, legal):
    dataset = make((4, 1, 3), kind=kind, action_sizes=(3, 2), terminal=terminal, legal=legal)
    back = from_table(to_parquet(dataset, tmp_path / "a.parquet")).dataset()
    assert same(back, dataset) and back.metadata == dataset.metadata


def test_exported_rows_read_as_a_table(make, tmp_path):
    dataset = make(lengths=(2, 1), action_sizes=(2, 1))
    table = pq.read_table(to_parquet(dataset, tmp_path / "a.parquet"))
    assert table.num_rows == (3 + 2) * 2
    assert table["step"].to_pylist()[::2] == [0, 1, 2, 0, 1]
    assert table["reward"].to_pylist()[4:6] == [None, None]
    assert table["obs_2"].to_pylist()[1] is None and table["obs_2"].null_count == 5
    assert table["truncated"].to_pylist()[2:4] == [True, True]


def test_a_strangers_log(tmp_path):
    found = read(tmp_path, log())
    dataset, team = found.dataset(), found.metadata.team
    assert found.metadata.id == "farm/logs-v0" and found.metadata.made_by["agents"] == ["r2", "r10"]
    assert (team.observation_sizes, team.action_sizes) == ((2, 1), (1, 1))
    # Run b ends truly after 3 rows; run a is cut, so that its second row only closes the first.
    assert dataset.terminal.tolist() == [False, False, True, False]
    assert dataset.truncated.tolist() == [False, False, False, True]
    assert dataset.obs[:, 0].tolist() == [[0, 0], [10, 1], [20, 2], [20, 2], [1, 0], [11, 1]]
    assert dataset.obs[:, 1].tolist() == [[0, 0], [10, 0], [20, 0], [20, 0], [1, 0], [11, 0]]
    assert np.allclose(dataset.action[:, 0, 0], [-0.5, 0, 0.5, -0.5])
    assert "the observation after 1 time limits is unknown" in found.notes[-1]


def test_the_order_of_rows_and_agents_does_not_matter(tmp_path):
    table = log()
    shuffled = table.take(np.random.default_rng(0).permutation(table.num_rows))
    expected = read(tmp_path, table).dataset()
    mixed = read(tmp_path, shuffled).dataset()
    assert sorted(mixed.obs[:, 0, 0].tolist()) == sorted(expected.obs[:, 0, 0].tolist())
    assert np.isclose(mixed.returns.sum(), expected.returns.sum())


def test_next_observations_save_the_last_row(tmp_path):
    table = log()
    table = table.append_column("nx", pa.array(table["x"].to_numpy() + 10)).append_column("ny", table["y"])
    dataset = read(
        tmp_path, table, MAPPING.replace("action = ", 'next_observation = ["nx", "ny"]\naction = ')
    ).dataset()
    assert dataset.rows == 5
    assert dataset.obs[[3, 6], 0, 0].tolist() == [30, 21]


def test_nan_means_missing_as_null_does(tmp_path):
    expected = read(tmp_path, log()).dataset()
    nan = [float("nan") if value is None else value for value in log()["y"].to_pylist()]
    assert same(read(tmp_path, log(y=nan)).dataset(), expected)


def test_csv_reads_the_same(tmp_path):
    expected = read(tmp_path, log()).dataset()
    pyarrow.csv.write_csv(log(), tmp_path / "log.csv")
    assert same(from_table(tmp_path / "log.csv", mapping=tmp_path / "map.toml").dataset(), expected)


def test_discrete_actions_are_choices(tmp_path):
    mapping = MAPPING.split("[action]")[0] + '[action]\nkind = "discrete"\n'
    found = read(tmp_path, log(u=[i % 3 for i in range(10)]), mapping)
    assert found.metadata.team.action_sizes == (3, 3) and any("3 choices taken" in n for n in found.notes)
    assert found.dataset().action[0].tolist() == [[1, 0, 0], [0, 1, 0]]
    wide = read(tmp_path, log(u=[i % 3 for i in range(10)]), mapping + "choices = {r2 = 4, r10 = 5}")
    assert wide.metadata.team.action_sizes == (4, 5)


def test_who_leaves_early_is_not_there(tmp_path):
    table = log().filter(pa.array([i not in (3, 5) for i in range(10)]))
    dataset = read(tmp_path, table).dataset()
    assert dataset.obs[:4, 1, 0].tolist() == [0, 0, 0, 0]
    assert dataset.reward[:3, 1].tolist() == [0, 0, 0] and dataset.action[1:3, 1, 0].tolist() == [0, 0]
    assert dataset.alive[:, 1].tolist() == [True, False, False, False, True, True]
    assert dataset.alive[:, 0].all() and not dataset.died.any()


def test_rows_without_order_are_episodes_of_their_own(tmp_path):
    table = log(run=[str(i // 2) for i in range(10)], t=[0] * 10)
    table = table.append_column("nx", table["x"]).append_column("ny", table["y"])
    mapping = MAPPING.replace("action = ", 'next_observation = ["nx", "ny"]\naction = ')
    found = read(tmp_path, table, mapping)
    assert found.dataset().episodes == 5 and "an episode of its own" in found.notes[-1]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"t": [0, 0, 1, 1, 3, 3, 0, 0, 1, 1]}, "episode 'b' goes from step 1 to 3"),
        ({"t": [0, 0, 1, 1, 1, 1, 0, 0, 1, 1]}, "two rows of episode 'b', step 1, agent 'r2'"),
        ({"t": ["x"] * 10}, "column 't' does not hold numbers"),
        ({"u": [None, *[0.0] * 9]}, "agent 'r2' lacks action values in 1 rows, the first is row 0"),
        ({"x": [*[0.0] * 7, float("nan"), 0.0, 0.0]}, "agent 'r10' lacks observation.*first is row 7"),
        ({"x": [*[0.0] * 7, float("inf"), 0.0, 0.0]}, "obs is inf"),
        ({"pay": [None] * 10}, "agent 'r2' has no reward at all"),
        ({"done": [True] * 2 + [False] * 8}, "an episode goes on after its end"),
        ({"run": [None] * 10}, "column 'run' has 10 missing values"),
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path, columns, message):
    with pytest.raises(RequestError, match=message):
        read(tmp_path, log(**columns)).write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"u"', '"v"', "no column 'v': the table has run, t,"),
        ('"x", "y"', '"x", "x"', "not distinct"),
        ("high = 6", "", "one of low and high"),
        ("high = 6", "high = [1, 2]", "2 action bounds for 1 action columns"),
        ("high = 6", "high = -2", "expected finite and low < high"),
        ("high = 6", "hihg = 6", "unknown entry 'hihg'"),
        ("[action]", "[action]\nkind = 'both'", "kind is 'both'"),
        ("id =", "id", "map.toml: Expected '=' after a key"),
        ('id = "farm/logs-v0"', "columns = 3", "map.toml"),
    ],
)
def test_mappings_are_checked(tmp_path, old, new, message):
    with pytest.raises(RequestError, match=message):
        read(tmp_path, log(), MAPPING.replace(old, new))


def test_broken_files_are_refused(make, tmp_path):
    path = to_parquet(make(), tmp_path / "a.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RequestError, match="cannot be read as a table"):
        from_table(path)
    with pytest.raises(RequestError, match="is no file"):
        from_table(tmp_path / "b.parquet")
