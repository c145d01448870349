import json
from pathlib import Path

import pytest

from omarl.cli.verbs.report import Report
from omarl.errors import RequestError
from omarl.records.record import Record, append

RECORD = Record(
    experiment="demo",
    task="spread",
    quality="expert",
    algorithm="omar",
    critic="decentralised",
    preset="paper",
    seed=0,
    updates=500,
    return_mean=501.25,
    return_std=80.5,
    score=None,
    score_paper=None,
    episodes=500,
    seconds=12.5,
    device="cpu",
    versions="omarl 0.1.0",
    config_hash="a1",
    dataset_hash="d1",
)


def test_the_table_goes_to_standard_output_and_the_page_to_the_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(tmp_path / "records.csv", [RECORD])
    assert Report(paths=(tmp_path,), out=tmp_path / "page")() == 0
    printed = capsys.readouterr()
    assert "OMAR" in printed.out and "501.2" in printed.out
    assert printed.err == f"Wrote {tmp_path / 'page' / 'report.html'}\n"
    assert "OMAR on cooperative navigation, expert" in (tmp_path / "page" / "report.html").read_text()


def test_an_animation_of_the_first_learnt_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, still = tmp_path / "run", [[[0.0, 0.0]], [[1.0, 0.0]]]
    append(run / "records.csv", [RECORD])
    (run / "config.json").write_text("{}")
    with pytest.raises(RequestError, match="no episode was found"):
        Report(paths=(run,), out=tmp_path / "x.gif")()
    disc = {"agents": still, "radius": [0.1], "landmarks": [], "landmark_radius": [], "reward": [1.0]}
    episodes = [{"label": label, "return": 1.0, **disc} for label in ("behaviour", "omar, seed 0")]
    (run / "episode.json").write_text(json.dumps(episodes))
    assert Report(paths=(run,), out=tmp_path / "x.gif")() == 0
    assert (tmp_path / "x.gif").read_bytes()[:6] == b"GIF89a"
    printed = capsys.readouterr()
    assert (
        printed.err == f"OMAR (omar, seed 0), 1 steps\nWrote {tmp_path / 'x.gif'}\n"
        and "501.2" in printed.out
    )
