import json

import numpy as np
import pytest

from omarl.cli.verbs.data import Export, ImportDataset, Info, Subsample, Validate
from omarl.data.dataset import Dataset, Metadata
from omarl.data.store import load, save
from omarl.errors import RequestError
from omarl.types import TeamSpec


@pytest.fixture
def toy(tmp_path):
    """A dataset of four episodes of two rows on disk."""
    rng = np.random.default_rng(0)
    metadata = Metadata(
        id="toy/random-v0", team=TeamSpec(observation_sizes=(2,), action_sizes=(1,)), quality="\x1b[31mred"
    )
    ends = np.tile([False, True], 4)
    dataset = Dataset(
        metadata,
        obs=rng.normal(size=(12, 1, 2)).astype(np.float32),
        action=rng.uniform(-1, 1, (8, 1, 1)).astype(np.float32),
        reward=rng.normal(size=(8, 1)).astype(np.float32),
        terminal=np.zeros(8, bool),
        truncated=ends,
    )
    return save(dataset, tmp_path / "toy")


def test_info_draws_the_card(toy, capsys):
    assert Info(dataset=str(toy))() == 0
    out = capsys.readouterr().out
    assert "8 in 4 episodes" in out and "█" in out
    assert "?[31mred" in out and "\x1b" not in out


def test_info_as_json(toy, capsys):
    assert Info(dataset=str(toy), json=True)() == 0
    assert json.loads(capsys.readouterr().out)["transitions"] == 8


def test_validate_says_by_its_exit_code_whether_there_are_errors(toy, capsys):
    assert Validate(dataset=str(toy), json=True)() == 0
    assert [finding["severity"] for finding in json.loads(capsys.readouterr().out)] == ["note"]
    reward = np.load(toy / "reward.npy")
    reward[3] = np.nan
    np.save(toy / "reward.npy", reward)
    assert Validate(dataset=str(toy))() == 1
    out = capsys.readouterr().out
    assert "reward is nan" in " ".join(out.split()) and "row 3" in out


@pytest.mark.parametrize(("format", "name"), [("parquet", "a.parquet"), ("official", "a")])
def test_out_and_in_again(toy, tmp_path, capsys, format, name):
    assert Export(dataset=str(toy), out=tmp_path / name, format=format, json=True)() == 0
    assert json.loads(capsys.readouterr().out)["episodes"] == 4
    assert ImportDataset(source=tmp_path / name, out=tmp_path / "back")() == 0
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'back'}: 8 transitions in 4 episodes\n"
    assert "no row is marked terminal" in said.err
    assert np.array_equal(load(tmp_path / "back").obs, load(toy).obs)


def test_the_formats_are_listed(capsys):
    assert ImportDataset(list=True)() == 0
    said = capsys.readouterr().out
    assert "manifest.ocdbt" in said and "omarl[vault]" in said and "RLDS" in said
    assert ImportDataset(list=True, json=True)() == 0
    assert json.loads(capsys.readouterr().out)["cfcql"]["extra"] == "hdf5"


def test_subsample_writes_whole_episodes(toy, tmp_path, capsys):
    assert Subsample(dataset=str(toy), out=tmp_path / "half", fraction=0.5, json=True)() == 0
    assert json.loads(capsys.readouterr().out)["episodes"] == load(tmp_path / "half").episodes == 2


def test_wrong_requests_name_the_remedy(toy, tmp_path):
    (tmp_path / "log.txt").write_text("")
    with pytest.raises(
        RequestError, match=r"--format \{official,table,.*\} \(see `omarl data import --list`\)"
    ):
        ImportDataset(source=tmp_path / "log.txt", out=tmp_path / "b")()
    with pytest.raises(RequestError, match="name what to read, and --out DIR"):
        ImportDataset(source=tmp_path / "log.txt")()
    with pytest.raises(RequestError, match="nothing at"):
        ImportDataset(source=tmp_path / "none", out=tmp_path / "b")()
    with pytest.raises(RequestError, match="for which there is no mapping"):
        ImportDataset(
            source=tmp_path / "log.txt", out=tmp_path / "b", format="cfcql", mapping=tmp_path / "m.toml"
        )()
    with pytest.raises(RequestError, match="exists already"):
        Export(dataset=str(toy), out=tmp_path / "log.txt")()
