"""One small dataset of the task spread, and one small run on it, for all tests of the command line."""

import pytest

from omarl.cli import main

LENGTH = "--updates 6 --every 3 --episodes 3 --seeds 0,3"
SMALL = f"--algo bc {LENGTH} --algo.hidden 8 8 --algo.batch-size 16".split()


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A directory with `data/spread/random-v0` and the run `runs/bc` on it; not to be changed."""
    place = tmp_path_factory.mktemp("place")
    data = place / "data/spread/random-v0"
    assert main(["collect", "spread", "--quality", "random", "--size", "250", "--out", str(data)]) == 0
    assert main(["train", "--dataset", str(data), *SMALL, "--out", str(place / "runs/bc")]) == 0
    return place


@pytest.fixture
def small():
    """The options of a small run."""
    return SMALL
