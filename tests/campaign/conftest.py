from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.campaign.request import Workspace
from omarl.play.steps import Outcomes
from omarl.runs import from_dataset
from omarl.runs import run as run_module
from omarl.runs.experience.base import Progress
from omarl.runs.experience.recorded import Recorded
from omarl.training import offline

TRACED: set[tuple[str, str]] = set()


class Uncompiled(Recorded):
    """A run that goes through everything but the compiler: its updates are traced, once for each shape."""

    def start(self) -> Progress:
        """Zeros, with the shapes that the run has."""
        arrays, members = self.arrays_at(0), len(self.seeds)
        states = offline.state_shapes(self.learner(()).algorithm, members)
        case = str(jax.tree.structure(states)), str((states, arrays.action.shape))
        tally = jax.eval_shape(lambda: offline.initial_tallies(self.learner, (), arrays, members))
        if case not in TRACED:
            keys = jax.eval_shape(lambda: offline.keys_of(self.seeds)[1])
            several, count = offline.updates(self.learner), jnp.int32(self.end)
            after = jax.eval_shape(several, arrays, count, (), keys, states, tally)
            assert after == (states, tally)
            TRACED.add(case)
        zeros = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), (states, tally))
        return Progress(0, *zeros, due=True)

    def advance(self, progress: Progress, until: int) -> Progress:
        """The end."""
        states = progress.states._replace(step=np.full_like(progress.states.step, self.end))
        return Progress(self.end, states, progress.tally._replace(updates=np.ones(1, np.int32)), due=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(data=tmp_path / "data", runs=tmp_path / "runs", out=tmp_path / "results")


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are not compiled, and all their episodes return 200 and their seed."""
    monkeypatch.setattr(from_dataset, "Recorded", Uncompiled)
    monkeypatch.setattr(from_dataset, "beside_data", lambda *_: lambda *_: [])
    monkeypatch.setattr(
        run_module,
        "evaluation",
        lambda seeds, episodes, *_: lambda *_: Outcomes(np.full((1, episodes), 200.0 + seeds[0]), None),
    )
