"""Recorded play: one record, `Episodes`, for tasks on the device and on the host."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import jax
import numpy as np

from omarl.batch import PRNGKey
from omarl.data.episodes import Episodes, concatenate
from omarl.envs.protocol import HostTask, TaskSpec
from omarl.play.device import play_on_device
from omarl.play.host import episodes_from, play_on_host
from omarl.play.steps import Steps, lived_episodes, until

EPISODES_AT_ONCE = 2000
BYTES_AT_ONCE = 2**28
"""About how much memory the episodes take that are played at once on the device, not counting copies."""
LEAST_ON_HOST = 20
"""Episodes may be much shorter than the time limit, so that more are needed for some rows than it says."""


def play(task: Any, policy: Any, key: PRNGKey, episodes: int) -> Episodes:
    """`episodes` whole episodes of a task with a policy (see `policies.Policy`), in host memory.

    An episode follows from the key, its number and the policy. Raises `TrainingError` if an environment
    fails, and `RequestError` if on the host a policy does something illegal.
    """
    if isinstance(task, HostTask):
        return concatenate([lived_episodes(steps) for steps in play_on_host(task, policy, key, episodes)])
    return lived_episodes(jax.jit(partial(play_on_device, task, policy), static_argnums=1)(key, episodes))


def play_rows(task: Any, policy: Any, key: PRNGKey, rows: int) -> Iterator[Episodes]:
    """At least `rows` joint transitions of whole episodes, some episodes at a time."""
    return map(lived_episodes, play_steps(task, policy, key, rows))


def play_steps(task: Any, policy: Any, key: PRNGKey, rows: int) -> Iterator[Steps]:
    """The episodes of `play_rows`, side by side."""
    rounds = _on_host(task, policy, key) if isinstance(task, HostTask) else _on_device(task, policy, key)
    for turn in count():
        if rows <= 0:
            return
        part = until(rows, rounds(turn, rows))
        yield part
        rows -= int(np.asarray(part.alive).sum())


Rounds = Callable[[int, int], Steps]
"""`rounds(turn, rows)` plays the next episodes, no more than are needed for so many rows."""


def _on_host(task: Any, policy: Any, key: PRNGKey) -> Rounds:
    played = 0

    def rounds(turn: int, rows: int) -> Steps:
        nonlocal played
        wanted = min(task.copies, max(LEAST_ON_HOST, -(-rows // task.spec.horizon)))
        first, played = played, played + wanted
        return episodes_from(first, wanted, task, policy, key)

    return rounds


def at_once(spec: TaskSpec) -> int:
    """How many of a task's episodes are played at once on the device, in full length each."""
    numbers = spec.horizon * spec.team.agents * (spec.team.observation_size + 2 * spec.team.action_size)
    return max(1, min(EPISODES_AT_ONCE, BYTES_AT_ONCE // (4 * numbers)))


def _on_device(task: Any, policy: Any, key: PRNGKey) -> Rounds:
    side_by_side = jax.jit(partial(play_on_device, task, policy), static_argnums=1)

    def rounds(turn: int, rows: int) -> Steps:
        wanted = min(at_once(task.spec), -(-rows // task.spec.horizon))
        return side_by_side(jax.random.fold_in(key, turn), wanted)

    return rounds
