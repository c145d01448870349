"""A run that makes its own experience leaves what a run on a dataset leaves, and is used in the same way."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

import omarl
from omarl.errors import RequestError, TrainingError
from omarl.presets import settings
from omarl.records.record import read_records
from omarl.report.page.page import write_report
from omarl.runs.directory import RunDirectory
from omarl.runs.learnt import evaluate, load_policy
from omarl.runs.run import run
from omarl.runs.spec import OnlineSpec
from omarl.training import tally
from omarl.training.online import OnlineConfig

FILES = {
    "config.json",
    "records.csv",
    "metrics.csv",
    "checkpoint.safetensors",
    "policy.safetensors",
    "episode.json",
}
SMALL = {"hidden": (8,), "batch_size": 8}
ACTING = OnlineConfig(environments=2, updates_per_iteration=2, random_steps=50)
SPEC = OnlineSpec(
    task="spread",
    parameters={"agents": 2},
    algorithm="td3",
    config=replace(settings("online", "td3").config, **SMALL),
    preset="online",
    acting=ACTING,
    seeds=(0, 3),
    steps=150,
    every=50,
    episodes=3,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "td3"
    told = []
    last = run(SPEC, out, tell=lambda p, records: told.append((p.position, [r.updates for r in records])))
    return out, last, told


def test_the_directory_is_that_of_a_run(finished):
    out, last, told = finished
    assert {path.name for path in out.iterdir()} == FILES
    rows = read_records([out])
    assert [(row.updates, row.seed) for row in rows] == [(n, seed) for n in (0, 2, 4) for seed in (0, 3)]
    assert rows[-2:] == last and told == [(0, [0, 0]), (100, [2, 2]), (150, [4, 4])]
    assert (last[0].task, last[0].quality, last[0].critic) == ("spread agents=2", "online", "centralised")
    config = json.loads((out / "config.json").read_text())
    assert config["dataset"]["acting"]["random_steps"] == 50 and config["steps"] == 150
    assert last[0].dataset_hash == config["dataset"]["hash"]
    assert load_file(out / "checkpoint.safetensors")["step"].tolist() == [[4, 4], [4, 4]]


def test_its_policies_are_played_and_reported(finished, tmp_path):
    out, _, _ = finished
    assert load_policy(out, seed=3)(np.zeros((2, 12))).shape == (2, 2)
    assert [result["seed"] for result in evaluate(out, 3)] == [0, 3]
    starts = [episode["agents"][0] for episode in json.loads((out / "episode.json").read_text())]
    assert len(starts) == 2 and starts[0] == starts[1] and len(starts[0]) == 2
    page = write_report([out], tmp_path / "page.html").read_text()
    assert "spread agents=2/online" in page and 'class="player"' in page


def test_the_verb_from_python_asks_for_the_same_run(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr("omarl.api.run", lambda *request: asked.append(request) or [])
    arguments = {"seeds": (0, 3), "steps": 150, "every": 50, "episodes": 3, "parameters": {"agents": 2}}
    omarl.train_online("spread", "td3", out=tmp_path / "run", acting=ACTING, **arguments, **SMALL)
    assert asked == [(SPEC, tmp_path / "run")]
    with pytest.raises(RequestError, match="'td3' has no option 'tau'"):
        omarl.train_online("spread", "td3", out=tmp_path / "other", tau=0.5)


def contents(out):
    """All that a run leaves, but the time."""
    rows = [row.rpartition(",")[0] for row in (out / "metrics.csv").read_text().splitlines()]
    records = [replace(record, seconds=0.0) for record in read_records([out])]
    tensors = load_file(out / "checkpoint.safetensors")
    files = sorted(path.name for path in out.iterdir())
    return files, rows, records, {name: array.tobytes() for name, array in tensors.items()}


def killed(spec, out, monkeypatch, position):
    """A run that stops behind the checkpoint at a position."""
    save = RunDirectory.save

    def stop(self, progress, kept, seconds):
        save(self, progress, kept, seconds)
        if progress.position == position:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(RunDirectory, "save", stop)
        run(spec, out)


@pytest.mark.parametrize("position", [0, 100, 150])
def test_an_interrupted_run_goes_on_as_if_it_had_not_stopped(finished, monkeypatch, tmp_path, position):
    killed(SPEC, tmp_path / "run", monkeypatch, position)
    run(SPEC, tmp_path / "run", resume=True)
    assert contents(tmp_path / "run") == contents(finished[0])


def test_a_finished_run_with_resume_stays_as_it_is_and_gets_no_longer(finished, tmp_path):
    out = shutil.copytree(finished[0], tmp_path / "run")
    run(SPEC, out, resume=True)
    assert contents(out) == contents(finished[0])
    with pytest.raises(RequestError, match="has ended, and its replay is gone"):
        run(replace(SPEC, steps=200), out, resume=True)


def test_a_replay_that_was_cut_short_is_refused(monkeypatch, tmp_path):
    out = tmp_path / "run"
    killed(SPEC, out, monkeypatch, 100)
    (out / "replay" / "seed-3" / "obs").write_bytes(b"")
    with pytest.raises(RequestError, match=r"seed-3/obs was cut short"):
        run(SPEC, out, resume=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 50}, "the first 50 are random"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"every": 0}, "every must be at least 1, got 0"),
        ({"task": "sprea"}, "unknown task 'sprea'"),
        ({"parameters": {"colour": 1}}, "unknown parameter 'colour'"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_written(change, message, tmp_path):
    with pytest.raises(RequestError, match=message):
        run(replace(SPEC, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_existing_directory_is_left_alone(finished):
    before = {path.name: path.read_bytes() for path in finished[0].iterdir()}
    with pytest.raises(RequestError, match=r"exists already: choose another --out"):
        run(SPEC, finished[0])
    assert before == {path.name: path.read_bytes() for path in finished[0].iterdir()}


def test_a_policy_that_turns_non_finite_stops_the_run_behind_its_last_checkpoint(monkeypatch, tmp_path):
    sound = tally.finite
    monkeypatch.setattr(tally, "finite", lambda m, s: sound(m, s) & (s.step < 4))
    with pytest.raises(TrainingError, match=r"agent 0 turned non-finite at update 4 \(seed 0\)"):
        run(SPEC, tmp_path / "run")
    assert [row.updates for row in read_records([tmp_path / "run"])] == [0, 0, 2, 2]


def test_online_omar_has_no_conservative_term_and_matd3s_hyperparameters():
    omar, td3 = (settings("online", name).config for name in ("omar", "td3"))
    assert omar.alpha == 0.0 and omar.critic == "centralised"
    assert {name: getattr(omar, name) for name in vars(td3)} == vars(td3)
