"""Learning while acting: many environments at once, replay on the device, one compiled iteration.

Each iteration plays one episode in every environment with the exploring policy, appends the episodes to the
replay, and updates on batches drawn from all that was recorded. The replay is a dataset in the making: it has
a dataset's layout, and whoever made it becomes the behaviour policy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from omarl.actions import action_set
from omarl.algos import Algorithm
from omarl.data.device import Arrays, Sampling, blank, draw
from omarl.envs.rollout import Policy, rollout
from omarl.types import PRNGKey


@dataclass(frozen=True, kw_only=True)
class OnlineConfig:
    """How experience and learning alternate."""

    environments: int = 20
    """Episodes played side by side in every iteration."""
    updates_per_iteration: int = 12
    """Updates after each round of episodes."""
    random_steps: int = 25_000
    """Environment steps with uniformly random actions before learning starts."""


class Run(NamedTuple):
    """A learner and its recordings; `filled` counts the rows of `replay` that hold data."""

    state: Any
    replay: Arrays
    filled: Int[Array, ""]


class Progress(NamedTuple):
    """Where an online run stands: environment steps so far, the run, the mean return of the last episodes."""

    steps: int
    run: Run
    behaviour_return: float


def uniform_policy(task: Any) -> Policy:
    """Every legal action equally likely."""
    actions = action_set(task.spec.team)
    return lambda obs, legal, key: actions.candidates(key, 1, legal).actions[0]


def record(replay: Arrays, filled: Int[Array, ""], episodes: Any) -> Arrays:
    """The replay with these episodes appended."""

    def put(field: Array, new: Array, at: Array) -> Array:
        return jax.lax.dynamic_update_slice_in_dim(field, new.reshape(-1, *new.shape[2:]), at, 0)

    ahead = filled + filled // episodes.reward.shape[1]
    return replay._replace(
        obs=put(replay.obs, episodes.obs, ahead),
        action=put(replay.action, episodes.action, filled),
        reward=put(replay.reward, episodes.reward, filled),
        terminal=put(replay.terminal, episodes.terminal, filled),
    )


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
    filled = run.filled + episodes.reward.shape[0] * episodes.reward.shape[1]
    replay = record(run.replay, run.filled, episodes)

    def update(state: Any, key: PRNGKey) -> tuple[Any, None]:
        draw_key, update_key = jax.random.split(key)
        return algorithm.update(state, take(replay, draw_key, filled), update_key)[0], None

    state, _ = jax.lax.scan(update, run.state, jax.random.split(learn_key, updates))
    return Run(state, replay, filled), jnp.mean(episodes.returns)


def learn(
    task: Any,
    algorithm: Algorithm,
    config: OnlineConfig,
    batch_size: int,
    sampling: Sampling,
    steps: int,
    every: int,
    seed: int,
) -> Iterator[Progress]:
    """Learn for `steps` environment steps, and say where it stands at the start and after each `every`."""
    per_iteration = config.environments * task.spec.horizon
    episodes = -(-steps // per_iteration) * config.environments
    init_key, run_key = jax.random.split(jax.random.key(seed))
    state = jax.jit(algorithm.init)(init_key)
    run = Run(state, blank(task.spec.team, episodes, task.spec.horizon), jnp.zeros((), jnp.int32))

    def take(replay: Arrays, key: PRNGKey, filled: Array) -> Any:
        return draw(replay, key, batch_size, sampling, filled)

    @partial(jax.jit, static_argnums=(2, 3), donate_argnums=0)
    def advance(run: Run, first: Int[Array, ""], count: int, learning: bool) -> tuple[Run, Array]:
        updates = config.updates_per_iteration * learning
        policy = (
            (lambda actor: partial(algorithm.explore, actor)) if learning else lambda _: uniform_policy(task)
        )
        one = partial(iteration, task, algorithm, config, take, updates, policy)
        keys = jax.vmap(partial(jax.random.fold_in, run_key))(first + jnp.arange(count))
        run, returns = jax.lax.scan(one, run, keys)
        return run, returns[-1]

    total, warm_up = episodes // config.environments, -(-config.random_steps // per_iteration)
    stops = sorted({*range(0, total, max(1, every // per_iteration)), min(warm_up, total), total})
    yield Progress(0, run, float("nan"))
    for begin, end in pairwise(stops):
        run, last = advance(run, begin, end - begin, begin >= warm_up)
        yield Progress(end * per_iteration, run, float(last))
