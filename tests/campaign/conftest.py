from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import jax
import numpy as np
import pytest

from omarl.campaign.plan import Workspace
from omarl.runs import runner
from omarl.training import offline

TRACED: set[tuple[str, str, str]] = set()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(data=tmp_path / "data", runs=tmp_path / "runs", out=tmp_path / "results")


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs go through everything but the compiler: updates are traced, episodes have their seed as return."""

    def learn(spec, algorithm, dataset, states) -> Iterator[offline.Progress]:
        seeds, (draw, arrays) = list(spec.seeds), runner.source(spec, dataset)
        shapes = offline.shapes(algorithm, len(seeds))
        kind = {name: value for name, value in asdict(spec.config).items() if not isinstance(value, float)}
        if (case := (spec.algorithm, str(kind), str(shapes))) not in TRACED:
            keys = jax.eval_shape(lambda: offline.keys_of(seeds)[1])
            run = offline.chunk(lambda _: offline.Learner(algorithm, draw), spec.updates)
            after, _, sound = jax.eval_shape(run, arrays, (), keys, shapes)
            assert (after, sound.shape) == (shapes, (len(seeds), spec.updates, arrays.action.shape[1]))
            TRACED.add(case)
        zeros = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)
        yield offline.Progress(0, zeros, {})
        yield offline.Progress(spec.updates, zeros, {"loss": jax.numpy.zeros((len(seeds), 1))})

    monkeypatch.setattr(runner, "learn", learn)
    monkeypatch.setattr(
        runner, "evaluation", lambda seeds, episodes, *_: lambda _: np.full((1, episodes), 200.0 + seeds[0])
    )
    monkeypatch.setattr(runner, "beside_data", lambda *_, **__: lambda *_: [])
