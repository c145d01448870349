"""A run on one's own data, where no task is known, is listed and reported with its losses."""

import json

import pytest

from omarl.cli import main


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A directory with a log, its dataset, and the run on it; not to be changed."""
    place = tmp_path_factory.mktemp("own")
    rows = ["episode,step,agent,obs_x,action_u,reward,terminal"]
    for episode in range(4):
        for step in range(6):
            rows += [f"{episode},{step},{a},{step},{0.1 * step - 0.2},1,{int(step == 5)}" for a in "ab"]
    (place / "log.csv").write_text("\n".join(rows) + "\n")
    assert main(["data", "import", str(place / "log.csv"), "--out", str(place / "data")]) == 0
    line = f"train --dataset {place}/data --algo bc --updates 4 --every 2 --seeds 0,3 --out {place}/runs/mine"
    assert main(f"{line} --algo.hidden 8 --algo.batch-size 8".split()) == 0
    return place


def test_runs_lists_it_with_its_last_losses(own, capsys):
    assert main(["runs", str(own), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(entry["seed"], entry["updates"], entry["return_mean"]) for entry in found] == [
        (0, 4, None),
        (3, 4, None),
    ]
    losses = found[0]["metrics"]["actor_loss"]
    assert len(losses) == 2
    assert main(["runs", str(own)]) == 0
    out = capsys.readouterr().out
    assert "Not evaluated" in out and "return" not in out
    assert "bc (tuned)" in out and "imported/log-v0" in out and f"{sum(losses) / 2:.4g}" in out


def test_runs_that_were_evaluated_stand_apart_from_it(own, place, tmp_path, capsys):
    for source in (own / "runs/mine", place / "runs/bc"):
        (tmp_path / source.name).symlink_to(source)
    assert main(["report", *map(str, tmp_path.iterdir()), "--out", str(tmp_path / "r.html")]) == 0
    out = capsys.readouterr().out
    assert out.index("spread agents=3/random") < out.index("Not evaluated") < out.index("imported/log-v0")
    page = (tmp_path / "r.html").read_text()
    assert "<h1>BC on cooperative navigation" in page and "Runs without evaluation" in page


def test_report_of_it_alone_is_a_page_that_claims_nothing(own, tmp_path, capsys):
    assert main(["report", str(own / "runs"), "--out", str(tmp_path / "r.html")]) == 0
    assert "Not evaluated" in capsys.readouterr().out
    page = (tmp_path / "r.html").read_text()
    assert "<h1>BC on imported/log-v0: not evaluated</h1>" in page
    assert "actor_loss" in page and "Configuration of mine" in page and "IQM" not in page
    assert main(["report", str(own / "runs"), "--out", str(tmp_path / "r.gif")]) == 2
    assert "no episode was found" in capsys.readouterr().err


def test_what_a_strangers_run_says_of_itself_cannot_leave_its_place(own, tmp_path):
    config = json.loads((own / "runs/mine/config.json").read_text())
    config["dataset"]["id"] = config["algorithm"] = config["preset"] = "<script>alert(1)</script>"
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "metrics.csv").write_bytes((own / "runs/mine/metrics.csv").read_bytes())
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "r.html")]) == 0
    assert "<script>alert" not in (tmp_path / "r.html").read_text()


def test_training_on_a_raw_log_says_how_to_import_it(own, tmp_path, capsys):
    log = own / "log.csv"
    assert main(["train", "--dataset", str(log), "--algo", "bc", "--out", str(tmp_path / "run")]) == 2
    assert f"`omarl data import {log} --out" in capsys.readouterr().err
