"""Learning while acting: many environments at once, replay on the device, one compiled iteration.

Each iteration plays one episode in every environment with the exploring policy, appends the episodes to the
replay, and updates on batches drawn from all that was recorded. The replay is a dataset in the making: it has
a dataset's layout, and whoever made it becomes the behaviour policy.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from omarl.actions import action_set
from omarl.algos import ActorConfig, Algorithm
from omarl.batch import PRNGKey
from omarl.data.device import Arrays, blank, draw
from omarl.errors import RequestError
from omarl.play.rollout import Policy, Rollout, rollout


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


class Run(NamedTuple):
    """A learner and its recordings; `filled` counts the rows of `replay` that hold data."""

    state: Any
    replay: Arrays
    filled: Int[Array, ""]


class Progress(NamedTuple):
    """Where an online run stands: environment steps so far, the run, the mean return of the last episodes.

    Steps are counted as if every episode lasted until the task's time limit.
    """

    steps: int
    run: Run
    behaviour_return: float


def uniform_policy(task: Any) -> Policy:
    """Every legal action equally likely."""
    actions = action_set(task.spec.team)
    return lambda obs, legal, key: actions.candidates(key, 1, legal).actions[0]


def compacted(field: Array, kept: Bool[Array, "episode step"]) -> Array:
    """The steps of all episodes in one row of time, those that are kept moved to its front, in order."""
    return field.reshape(-1, *field.shape[2:])[jnp.argsort(~kept.ravel())]


def record(replay: Arrays, filled: Int[Array, ""], episodes: Rollout) -> tuple[Arrays, Int[Array, ""]]:
    """The replay with these episodes appended, and the number of its rows that hold data then.

    What lies behind these rows, steps after an early end among it, is overwritten by the next episodes.
    """
    alive, before = episodes.alive, jnp.where(filled > 0, replay.episode[filled - 1] + 1, 0)
    nothing = jnp.zeros_like(alive[:, :1])
    seen = jnp.concatenate([~nothing, alive], 1)
    number = jnp.broadcast_to(before + jnp.arange(len(alive))[:, None], alive.shape)

    def put(field: Array, new: Array, kept: Array, at: Array) -> Array:
        return jax.lax.dynamic_update_slice_in_dim(field, compacted(new, kept), at, 0)

    rows = {
        "action": episodes.action,
        "reward": episodes.reward,
        "terminal": episodes.terminal,
        "last": alive & ~jnp.concatenate([alive[:, 1:], nothing], 1),
        "episode": number,
    }
    put_rows = {name: put(getattr(replay, name), new, alive, filled) for name, new in rows.items()}
    obs = put(replay.obs, episodes.obs, seen, filled + before)
    return replay._replace(obs=obs, **put_rows), filled + jnp.sum(alive)


def iteration(
    task: Any,
    algorithm: Algorithm,
    config: OnlineConfig,
    take: Callable[[Arrays, PRNGKey, Array], Any],
    updates: int,
    policy: Callable[[Any], Policy],
    run: Run,
    key: PRNGKey,
) -> tuple[Run, Float[Array, ""]]:
    """One round of episodes and the updates after it."""
    play_key, learn_key = jax.random.split(key)
    episodes = rollout(task, policy(run.state.actor), play_key, config.environments)
    replay, filled = record(run.replay, run.filled, episodes)

    def update(state: Any, key: PRNGKey) -> tuple[Any, None]:
        draw_key, update_key = jax.random.split(key)
        return algorithm.update(state, take(replay, draw_key, filled), update_key)[0], None

    state, _ = jax.lax.scan(update, run.state, jax.random.split(learn_key, updates))
    return Run(state, replay, filled), jnp.mean(episodes.returns)


def stretch(task: Any, algorithm: Algorithm, learner: ActorConfig, config: OnlineConfig) -> Callable:
    """Some iterations as one compiled function of (run, key, the first's number, how many, learning or not).

    It returns the run, whose old buffers it takes over, and the mean return of the last episodes.
    """

    def take(replay: Arrays, key: PRNGKey, filled: Array) -> Any:
        return draw(replay, key, learner.batch_size, learner.sampling, filled)

    @partial(jax.jit, static_argnums=(3, 4), donate_argnums=0)
    def advance(
        run: Run, key: PRNGKey, first: Int[Array, ""], count: int, learning: bool
    ) -> tuple[Run, Array]:
        updates = config.updates_per_iteration * learning
        policy = (
            (lambda actor: partial(algorithm.explore, actor)) if learning else lambda _: uniform_policy(task)
        )
        one = partial(iteration, task, algorithm, config, take, updates, policy)
        keys = jax.vmap(partial(jax.random.fold_in, key))(first + jnp.arange(count))
        run, returns = jax.lax.scan(one, run, keys)
        return run, returns[-1]

    return advance


def iterations(config: OnlineConfig, horizon: int, steps: int) -> tuple[int, int]:
    """How many iterations a run of so many environment steps has, and how many of them are random play."""
    per_iteration = config.environments * horizon
    total, warm_up = -(-steps // per_iteration), -(-config.random_steps // per_iteration)
    return total, min(warm_up, total)


def learn(
    task: Any,
    algorithm: Algorithm,
    learner: ActorConfig,
    config: OnlineConfig,
    steps: int,
    every: int,
    seeds: Sequence[int],
) -> Iterator[tuple[Progress, ...]]:
    """Learn for `steps` environment steps from each seed; where all stand at first and after each `every`.

    Batches are as `learner` says, the configuration from which `algorithm` was made.
    """
    per_iteration = config.environments * task.spec.horizon
    total, warm_up = iterations(config, task.spec.horizon, steps)
    stops = sorted({*range(0, total, max(1, every // per_iteration)), warm_up, total})
    advance = stretch(task, algorithm, learner, config)
    init = jax.jit(algorithm.init)

    def one(seed: int) -> Iterator[Progress]:
        init_key, run_key = jax.random.split(jax.random.key(seed))
        replay = blank(task.spec.team, total * config.environments, task.spec.horizon)
        run = Run(init(init_key), replay, jnp.zeros((), jnp.int32))
        yield Progress(0, run, float("nan"))
        for begin, end in pairwise(stops):
            run, last = advance(run, run_key, begin, end - begin, begin >= warm_up)
            yield Progress(end * per_iteration, run, float(last))

    return zip(*map(one, seeds), strict=True)
