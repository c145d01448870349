"""Studies compute their rows, print them, and keep them as a table."""

import csv
from dataclasses import replace

from omarl.cli import main
from omarl.paper.studies import STUDIES
from omarl.presets import settings
from omarl.studies import landscape, studies


def small(preset, algorithm):
    """A preset's settings for networks that compile and run in a moment."""
    found = settings(preset, algorithm)
    return found._replace(config=replace(found.config, hidden=(4,), batch_size=8))


def test_every_study_passes_a_rehearsal(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(studies, "TIMED_UPDATES", 1)
    monkeypatch.setattr(landscape, "SEEDS", 2)
    for module in (studies, landscape):
        monkeypatch.setattr(module, "settings", small)
    for name in STUDIES:
        assert main(["reproduce", name, "--updates", "3", "--out", str(tmp_path)]) == 0
        shown = capsys.readouterr().out
        with (tmp_path / f"{name}-rehearsal.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert rows and all(column in shown for column in rows[0])


def test_a_study_is_listed_without_being_computed(tmp_path, capsys):
    assert main(["reproduce", "theorem1", "--list", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "theorem1: missing\n"
    assert not any(tmp_path.iterdir())


def test_the_theorem_holds_in_every_problem_at_alpha_zero(tmp_path, capsys):
    assert main(["reproduce", "theorem1", "--updates", "3", "--out", str(tmp_path)]) == 0
    with (tmp_path / "theorem1-rehearsal.csv").open() as file:
        found = {(row["reading"], float(row["alpha"])): row for row in csv.DictReader(file)}
    assert float(found["deterministic", 0.0]["holds"]) == 1.0
    assert {row["problems"] for row in found.values()} == {"3"}
