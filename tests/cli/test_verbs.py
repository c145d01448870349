"""Each verb does its work, prints results to standard output, and leaves nothing half-written."""

import json
import os
import re
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

from omarl.algos.bc import BCConfig
from omarl.cli import VERBS, keep_compiled_programs, main
from omarl.cli.verbs import data, demo, doctor
from omarl.cli.verbs import train as train_verb
from omarl.data.store import load, save
from omarl.presets import Settings


def options(page):
    """The text of each option on a help page, from its name to the next option's name."""
    return re.split(r"\n. (?=--[a-z])", page)[1:]


@pytest.mark.parametrize(
    "verb", [*sorted(VERBS.keys() - {"data"}), *(f"data {verb}" for verb in data.DATA_VERBS)], ids=lambda v: v
)
def test_help_explains_every_option(verb, capsys):
    with pytest.raises(SystemExit) as done:
        main([*verb.split(), "--help"])
    assert done.value.code == 0
    explained = options(capsys.readouterr().out)
    assert explained
    for text in explained:
        assert len(re.findall(r"\b[a-z]+\b", text)) >= 4, text


def test_help_of_train_knows_the_chosen_algorithm(capsys):
    for algorithm, expected in (("omar", True), ("bc", False)):
        with pytest.raises(SystemExit):
            main(["train", "--algo", algorithm, "--help"])
        assert ("--algo.tau" in capsys.readouterr().out) is expected


def test_help_of_train_leads_to_that_of_learning_online(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert "--online TASK" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["train", "--online", "spread", "--algo", "td3", "--help"])
    printed = capsys.readouterr().out
    assert "--steps" in printed and "--updates" not in printed and "--online.environments" in printed
    assert "centralised" in printed and "--algo.tau" not in printed
    for text in options(printed):
        assert len(re.findall(r"\b[a-z]+\b", text)) >= 4, text


def test_train_online_prints_what_it_evaluated(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    line = "train --online spread --task.agents 2 --algo bc --algo.hidden 8 --algo.batch-size 8"
    size = "--steps 150 --every 50 --online.environments 2 --online.random-steps 50 --episodes 3 --seeds 0,3"
    assert main([*line.split(), *size.split()]) == 0
    printed = capsys.readouterr()
    *seeds, where = printed.out.splitlines()
    assert where == "runs/spread-agents=2/online/bc-online"
    assert [line.split(":")[0] for line in seeds] == ["seed 0", "seed 3"]
    assert "training bc, 2 seed(s): 150 of 150 steps" in printed.err
    assert main(["evaluate", where, "--episodes", "3"]) == 0


def test_data_of_a_task_that_nobody_here_knows_trains_and_one_line_says_so(place, small, tmp_path, capsys):
    own = load(place / "data/spread/random-v0")
    theirs = replace(own, metadata=replace(own.metadata, task="their-lift", task_parameters={"floors": 3}))
    data, out = str(save(theirs, tmp_path / "data")), str(tmp_path / "run")
    assert main(["train", "--dataset", data, *small, "--out", out]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["trained, without evaluation", out]
    said = [line for line in printed.err.splitlines() if line.startswith("nothing is evaluated")]
    assert len(said) == 1 and "recorded in 'their-lift', which is no task of omarl's" in said[0]
    assert main(["evaluate", out]) == 2
    assert "'their-lift'" in capsys.readouterr().err


def test_where_a_simulator_is_missing_its_data_are_learnt_from_and_nothing_is_evaluated(
    place, small, tmp_path, monkeypatch, capsys
):
    monkeypatch.delenv("SC2PATH", raising=False)
    own = load(place / "data/spread/random-v0")
    game = replace(own.metadata, task="smac-2s3z", task_parameters={"last_action_and_id": False})
    data, out = str(save(replace(own, metadata=game), tmp_path / "data")), str(tmp_path / "run")
    assert main(["train", "--dataset", data, *small, "--out", out]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["trained, without evaluation", out]
    missing = r"(the package smac is missing: pip|SC2PATH is not set)"
    assert re.search(f"^nothing is evaluated: {missing}", printed.err, re.MULTILINE)
    assert main(["evaluate", out]) == 2
    assert re.search(f"cannot evaluate {out}: {missing}", capsys.readouterr().err)
    wanted = ["--task", "smac-2s3z", "--out", str(tmp_path / "other")]
    assert main(["train", "--dataset", data, *small, *wanted]) == 2, "who names the task wants it played"
    assert re.search(missing, capsys.readouterr().err)


def test_without_a_verb_the_verbs_are_listed(capsys):
    assert main([]) == 0
    without = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == without and all(f"\n  {verb} " in without for verb in VERBS)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("omarl ")


@pytest.mark.parametrize(
    "spelling", ["--critic centralised", "--algo.critic centralised", "--algo.critic=centralised"]
)
def test_a_critic_is_the_same_however_it_is_named(spelling, place, small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = place / "data/spread/random-v0"
    sizes = "--updates 2 --every 2 --episodes 2 --algo.hidden 8 8 --algo.batch-size 16"
    assert main(f"train --dataset {data} --algo td3 --preset tuned {spelling} {sizes}".split()) == 0
    config = json.loads((tmp_path / "runs/spread/random/td3-tuned-centralised/config.json").read_text())[
        "config"
    ]
    assert (config["critic"], config["sampling"]) == ("centralised", "joint")


def test_what_collect_and_train_wrote_is_found_by_its_id(place, small, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(place)
    out = str(tmp_path / "run")
    assert main(["train", "--dataset", "spread/random", *small, "--out", out]) == 0
    printed = capsys.readouterr()
    *seeds, where = printed.out.splitlines()
    assert where == out and [line.split(":")[0] for line in seeds] == ["seed 0", "seed 3"]
    assert "score by the paper's references" in seeds[0]
    assert "training bc, 2 seed(s): 6 of 6 updates" in printed.err


def test_collect_names_what_it_wrote_and_keeps_to_its_place(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["collect", "spread", "--quality", "random", "--size", "250", "--seed", "1"]) == 0
    assert capsys.readouterr().out == "data/spread/random-v0\n"
    assert load("spread/random").metadata.made_by["seed"] == 1
    assert [path.name for path in (tmp_path / "data/spread").iterdir()] == ["random-v0"]


def test_a_tasks_parameters_are_kept_with_the_data(tmp_path, monkeypatch):
    monkeypatch.setattr("omarl.play.episodes.EPISODES_AT_ONCE", 2)
    out = tmp_path / "two"
    line = f"collect spread --quality random --size 50 --task.agents=2 --out {out}"
    assert main(line.split()) == 0
    assert load(out).metadata.task_parameters == {"agents": 2} and load(out).action.shape == (50, 2, 2)


def test_evaluate_prints_a_line_per_seed_or_json(place, capsys):
    line = ["evaluate", str(place / "runs/bc"), "--episodes", "3"]
    assert main(line) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main([*line, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    for text, result in zip(lines, results, strict=True):
        assert text.startswith(f"seed {result['seed']}: return {result['return_mean']:.1f} +- ")


def test_runs_lists_the_last_evaluations(place, capsys):
    assert main(["runs", str(place), "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [(record["seed"], record["updates"]) for record in records] == [(0, 6), (3, 6)]
    assert main(["runs", str(place)]) == 0
    out = capsys.readouterr().out
    assert "bc (tuned)" in out and f"{records[0]['return_mean']:.1f}" in out


def test_report_of_a_run_is_one_page(place, tmp_path, capsys):
    assert main(["report", str(place / "runs"), "--out", str(tmp_path / "page.html")]) == 0
    assert "BC" in capsys.readouterr().out
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!doctype html>") and "behaviour" in page


def test_doctor_names_versions_and_devices(capsys):
    assert main(["doctor", "--json"]) == 0
    assert {"python", "omarl", "jax", "devices", "cores"} <= json.loads(capsys.readouterr().out).keys()


def test_doctor_imports_optional_parts(monkeypatch, tmp_path, capsys):
    (tmp_path / "torn.py").write_text("import nothing_like_it")
    monkeypatch.syspath_prepend(tmp_path)
    parts = {"whole": ("numpy",), "absent": ("numpy", "nobodys"), "old": ("torn",)}
    monkeypatch.setattr(doctor, "EXTRAS", {name: doctor.Extra(modules) for name, modules in parts.items()})
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["whole"] == f"ok, numpy {np.__version__}"
    assert found["absent"] == "nobodys is missing: pip install 'omarl[absent]'"
    assert found["old"].startswith('torn is broken: importing it ends in "ModuleNotFoundError: No module')
    assert found["old"].endswith(": pip install 'omarl[old]'")
    assert main(["doctor"]) == 0
    assert f"old: {found['old']}" in capsys.readouterr().out.splitlines()


def test_compiled_programs_are_kept_where_the_user_says_else_in_the_cache_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for before, after in ((None, str(tmp_path / "omarl" / "compiled")), ("own", "own")):
        if before is None:
            monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
        else:
            monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", before)
        keep_compiled_programs()
        assert os.environ["JAX_COMPILATION_CACHE_DIR"] == after


@pytest.fixture
def interrupted(monkeypatch):
    """Training is interrupted when half of it is done."""

    def interrupt(self, done, note=""):
        if done == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(train_verb.Meter, "__call__", interrupt)
    return monkeypatch


def test_an_interrupted_run_is_whole_and_goes_on(place, small, tmp_path, interrupted, capsys):
    line = [
        "train",
        "--dataset",
        str(place / "data/spread/random-v0"),
        *small,
        "--out",
        str(tmp_path / "run"),
    ]
    assert main(line) == 130
    assert capsys.readouterr().err.startswith("omarl: interrupted")
    assert not [path for path in (tmp_path / "run").iterdir() if path.name.startswith(".")]
    interrupted.undo()
    assert main([*line, "--resume"]) == 0
    one, two = (load_file(run / "policy.safetensors") for run in (tmp_path / "run", place / "runs/bc"))
    assert all(np.array_equal(one[name], two[name]) for name in two)


def test_the_demo_ends_in_a_report(tmp_path, monkeypatch, capsys):
    tiny = Settings(BCConfig(hidden=(8, 8), batch_size=16), 2000)
    monkeypatch.setattr("omarl.presets.settings", lambda *cell: tiny)
    monkeypatch.setattr(demo, "DEMO_LEARNERS", ("bc",))
    monkeypatch.setattr(demo, "QUICK", demo.Sizes("random", 250, 30, 3))
    out = tmp_path / "demo"
    assert main(["demo", "--quick", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "BC" in printed.out and f"open {out / 'report.html'}" in printed.err
    assert {path.name for path in out.iterdir()} == {"data", "runs", "report.html", "demo.json"}
    before = (out / "runs" / "bc" / "records.csv").read_bytes()
    assert main(["demo", "--quick", "--out", str(out)]) == 0
    assert (out / "runs" / "bc" / "records.csv").read_bytes() == before
    assert main(["demo", "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
