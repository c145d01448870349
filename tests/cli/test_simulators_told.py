"""Where data were recorded with another simulator than is here, `info`, `train` and `evaluate` say so."""

import json
from dataclasses import replace

import numpy as np

from omarl.cli import main
from omarl.data.store import load, save
from omarl.versions import versions

OLD = {"numpy": "0.1"}  # stands for a simulator
LINE = f"recorded with numpy 0.1, here is {np.__version__}: the same actions may lead to other episodes"
BOTH = {"numpy": {"recorded": "0.1", "here": np.__version__}}


def recorded_with(place, path, more):
    """The dataset as if it had been recorded with some more software."""
    own = load(place / "data/spread/random-v0")
    return str(save(replace(own, metadata=replace(own.metadata, versions=versions() | more)), path))


def test_info_train_and_evaluate_say_it(place, small, tmp_path, capsys):
    data, run = recorded_with(place, tmp_path / "data", OLD), str(tmp_path / "run")
    assert main(["data", "info", data]) == 0
    assert LINE in capsys.readouterr().out.splitlines()
    assert main(["data", "info", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["simulators"] == BOTH
    assert main(["train", "--dataset", data, *small, "--out", run]) == 0
    assert LINE in capsys.readouterr().err.splitlines()
    assert main(["evaluate", run, "--episodes", "2", "--json"]) == 0
    printed = capsys.readouterr()
    assert LINE in printed.err.splitlines()
    assert [result["simulators"] for result in json.loads(printed.out)] == [BOTH, BOTH]


def test_nobody_says_it_of_the_same_version_or_of_what_is_not_here(place, small, tmp_path, capsys):
    same = recorded_with(place, tmp_path / "data", {"numpy": np.__version__, "nobodys-simulator": "1"})
    assert main(["data", "info", same]) == 0
    assert main(["train", "--dataset", same, *small, "--out", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr()
    assert "here is" not in printed.out + printed.err


def test_a_run_made_before_simulators_were_noted_is_evaluated(place, small, tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["train", "--dataset", str(place / "data/spread/random-v0"), *small, "--out", str(run)]) == 0
    config = json.loads((run / "config.json").read_text())
    del config["dataset"]["versions"]
    (run / "config.json").write_text(json.dumps(config))
    capsys.readouterr()
    assert main(["evaluate", str(run), "--episodes", "2", "--json"]) == 0
    assert [result["simulators"] for result in json.loads(capsys.readouterr().out)] == [{}, {}]
