"""The page on the paper's experiments, from records alone."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from omarl.cli import main
from omarl.paper.catalogue import FIG3, TABLE3, TABLE9
from omarl.records.record import append
from omarl.report.draw.along import lines_along
from omarl.report.judge.results import recorded
from omarl.report.paper_page.reproduction import write_reproduction


def runs_of(experiment, cell, preset, make, critic="decentralised"):
    """The records of a cell's five runs."""
    like = make("omar" if cell.algorithm == "omar" else "bc", cell.quality)
    names = {"algorithm": cell.algorithm, "critic": critic, "preset": cell.label(preset)}
    place = {"experiment": experiment.id, "task": "spread agents=3"}
    return [replace(each, **names, **place, config_hash="-".join(names.values())) for each in like]


@pytest.fixture
def results(tmp_path, records):
    """A directory with the records of some cells of three experiments."""
    folder = tmp_path / "results"
    for experiment, algorithms in ((TABLE3, ("bc", "omar")), (FIG3, ("omar",))):
        cells = [c for c in experiment.cells if (c.task, c.quality) == ("spread", "medium-replay")]
        for cell in (c for c in cells if c.algorithm in algorithms):
            critic = "none" if cell.algorithm == "bc" else "decentralised"
            append(folder / f"{experiment.id}.csv", runs_of(experiment, cell, "official", records, critic))
    return folder


def test_the_page_has_each_experiment_with_its_table_verdicts_and_pictures(results, tmp_path, capsys):
    (results / "table3.md").write_text("A finding in words.\n")
    (results / "theorem1.csv").write_text("reading,holds,solved\nstochastic,0.99512,1\n")
    (results / "fig1d.csv").write_text(
        "kind,seed,action,value\nlandscape,0,0,1\nomar,0,0.5,2\nmean before,0,0,1\nmean cql,0,0.25,2\n"
        "mean omar,0,0.25,3\nmean best,0,1,4\n"
    )
    out = tmp_path / "docs" / "page.md"
    assert main(["report", str(results), "--out", str(out)]) == 0
    text = out.read_text()
    assert re.findall("^## (.*)", text, re.M) == ["table3", "fig3", "fig1d", "theorem1"]
    assert "| mean omar | 0 | 0.25 | 3 |" in text and "| landscape |" not in text
    assert "A finding in words." in text and "| stochastic | 0.995 | 1 |" in text
    assert "| the bound holds, stochastic | not reproduced | in at least 99.5 %" in text
    assert "| [table3](#table3) |" in text and "| 1 reproduced | 10 |" in text
    (line,) = re.findall(r"^\| spread/medium-replay \| OMAR \| official \| 5 \|.*", text, re.M)
    assert "98.4 ± 2.6" not in line and line.split(" | ")[-2] == "37.9 ± 12.3"
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert pictures == [
        "page/table3-spread-medium-replay-official.svg",
        "page/fig3-tau-spread-medium-replay-official.svg",
        "page/fig1d.svg",
    ]
    for picture in pictures:
        ElementTree.parse(out.parent / picture)
    assert f"Wrote {out}" in capsys.readouterr().err


def test_pictures_of_an_older_page_go(results, tmp_path):
    out = tmp_path / "page.md"
    write_reproduction(results, out)
    (results / "fig3.csv").unlink()
    write_reproduction(results, out)
    assert [path.name for path in (tmp_path / "page").iterdir()] == [
        "table3-spread-medium-replay-official.svg"
    ]


def test_records_are_given_to_the_cells_that_made_them(records):
    one, other = (
        next(c for c in TABLE9.cells if c.critic == kind) for kind in ("decentralised", "centralised")
    )
    made = runs_of(TABLE9, one, "official", records)
    made += runs_of(TABLE9, other, "paper", records, "centralised")
    made += runs_of(TABLE3, one, "tuned", records)
    found = recorded(TABLE9, made)
    assert [(each.cell, each.preset, len(each.records)) for each in found] == [
        (one, "official", 55),
        (other, "paper", 55),
    ]


def test_a_line_shows_the_mean_of_the_runs_at_each_value():
    points = [("OMAR", tau, np.array([tau, tau + 2.0])) for tau in (0.1, 0.5)]
    root = ElementTree.fromstring(lines_along(points, "tau", title="Scores", prefix="a"))
    assert root.find("{http://www.w3.org/2000/svg}desc").text == "OMAR 1.1 at 0.1; OMAR 1.5 at 0.5."


def test_a_page_needs_one_directory_with_records_of_the_experiments(tmp_path, results, capsys):
    assert main(["report", str(results / "table3.csv"), "--out", str(tmp_path / "p.md")]) == 2
    assert "one directory" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["report", str(tmp_path / "empty"), "--out", str(tmp_path / "p.md")]) == 2
    assert "run `omarl reproduce`" in capsys.readouterr().err


def test_a_method_without_the_option_is_a_level(tmp_path, results, records):
    cql = next(
        c for c in FIG3.cells if (c.task, c.quality, c.algorithm) == ("spread", "medium-replay", "cql")
    )
    before = write_reproduction(results, tmp_path / "page.md").read_text()
    picture = tmp_path / "page" / "fig3-tau-spread-medium-replay-official.svg"
    assert "MA-CQL" not in picture.read_text() and "above MA-CQL" not in before
    append(results / "fig3.csv", runs_of(FIG3, cql, "official", records))
    text = write_reproduction(results, tmp_path / "page.md").read_text()
    assert "MA-CQL" in picture.read_text()
    assert text.count("above MA-CQL |") == 7 and "| OMAR (tau=0.5) above MA-CQL |" in text
    assert "| OMAR (tau=0.5) above OMAR (tau=0.0) |" in text
