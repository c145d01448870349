"""Wrong requests: one line that names the value, what was expected and the remedy, exit code 2."""

import hashlib
import json
import shutil

import numpy as np
import pytest

from omarl.cli import main
from omarl.errors import TrainingError


def contents(folder):
    """Every file below a folder and the hash of its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def refused(capsys, line, code=2):
    """The one line that a refused command prints."""
    assert main(line) == code
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith("omarl: ") and printed.err.count("\n") == 1
    return printed.err


WRONG = {
    "fly": "unknown verb 'fly': choose one of demo, collect",
    "collect sprea --out new": "unknown task 'sprea': choose one of halfcheetah-2x3",
    "collect spread --quality great --out new": "unknown quality 'great': choose one of expert, medium",
    "collect spread --quality --out new": "no quality was named",
    "collect spread --quality random --size -5 --out new": "size -5: expected at least one transition",
    "collect spread --quality random --seed -1 --out new": "seed -1: expected a whole number from 0",
    "collect spread --task.agents many --out new": "agents='many': task 'spread' expects int",
    "collect spread --task.colour red --out new": "unknown parameter 'colour' of task 'spread'",
    "collect spread --task.agents": "--task.agents needs a value",
    "collect spread --quality random --out {data}": "exists already: choose another output",
    "collect spread --quality medium --out {data}": "exists already: choose another output",
    "prey spread --out new": "unknown task with a prey 'spread': choose one of tag, world",
    "prey tag --steps 3 --out new": "steps 3: expected at least one episode, 25",
    "prey tag --out {data}": "exists already",
    "train --dataset {data} --algo ppo --out new": "unknown algorithm 'ppo': choose one of bc, cql",
    "train --dataset {data} --preset best --out new": "unknown preset 'best': choose one of official, online",
    "train --dataset {data} --critic mine --out new": "unknown critic 'mine': choose one of centralised",
    "train --dataset {data} --algo bc --critic centralised --out new": "bc has no critics",
    "train --dataset {data} --critic centralised --algo.critic decentralised": "contradict each other",
    "train --online spread --algo.critic=decentralised --critic centralised": "contradict each other",
    "train --dataset {data} --algo bc --algo.critic centralised --out new": "bc has no critics",
    "train --dataset nowhere --out new": "no dataset at nowhere: expected a directory that omarl wrote",
    "train --dataset spread/expert --out new": "make it with `omarl collect spread --quality expert`",
    "train --dataset {data} --algo bc --out {run}": "exists already: choose another --out, or continue",
    "train --dataset {data} --algo bc --out {data} --resume": "is not a run directory",
    "train --dataset {data} --algo bc --out {run} --resume": "cannot resume",
    "train --dataset {data} --algo bc --out new --seeds 0-4": "a list 0,2,5 or a range 0..4",
    "train --dataset {data} --algo bc --out new --updates 0": "updates must be at least 1, got 0",
    "train --dataset {data} --algo bc --out new --updates -9": "updates must be at least 1, got -9",
    "train --dataset {data} --algo bc --out new --episodes 0": "episodes must be at least 1, got 0",
    "train --algo bc": "nothing to learn from: give a --dataset, or with --online the task to learn in",
    "train --dataset {data} --online spread": "--dataset and --online exclude each other",
    "train --online spread --stream": "--stream goes with --dataset only: leave it out with --online",
    "train --online spread --updates=5": "--updates goes with --dataset only",
    "train --dataset {data} --steps 5": "--steps goes with --online only: leave it out with --dataset",
    "train --online sprea --out new": "unknown task 'sprea': choose one of halfcheetah-2x3",
    "train --online spread --algo ppo --out new": "unknown algorithm 'ppo': choose one of bc, cql",
    "train --online spread --task.colour red --out new": "unknown parameter 'colour' of task 'spread'",
    "train --online spread --steps 9 --out new": "steps 9: the first 25000 are random",
    "train --online spread --out {run}": "exists already: choose another --out",
    "evaluate {data}": "is not a run directory that omarl wrote",
    "evaluate {run} --episodes -1": "episodes must be at least 1, got -1",
    "report nowhere": "nowhere does not exist",
    "report": "no path was given",
    "runs nowhere": "nowhere does not exist",
    "data info nowhere": "no dataset at nowhere",
    "data subsample {data} --fraction 2 --out new": "fraction is 2.0, expected more than 0 and at most 1",
    "data subsample {data} --fraction 0.5 --out {run}": "exists already",
    "demo --out {run}": "exists already: remove it or choose another --out",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_request_is_one_line_and_nothing_is_lost(line, place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = contents(place)
    known = {"data": str(place / "data/spread/random-v0"), "run": str(place / "runs/bc")}
    assert WRONG[line] in refused(capsys, [word.format(**known) for word in line.split()])
    assert contents(place) == before and list(tmp_path.iterdir()) == []


def cut_short(folder):
    data = (folder / "obs.npy").read_bytes()
    (folder / "obs.npy").write_bytes(data[: len(data) // 2])


def other_shape(folder):
    np.save(folder / "action.npy", np.load(folder / "action.npy")[:, :2])


def other_numbers(folder):
    with open(folder / "reward.npy", "r+b") as file:
        file.seek(-4, 2)
        file.write(np.float32(3).tobytes())


def not_a_number(folder):
    """Write a NaN into a dataset, with a correct checksum."""
    reward = np.load(folder / "reward.npy")
    reward[7, 1] = np.nan
    raw = (folder / "reward.npy").read_bytes()
    (folder / "reward.npy").write_bytes(raw[: -reward.nbytes] + reward.tobytes())
    text = json.loads((folder / "dataset.json").read_text())
    text["files"]["reward"]["sha256"] = hashlib.sha256((folder / "reward.npy").read_bytes()).hexdigest()
    (folder / "dataset.json").write_text(json.dumps(text))


def no_manifest(folder):
    (folder / "dataset.json").unlink()


DAMAGE = [
    (cut_short, "obs.npy"),
    (other_shape, "action.npy"),
    (other_numbers, "the file changed since it was written, fetch or make the dataset again"),
    (not_a_number, "row 7, agent 1"),
    (no_manifest, "dataset.json"),
]


@pytest.mark.parametrize(("damage", "named"), DAMAGE, ids=lambda value: getattr(value, "__name__", ""))
def test_a_damaged_dataset_is_refused_before_anything_is_written(
    damage, named, place, small, tmp_path, capsys
):
    copy = shutil.copytree(place / "data/spread/random-v0", tmp_path / "copy")
    damage(copy)
    said = refused(capsys, ["train", "--dataset", str(copy), *small, "--out", str(tmp_path / "run")])
    assert str(copy) in said and named in said
    assert not (tmp_path / "run").exists()
    assert main(["data", "validate", str(copy)]) in (1, 2)


def test_an_option_that_does_not_exist_is_named(place, capsys):
    with pytest.raises(SystemExit) as done:
        main(["train", "--dataset", str(place / "data/spread/random-v0"), "--algo", "bc", "--algo.tau", "1"])
    assert done.value.code == 2 and "--algo.tau" in capsys.readouterr().err


def test_failing_while_working_is_exit_code_1(place, small, tmp_path, monkeypatch, capsys):
    def broken(*_, **__):
        raise TrainingError("a loss of agent 1 turned non-finite at update 3: lower the learning rate")

    monkeypatch.setattr("omarl.runs.experience.recorded.Recorded.advance", broken)
    line = [
        "train",
        "--dataset",
        str(place / "data/spread/random-v0"),
        *small,
        "--out",
        str(tmp_path / "run"),
    ]
    assert "agent 1" in refused(capsys, line, code=1)


def test_what_the_system_refuses_is_one_line_too(place, capsys):
    inside = place / "runs/bc/config.json/new"
    said = refused(
        capsys, ["collect", "spread", "--quality", "random", "--size", "25", "--out", str(inside)], code=1
    )
    assert "Not a directory" in said
