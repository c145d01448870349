import subprocess
import sys
from pathlib import Path

import pytest

from omarl.cli import main
from omarl.collecting.recipes import RECIPES
from omarl.records.record import read_records

WORDS = ["--only", "spread/random", "bc", "--seeds", "1", "--preset", "official", "--size", "50"]
REHEARSAL = ["--updates", "2", "--episodes", "2", "--jobs", "1"]


def test_an_experiment_goes_from_nothing_to_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["reproduce", "first-evidence", *WORDS, *REHEARSAL]
    assert main([*command, "--list"]) == 0
    assert "0 missing" in capsys.readouterr().out
    assert main(command) == 0
    printed = capsys.readouterr()
    assert (
        "1 of 1 runs to do" in printed.err and "[1/1] spread/random bc official seed 0: done" in printed.err
    )
    assert "BC" in printed.out and "published" in printed.out
    made = read_records([Path("results/first-evidence-rehearsal.csv")])
    assert [record.algorithm for record in made] == ["bc", "bc", "behaviour"]
    assert main([*command, "--list"]) == 0
    assert "0 done" in capsys.readouterr().out
    assert main(["report", "results", "--out", "report.html"]) == 0
    assert "BC on cooperative navigation" in Path("report.html").read_text()


def test_what_is_blocked_is_listed_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(RECIPES, "line-spread")
    assert main(["reproduce", "table1", "--seeds", "1"]) == 0
    assert "runs are blocked" in capsys.readouterr().err


def test_an_unknown_backend_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", "table1", *REHEARSAL, "--backend", "cluster"]) == 2
    assert "unknown backend 'cluster': choose one of here, one-program, proc" in capsys.readouterr().err


def test_the_experiments_are_listed_without_jax() -> None:
    code = "import sys; from omarl.cli import main; main(['reproduce']); sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_experiments_are_listed_and_a_wrong_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce"]) == 0
    assert "fig6" in capsys.readouterr().out
    assert main(["reproduce", "table0"]) == 2
    assert "choose one of fig10" in capsys.readouterr().err
