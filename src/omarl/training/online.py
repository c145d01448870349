"""Learning while acting: rounds of episodes and updates in turns, with all that was played in a replay.

The replay is a dataset in the making: it has a dataset's layout, and whoever made it becomes the behaviour
policy. On the device a round, its recording and the updates after it are one compiled program.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from omarl.algos import ActorConfig, Algorithm
from omarl.batch import PRNGKey
from omarl.data.device import Arrays, blank, draw
from omarl.errors import RequestError
from omarl.play.device import play_on_device
from omarl.play.policies import Policy, noisy, uniform_policy
from omarl.play.steps import Steps
from omarl.presets import ROUNDS
from omarl.training.tally import Tally, counted
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class OnlineConfig:
    """How experience and learning alternate."""

    environments: int = 20
    """Episodes played side by side in every iteration."""
    updates_per_iteration: int = 12
    """Updates after each round of episodes."""
    random_steps: int = 25_000
    """Environment steps with uniformly random actions before learning starts."""

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        for name, least in (("environments", 1), ("updates_per_iteration", 1), ("random_steps", 0)):
            if getattr(self, name) < least:
                raise RequestError(f"{name} must be at least {least}, got {getattr(self, name)}")


def rounds_of(task: str) -> OnlineConfig:
    """How playing and learning alternate best in a task; in most of them by the defaults."""
    return OnlineConfig(**ROUNDS.get(task, {}))


class Replay(NamedTuple):
    """All that was played, in a dataset's layout; the first `filled` rows hold data."""

    arrays: Arrays
    filled: Int[Array, ""]

    @property
    def episodes(self) -> Int[Array, ""]:
        """Number of episodes that were recorded."""
        return jnp.where(self.filled > 0, self.arrays.episode[self.filled - 1] + 1, 0)

    @property
    def room(self) -> int:
        """Number of episodes for which there is room."""
        return len(self.arrays.obs) - len(self.arrays.action)


def empty_replay(team: TeamSpec, rows: int, episodes: int) -> Replay:
    """Room for so many rows and episodes."""
    return Replay(blank(team, rows, episodes), jnp.zeros((), jnp.int32))


def with_room(replay: Replay, episodes: int) -> Replay:
    """The replay with room for so many more episodes."""
    arrays = replay.arrays

    def longer(field: Array) -> Array:
        return jnp.concatenate([field, jnp.zeros((episodes, *field.shape[1:]), field.dtype)])

    legal = arrays.legal if len(arrays.legal) == 1 else longer(arrays.legal)
    return replay._replace(arrays=arrays._replace(obs=longer(arrays.obs), legal=legal))


def put(replay: Replay, rows: dict[str, Array], seen: dict[str, Array], count: Int[Array, ""]) -> Replay:
    """The replay with the first `count` of these rows behind its own; later rows will be overwritten.

    `rows` are the fields with an entry for each row, `episode` counted from 0 among them; `seen` are those
    with an entry for each observation.
    """
    arrays, before = replay.arrays, replay.episodes
    rows = rows | {"episode": rows["episode"] + before}
    places = dict.fromkeys(rows, replay.filled) | dict.fromkeys(seen, replay.filled + before)
    fields = {
        name: jax.lax.dynamic_update_slice_in_dim(getattr(arrays, name), new, places[name], 0)
        for name, new in (rows | seen).items()
    }
    return Replay(arrays._replace(**fields), replay.filled + count)


def record_steps(replay: Replay, steps: Steps) -> Replay:
    """The replay with the steps of these episodes that were lived."""
    alive = steps.alive
    seen = jnp.concatenate([jnp.ones_like(alive[:, :1]), alive], 1)
    number = jnp.broadcast_to(jnp.arange(len(alive))[:, None], alive.shape)
    names = ("action", "reward", "terminal", "truncated")
    rows = {name: compacted(getattr(steps, name), alive) for name in names}
    observed = {"obs": steps.obs} | ({} if steps.legal is None else {"legal": steps.legal})
    return put(
        replay,
        rows | {"episode": compacted(number, alive)},
        {name: compacted(field, seen) for name, field in observed.items()},
        jnp.sum(alive),
    )


def compacted(field: Any, kept: Any) -> Array:
    """The steps of all episodes in one row of time, those that are kept moved to its front, in order."""
    return field.reshape(-1, *field.shape[2:])[jnp.argsort(~kept.ravel())]


def replay_updates(
    algorithm: Algorithm, learner: ActorConfig, state: Any, tally: Tally, replay: Replay, keys: Array
) -> tuple[Any, Tally]:
    """One update for each key, on batches from all that was recorded, drawn as `learner` says."""

    def update(carry: tuple[Any, Tally], key: PRNGKey) -> tuple[tuple[Any, Tally], None]:
        draw_key, update_key = jax.random.split(key)
        batch = draw(replay.arrays, draw_key, learner.batch_size, learner.sampling, replay.filled)
        state, metrics = algorithm.update(carry[0], batch, update_key)
        return (state, counted(carry[1], metrics, state)), None

    return jax.lax.scan(update, (state, tally), keys)[0]


Iterations = Callable[..., tuple[Any, Tally, Replay, Float[Array, ""]]]


def iterations(
    task: Any, algorithm: Algorithm, learner: ActorConfig, config: OnlineConfig, learning: bool
) -> Iterations:
    """A function of (state, tally, replay, key, until) that goes on until the replay has so many steps.

    Each iteration plays a round of episodes, records it and, if this is `learning`, updates; else play is
    random. It also ends where the replay has no room for another round. It returns state, tally, replay and
    the mean return of the last round.
    """

    def policy(actor: Any) -> Policy:
        return noisy(algorithm, actor) if learning else uniform_policy(task.spec.team)

    def iteration(key: PRNGKey, state: Any, tally: Tally, replay: Replay) -> tuple:
        play_key, learn_key = jax.random.split(key)
        steps = play_on_device(task, policy(state.actor), play_key, config.environments)
        replay = record_steps(replay, steps)
        keys = jax.random.split(learn_key, config.updates_per_iteration * learning)
        state, tally = replay_updates(algorithm, learner, state, tally, replay, keys)
        return state, tally, replay, jnp.mean(steps.returns)

    def several(
        state: Any, tally: Tally, replay: Replay, key: PRNGKey, until: Array
    ) -> tuple[Any, Tally, Replay, Array]:
        def going(carry: tuple) -> Array:
            replay = carry[2]
            return (replay.filled < until) & (replay.episodes + config.environments <= replay.room)

        def further(carry: tuple) -> tuple:
            number = carry[2].episodes // config.environments
            return iteration(jax.random.fold_in(key, number), *carry[:3])

        return jax.lax.while_loop(going, further, (state, tally, replay, jnp.zeros(())))

    return several


def iterations_of(config: OnlineConfig, horizon: int, steps: int) -> tuple[int, int]:
    """How many iterations a run of so many environment steps has, and how many of them are random play.

    Where episodes end before the task's time limit, it has more.
    """
    per_iteration = config.environments * horizon
    total, warm_up = -(-steps // per_iteration), -(-config.random_steps // per_iteration)
    return total, min(warm_up, total)


def keys_of_online(seed: int) -> tuple[PRNGKey, PRNGKey]:
    """A seed's key for the initial parameters, and its key for the iterations."""
    init_key, run_key = jax.random.split(jax.random.key(seed))
    return init_key, run_key
