import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omarl.data.exports.official import to_official
from omarl.data.imports.official import from_official
from omarl.data.imports.precision import merges
from omarl.data.imports.tables import from_table
from omarl.errors import RequestError

RANDOM = np.random.default_rng(0)
NORTH = 5_400_000 + RANDOM.uniform(0, 1, 10_000)
EPOCH = 1_767_225_600 + 10 * np.arange(10_000)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (NORTH, True),
        (EPOCH, True),
        (np.concatenate([RANDOM.normal(size=20_000), NORTH]), True),
        (1e9 + np.arange(2), True),
        (RANDOM.normal(size=100_000), False),
        (20_000 * RANDOM.uniform(size=10_000), False),
        (300 + RANDOM.normal(size=10_000), False),
        (RANDOM.integers(0, 10, 10_000) * 0.1 + RANDOM.normal(size=10_000) * 1e-16, False),
        (np.append(RANDOM.normal(size=100), 1e9), False),
        (np.full(100, 5_400_000.637), False),
        (NORTH.astype(np.float32), False),
    ],
)
def test_what_single_precision_loses(values, expected):
    assert merges(values) == expected


def test_offsets_are_subtracted_said_and_kept(imported, log):
    columns = log(obs_x=[5_400_000.637 + 0.013 * i for i in range(12)])
    columns["next_obs_x"] = [x + 0.026 for x in columns["obs_x"]]
    columns["obs_t"] = columns["next_obs_t"] = EPOCH[:12]
    found = imported(columns, terminals="keep")
    mapped = found.metadata.units["observation_offsets"]
    assert sorted(mapped[0]) == [5_400_000.0, 1_767_225_600.0] and mapped[0][1] != mapped[1][0]
    assert any("agent 'a': 5400000 is subtracted from obs_x" in note for note in found.notes)
    place = mapped[0].index(5_400_000.0)
    seen = found.dataset().obs[:, 0, place].astype(np.float64)
    assert np.allclose(seen[:3], 0.637 + 0.026 * np.arange(3), atol=1e-6)
    assert np.isclose(seen[3], 0.637 + 0.026 * 3, atol=1e-6)


def test_agents_in_different_places_have_offsets_of_their_own(imported, log):
    found = imported(log(obs_x=[(5e6 if i % 2 else 7e6) + 0.01 * i for i in range(12)]))
    assert found.metadata.units["observation_offsets"] == [[7e6], [5e6]]
    assert np.allclose(found.dataset().obs[0, :, 0], [0, 0.01])


def alone(tmp_path, seen):
    """The import of one episode of one agent that observes these numbers."""
    rows = len(seen)
    columns = {"episode": [0] * rows, "step": range(rows), "agent": ["a"] * rows, "obs_t": seen}
    columns |= {"action_u": np.linspace(-1, 1, rows), "reward": np.arange(rows) * 0.1}
    columns |= {"terminal": [0] * (rows - 1) + [1]}
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    return from_table(tmp_path / "log.parquet", terminals="keep")


def test_whole_numbers_beyond_double_precision_are_exact(tmp_path):
    found = alone(tmp_path, 1_767_225_600_000_000_000 + np.arange(10) * 100)
    assert found.dataset().obs[:10, 0, 0].tolist() == list(range(0, 1000, 100))
    assert found.metadata.units["observation_offsets"] == [[1_767_225_600_000_000_000.0]]


def test_what_an_offset_cannot_save_is_refused(imported, log, tmp_path):
    with pytest.raises(RequestError, match=r"column 'obs_t' of agent 'a' .* after the least is subtracted"):
        alone(tmp_path, np.concatenate([np.arange(5000), 1e12 + np.arange(5000)]))
    with pytest.raises(RequestError, match="reward of agent 'a', column 0, has values from 1000000000 to"):
        imported(log(reward=[1_000_000_000 + i for i in range(12)]))


def test_arrays_are_looked_at_too(make, tmp_path):
    folder = to_official(make(lengths=(40, 40)), tmp_path / "a")
    np.save(folder / "obs_1.npy", np.load(folder / "obs_1.npy") + 1e8)
    with pytest.raises(
        RequestError, match=r"obs_1, column 0, has values from .* single precision makes many"
    ):
        from_official(folder)
