"""Synthetic results: three methods learn on one or two datasets, one of them better than the others."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from omarl.records.record import Record, append

CEILINGS = {"bc": 215.0, "cql": 330.0, "omar": 425.0}


def make_records(
    algorithm: str, quality: str = "medium-replay", seeds: int = 5, **fields: object
) -> list[Record]:
    """Learning curves that climb from 160 to the method's ceiling, a few points apart from seed to seed."""
    rng = np.random.default_rng([len(algorithm), len(quality), sum(map(ord, algorithm))])
    records = []
    for seed in range(seeds):
        offset = rng.normal(0, 8)
        for updates in range(0, 2001, 200):
            reached = 160 + (CEILINGS[algorithm] + offset - 160) * (1 - np.exp(-updates / 500))
            value = float(reached + rng.normal(0, 5))
            common = {
                "experiment": "demo",
                "task": "spread",
                "quality": quality,
                "algorithm": algorithm,
                "critic": "decentralised",
                "preset": "paper",
                "seed": seed,
                "updates": updates,
                "return_mean": value,
                "return_std": 90.0,
                "score": (value - 160) / 3.57,
                "score_paper": (value - 159.8) / 3.57,
                "episodes": 500,
                "seconds": updates / 100,
                "device": "cpu",
                "versions": "omarl 0.1.0, jax 0.10.2",
                "config_hash": f"c{len(algorithm)}0f1e2d3c4b",
                "dataset_hash": f"d-{quality}",
            }
            records.append(Record(**(common | fields)))
    return records


def make_episode(label: str, skill: float) -> dict:
    """Three agents drift towards three landmarks, the closer the more skilled they are."""
    rng = np.random.default_rng(7)
    landmarks, start = rng.uniform(-1, 1, (2, 3, 2))
    wobble = np.random.default_rng(len(label)).normal(0, 0.03, (26, 3, 2)).cumsum(0)
    wobble -= wobble[0]
    pull = 1 - np.exp(-skill * np.arange(26) / 6)
    agents = start + pull[:, None, None] * (landmarks - start) + (1 - skill) * wobble
    distance = np.linalg.norm(agents[1:, :, None] - landmarks, axis=-1).min(1)
    reward = np.minimum(1 / distance, 10).sum(-1)
    return {
        "label": label,
        "return": float(reward.sum()),
        "radius": [0.15] * 3,
        "agents": agents.tolist(),
        "landmarks": landmarks.tolist(),
        "landmark_radius": [0.05] * 3,
        "reward": reward.tolist(),
    }


def make_runner(label: str, steps: int = 10) -> dict:
    """An episode as it is written today: two bodies of two agents and a torso move over the ground.

    Every third step is a frame, the last one is too; the pace is half a metre a step.
    """
    kept = [*range(0, steps, 3), steps]
    bodies = [
        [[0.5 * t, 0.6, 0.5 * t + 1, 0.6], [0.5 * t, 0.6, 0.5 * t, 0], [0.5 * t + 1, 0.6, 0.5 * t + 1, 0]]
        for t in kept
    ]
    return {
        "label": label,
        "return": float(steps),
        "agents": [[] for _ in kept],
        "landmarks": [],
        "bodies": bodies,
        "reward": [float(after - before) for before, after in pairwise(kept)],
        "every": 3,
        "steps": steps,
        "kinds": [],
        "radius": [],
        "landmark_radius": [],
        "body_radius": [0.05, 0.05, 0.05],
        "body_agent": [None, 0, 1],
        "walls": [],
        "ground": 0.0,
        "trail": 0,
        "width": 4.0,
    }


def make_maze(label: str) -> dict:
    """An episode as it is written today: a disc between two walls, with a goal that moves at the end."""
    return {
        "label": label,
        "return": 3.0,
        "agents": [[[0.5, 0.5]], [[1.0, 0.5]], [[1.5, 0.5]], [[2.0, 0.5]]],
        "landmarks": [[[2.0, 0.5]], [[2.0, 0.5]], [[2.0, 0.5]], [[2.5, 0.5]]],
        "bodies": [[], [], [], []],
        "reward": [0.0, 1.0, 2.0],
        "every": 1,
        "steps": 3,
        "kinds": ["learner"],
        "radius": [0.1],
        "landmark_radius": [0.4],
        "body_radius": [],
        "body_agent": [],
        "walls": [[0.0, -1.0, 3.0, 0.0], [0.0, 1.0, 3.0, 2.0]],
        "ground": None,
        "trail": None,
        "width": None,
    }


def make_battle(label: str) -> dict:
    """A square and a round unit against a triangle that shoots at the first, which dies in the last frame."""
    return {
        "label": label,
        "return": 1.0,
        "agents": [[[0.0, 0.0], [0.0, 2.0], [x, 0.0]] for x in (5.0, 4.0, 3.0)],
        "landmarks": [],
        "bodies": [[], [], []],
        "reward": [0.0, 1.0],
        "every": 1,
        "steps": 2,
        "kinds": ["learner", "learner", "opponent"],
        "radius": [0.6, 0.4, 0.5],
        "landmark_radius": [],
        "body_radius": [],
        "body_agent": [],
        "walls": [[-9.0, -9.0, 9.0, -1.0]],
        "ground": None,
        "trail": 0,
        "width": None,
        "types": ["tank", "worm", "spike"],
        "corners": [4, 0, 3],
        "margin": 1.5,
        "gauges": [
            [[1.0, 1.0, 1.0], [1.0, 0.0, 0.5]],
            [[0.5, 1.0, 1.0], [0.0, 0.0, 0.5]],
            [[0.0, 1.0, 1.0], [0.0, 0.0, 0.5]],
        ],
        "aims": [[-1, -1, -1], [-1, -1, 0], [2, -1, 0]],
    }


def make_run(root: Path, algorithm: str, skill: float, quality: str = "medium-replay") -> Path:
    """A run directory as training leaves it."""
    run = root / f"{algorithm}-{quality}"
    append(run / "records.csv", make_records(algorithm, quality))
    config = {
        "algorithm": algorithm,
        "critic": "decentralised",
        "preset": "paper",
        "seeds": [0, 1, 2, 3, 4],
        "config": {"discount": 0.99, "learning_rate": 0.01, "hidden": [64, 64], "tau": 0.5},
        "dataset": {
            "id": f"spread/{quality}-v0",
            "hash": f"d-{quality}",
            "return_mean": 203.7,
            "return_std": 80.5,
            "episodes": 3900,
            "rows": 97500,
            "references": {"ours": {"random": 160.0, "expert": 517.0}},
            "made_by": {"how": "medium-replay", "seed": 0, "size": 97500},
        },
    }
    (run / "config.json").write_text(json.dumps(config))
    episodes = [
        make_episode("behaviour", 0.25),
        make_episode(f"{algorithm}, seed 0", skill),
        make_episode(f"{algorithm}, seed 1", skill),
    ]
    (run / "episode.json").write_text(json.dumps(episodes))
    return run


@pytest.fixture(scope="session")
def records() -> Callable[..., list[Record]]:
    return make_records


@pytest.fixture
def run_directory() -> Callable[..., Path]:
    return make_run


@pytest.fixture
def episodes() -> dict[str, Callable[..., dict]]:
    """Episodes of each kind as files hold them, by kind."""
    return {
        "particles": lambda: make_episode("x", 0.9),
        "runner": lambda: make_runner("x"),
        "maze": lambda: make_maze("x"),
        "battle": lambda: make_battle("x"),
    }


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a run of each method."""
    root = tmp_path_factory.mktemp("runs")
    for algorithm, skill in (("bc", 0.4), ("cql", 0.6), ("omar", 0.9)):
        make_run(root, algorithm, skill)
    return root
