"""Play on the host: a round of episodes outside of JAX, and beside it updates on the device."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from omarl.algos import ActorConfig, Algorithm
from omarl.data.device import with_everybody
from omarl.data.episodes import Episodes, present
from omarl.data.life import with_life
from omarl.play.episodes import play
from omarl.play.policies import StepPolicy, folding, noisy, uniform_policy
from omarl.runs.experience.acting import Acting
from omarl.runs.experience.base import Progress, following
from omarl.runs.experience.replays import OBSERVED
from omarl.training.online import (
    OnlineConfig,
    Replay,
    empty_replay,
    keys_of_online,
    put,
    replay_updates,
)
from omarl.training.program import Program
from omarl.training.tally import Tally


class OnHost(Acting):
    """Learning while acting in a task on the host, for at least `steps` environment steps of each member.

    Steps are those that were played. Evaluations are due `every` so many, after random play alone unless
    `while_random`. A round is never cut: members go beyond a position by as much as their last one did.
    """

    def __init__(
        self,
        task: Any,
        algorithm: Algorithm,
        learner: ActorConfig,
        config: OnlineConfig,
        seeds: Sequence[int],
        steps: int,
        every: int,
        while_random: bool = False,
    ) -> None:
        """Make room for all that will be played."""
        self.end, self.every, self.round = steps, every, config.environments * task.spec.horizon
        self.silent = 0 if while_random else config.random_steps
        super().__init__(task, algorithm, learner, config, seeds)
        self._act = (
            Program(lambda actor, *seen: folding(noisy(algorithm, actor))(*seen)),
            Program(lambda actor, *seen: folding(uniform_policy(task.spec.team))(*seen)),
        )
        self._put, self._learn = Program(put, donate=(0,)), Program(self._updates, donate=(0, 1))
        self.programs = [*self._act, self._put, self._learn]
        self.last_returns = [float("nan")] * len(self.seeds)

    def empty(self) -> Replay:
        """A replay with room for the whole run, its last round and what lies behind it.

        How many episodes there will be is not known: `_with_room` makes more of it where they are short.
        """
        rows = self.end + 3 * self.round
        return empty_replay(self.task.spec.team, rows, rows // 8)

    def _updates(self, state: Any, tally: Tally, replay: Replay, key: Any) -> tuple[Any, Tally]:
        keys = jax.random.split(key, self.config.updates_per_iteration)
        return replay_updates(self.algorithm, self.learner, state, tally, replay, keys)

    def advance(self, progress: Progress, until: int) -> Progress:
        """All members after some more rounds."""
        stop = following(max(progress.position, self.silent), self.every, self.end)
        target = min(stop, max(until, progress.position + 1))
        states, tallies = self.advanced(progress, target)
        return Progress(target, states, tallies, due=target == stop)

    def further(self, index: int, position: int, until: int, state: Any, tally: Tally) -> tuple[Any, Tally]:
        """One member's state and tally when it has played so many steps.

        A round is played while the updates before it are made, by the policy before these updates.
        """
        run_key = keys_of_online(self.seeds[index])[1]
        with ThreadPoolExecutor(1) as beside:
            while (filled := int(self.replays[index].filled)) < until:
                number = int(self.replays[index].episodes) // self.config.environments
                play_key, learn_key = jax.random.split(jax.random.fold_in(run_key, number))
                learning = filled >= self.config.random_steps
                actor = jax.tree.map(jnp.copy, state.actor)  # learning takes over the state's own memory
                playing = beside.submit(self._play, actor, play_key, learning)
                if learning:
                    state, tally = self._learn(state, tally, self.replays[index], learn_key)
                self._record(index, playing.result())
        return state, tally

    def _play(self, actor: Any, key: Any, learning: bool) -> Episodes:
        policy = StepPolicy(partial(self._act[not learning], actor))
        return play(self.task, policy, key, self.config.environments)

    def _record(self, index: int, episodes: Episodes) -> None:
        """Put a round into a member's replay, in arrays of few different sizes so that little is compiled."""
        rows = len(episodes.action)
        ends = episodes.terminal | episodes.truncated
        fields, replay = present(episodes), self.replays[index]
        if episodes.alive is not None or replay.arrays.alive is not None:
            fields = with_life(fields)
            replay = replay._replace(arrays=with_everybody(replay.arrays))
        fields["episode"] = (np.cumsum(ends) - ends).astype(np.int32)
        rounded = {name: _rounded_up(field) for name, field in fields.items()}
        self.replays[index] = self._put(
            _with_room(replay, int(ends.sum()), self.round),
            {name: field for name, field in rounded.items() if name not in OBSERVED},
            {name: field for name, field in rounded.items() if name in OBSERVED},
            np.int32(rows),
        )
        self.last_returns[index] = float(episodes.returns.mean())


def _rounded_up(field: np.ndarray) -> np.ndarray:
    """The field with zeros behind it, as many entries as the next power of two."""
    size = 1 << (len(field) - 1).bit_length()
    return np.concatenate([field, np.zeros((size - len(field), *field.shape[1:]), field.dtype)])


def _with_room(replay: Replay, episodes: int, largest: int) -> Replay:
    """The replay, with room for more observations if a round might not fit any more."""
    arrays = replay.arrays
    used = int(replay.filled) + int(replay.episodes) + 4 * largest + episodes
    if used <= len(arrays.obs):
        return replay
    more = max(used, 2 * len(arrays.obs)) - len(arrays.obs)
    fields = {name: getattr(arrays, name) for name in OBSERVED}
    grown = {
        name: jnp.pad(field, [(0, more), *[(0, 0)] * (field.ndim - 1)])
        for name, field in fields.items()
        if field is not None and len(field) > 1
    }
    return Replay(arrays._replace(**grown), replay.filled)
