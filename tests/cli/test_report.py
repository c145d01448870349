from pathlib import Path

import pytest

from omarl.cli.verbs.report import Report
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
