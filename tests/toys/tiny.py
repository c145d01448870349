"""Datasets of a few episodes of noise, enough to rehearse experiments on."""

import zlib
from pathlib import Path

import numpy as np

from omarl.data.dataset import Dataset, Metadata
from omarl.data.store import save
from omarl.envs.registry import make
from omarl.paper.data import Data

EPISODES, LENGTH = 3, 5


def write(data: Data, root: Path) -> Path:
    spec = make(data.task, **dict(data.parameters)).spec
    random, rows = np.random.default_rng(zlib.crc32(str(data).encode())), EPISODES * LENGTH
    agents, team = spec.team.agents, spec.team
    obs = random.normal(size=(rows + EPISODES, agents, team.observation_size)).astype(np.float32)
    action = random.uniform(-1, 1, (rows, agents, team.action_size)).astype(np.float32)
    if team.action_kind == "discrete":
        action = np.eye(team.action_size, dtype=np.float32)[np.where(team.action_mask, action, -2).argmax(-1)]
    dataset = Dataset(
        Metadata(
            id=f"{data.task}/{data.quality}-v0",
            team=team,
            task=spec.name,
            task_parameters=spec.parameters,
            quality=data.label,
            references={"paper": spec.paper_reference._asdict()} if spec.paper_reference else {},
        ),
        obs=obs,
        action=action,
        reward=random.normal(size=(rows, agents)).astype(np.float32),
        terminal=np.zeros(rows, bool),
        truncated=np.arange(rows) % LENGTH == LENGTH - 1,
    )
    return save(dataset, data.path(root))
