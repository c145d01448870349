"""Runs that are killed by SIGKILL at their weakest moments go on to the same bits."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file
from toys import killed

import omarl
from omarl.cli import main
from omarl.collecting import probes, recipes

SMALL = ["--algo.hidden", "8", "--algo.batch-size", "8", "--episodes", "2", "--seeds", "3"]
ONLINE = ["--online", "spread", "--task.agents", "2", "--online.environments", "2"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "random"
    omarl.collect("spread", "random", 250, out=path)
    return path


@pytest.fixture(autouse=True)
def small_recipe(monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, killed.TASK, killed.RECIPE)
    monkeypatch.setattr(probes, "PROBE_EPISODES", killed.PROBE_EPISODES)


def kill(event, name, number, words):
    """Carry out a command in a process of its own, which is killed at an operation (see `toys.killed`)."""
    at = [sys.executable, "-m", "toys.killed", event, name, str(number)]
    here = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
    }
    ended = subprocess.run([*at, *words], env=here, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def content(root: Path):
    """All that is below a directory, but the time."""
    return {str(path.relative_to(root)): meaning(path) for path in root.rglob("*") if path.is_file()}


def meaning(path: Path):
    if path.suffix == ".safetensors":
        return {name: (each.shape, each.tobytes()) for name, each in load_file(path).items()}
    if path.name == "records.csv":
        return [{**row, "seconds": None} for row in csv.DictReader(path.read_text().splitlines())]
    return path.read_bytes()


def agree(words, tmp_path, *operations):
    """A command that is killed at these operations, and one that is not, leave the same."""
    again = ["--resume"] if words[0] == "train" else []
    whole, parts = ([*words, "--out", str(tmp_path / name / "out")] for name in ("whole", "parts"))
    assert main(whole) == 0
    for number, operation in enumerate(operations):
        kill(*operation, [*parts, *again * bool(number)])
    assert content(tmp_path / "parts") != content(tmp_path / "whole")
    assert main([*parts, *again]) == 0
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


def test_between_the_renames_of_two_checkpoints(data, tmp_path):
    words = ["train", "--dataset", str(data), "--algo", "bc", "--updates", "6", "--every", "3", *SMALL]
    agree(words, tmp_path, ("os.rename", "checkpoint.safetensors", 3))


def test_when_a_replay_is_removed_at_the_end(tmp_path):
    words = ["train", *ONLINE, "--algo", "td3", "--steps", "150", "--every", "50", *SMALL]
    agree([*words, "--online.random-steps", "50"], tmp_path, ("os.remove", "action", 1))


def test_between_a_probe_and_its_row_and_within_a_dataset(tmp_path):
    words = [
        "collect",
        "spread",
        "--task.agents",
        "2",
        "--size",
        "150",
        "--quality",
        "medium-replay",
        "replay",
    ]
    agree(words, tmp_path, ("os.rename", "probe-2.safetensors", 1), ("open", "obs.npy", 2))
