"""Import of HDF5 files with padded episodes of choices: PyMARL's buffer, as CFCQL publishes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from omarl.data.dataset import Metadata
from omarl.data.imports import hdf5
from omarl.data.imports.log_steps import (
    Ends,
    LogSteps,
    as_episodes,
    settle,
    some_ends,
    steps_at_once,
)
from omarl.data.imports.rows import Import, Terminals, default_id
from omarl.data.units import numbered
from omarl.errors import RequestError
from omarl.types import TeamSpec

CFCQL_ARRAYS = ("obs", "actions", "avail_actions", "reward", "terminated", "filled")


class Padded(NamedTuple):
    """Padded episodes: `used` marks the steps that are no padding, `ends` tells about those in a row."""

    used: Bool[np.ndarray, "episodes time"]
    ends: Ends

    @property
    def starts(self) -> Int[np.ndarray, "episodes_and_1"]:
        """Where each episode begins among the used steps, and where the last one ends."""
        return np.concatenate([[0], np.cumsum(self.used.sum(1))])


def from_cfcql(path: str | Path, id: str | None = None, terminals: Terminals = "auto") -> Import:
    """The dataset in a CFCQL file, whose arrays have the axes `episodes`, `time` and maybe `agents`.

    `filled` marks the steps of an episode and the observation after its last action. `avail_actions` are the
    legal choices. An episode without `terminated` was cut by a time limit: `auto` keeps true ends as marked.
    """
    source = Path(path)
    with hdf5.open_file(source) as file:
        team = _cfcql_team(file)
        notes = hdf5.left_out(file, CFCQL_ARRAYS)
        filled, terminated = (_marks(hdf5.array(file, name)) for name in ("filled", "terminated"))
    padded = _without_padding(filled, terminated)
    ends, more = settle(padded.ends, "keep" if terminals == "auto" else terminals)
    made_by = {"function": "import", "format": "cfcql", "source": source.name}
    metadata = Metadata(
        id=id or default_id(source), team=team, made_by=made_by, licence="unknown", units=numbered(team)
    )
    return Import(metadata, as_episodes(_parts(source, padded._replace(ends=ends))), [*notes, *more])


def _cfcql_team(file) -> TeamSpec:
    """The team that the arrays' shapes tell; raises `RequestError` if they do not fit each other."""
    shape = {name: hdf5.array(file, name).shape for name in CFCQL_ARRAYS}
    episodes, time, agents, size = shape["obs"] if len(shape["obs"]) == 4 else (0, 0, 0, 0)
    choices = shape["avail_actions"][-1]
    wanted = {
        "obs": (episodes, time, agents, size),
        "actions": (episodes, time, agents, 1),
        "avail_actions": (episodes, time, agents, choices),
        "reward": (episodes, time, 1),
        "terminated": (episodes, time, 1),
        "filled": (episodes, time, 1),
    }
    for name, expected in wanted.items():
        if shape[name] != expected or 0 in expected:
            raise RequestError(
                f"{name} has shape {shape[name]}, expected {expected}: "
                "(episodes, time, agents, size) for what agents have, (episodes, time, 1) for the rest"
            )
    return TeamSpec(
        observation_sizes=(size,) * agents, action_sizes=(choices,) * agents, action_kind="discrete"
    )


def _marks(found) -> Bool[np.ndarray, "episodes time"]:
    """A flag of every step."""
    return np.asarray(found)[..., 0] != 0


def _without_padding(
    filled: Bool[np.ndarray, "episodes time"], terminated: Bool[np.ndarray, "episodes time"]
) -> Padded:
    """Which steps are used: the filled ones, and of those after a true end only the first.

    Raises `RequestError` if filled steps follow on padding.
    """
    time, count = np.arange(filled.shape[1]), filled.sum(1)
    torn = (filled != (time < count[:, None])).any(1)
    if torn.any():
        raise RequestError(
            f"episode {int(np.argmax(torn))} has filled steps after padding: expected them first"
        )
    true_end = filled & terminated
    over = np.where(true_end.any(1), true_end.argmax(1) + 2, count)
    seen = np.minimum(count, over)[:, None]
    used, last = time < seen, time == seen - 1
    return Padded(used, Ends(last[used], true_end[used], (~last | true_end)[used]))


def _parts(path: Path, padded: Padded) -> Iterator[LogSteps]:
    """The episodes, some of them at a time."""
    with hdf5.open_file(path) as file:
        obs, action, legal, reward = (hdf5.array(file, name) for name in CFCQL_ARRAYS[:4])
        starts = padded.starts
        at_once = steps_at_once((obs.nbytes + legal.nbytes) // len(obs))
        for low in range(0, len(obs), at_once):
            some = slice(low, min(low + at_once, len(obs)))
            used, rows = padded.used[some], slice(*starts[[low, some.stop]].tolist())
            ends = some_ends(padded.ends, rows)
            choice = np.where(ends.acted[:, None], action[some][used][..., 0], 0)
            yield LogSteps(
                obs=obs[some][used].astype(np.float32),
                action=_vectors(choice, legal.shape[-1], rows.start),
                reward=np.broadcast_to(reward[some][used], choice.shape),
                legal=legal[some][used] != 0,
                ends=ends,
            )


def _vectors(
    choice: Shaped[np.ndarray, "steps agent"], choices: int, first: int = 0
) -> Float[np.ndarray, "steps agent act"]:
    """Choices as one-hot vectors; `first` is the number of the first step.

    Raises `RequestError` with the first choice that does not exist.
    """
    wrong = ~((choice >= 0) & (choice < choices) & (choice == np.floor(choice)))
    if wrong.any():
        step, agent = np.argwhere(wrong)[0].tolist()
        raise RequestError(
            f"action {choice[step, agent]} of agent {agent} in step {first + step} is not one of the choices "
            f"0 to {choices - 1}"
        )
    return np.eye(choices, dtype=np.float32)[choice.astype(np.int64)]
