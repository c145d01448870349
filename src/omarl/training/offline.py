"""Learning from a dataset: one compiled scan of updates between two evaluations, seeds side by side."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from omarl.algos import Algorithm
from omarl.errors import TrainingError
from omarl.parallel import each
from omarl.types import Batch, PRNGKey

Draw = Callable[[Any, PRNGKey], Batch]  # (arrays, key) -> batch


class Progress(NamedTuple):
    """Where a fit stands: updates done, each seed's state, and the metrics' means since the last progress.

    Metrics are `[seed, agent]`; there are none before the first update.
    """

    updates: int
    states: Any
    metrics: dict[str, Array]


def update_once(algorithm: Algorithm, draw: Draw, arrays: Any, key: PRNGKey, state: Any) -> tuple[Any, Any]:
    """One update; its randomness depends on the run's key and the step, not on how steps are grouped."""
    draw_key, update_key = jax.random.split(jax.random.fold_in(key, state.step[0]))
    return algorithm.update(state, draw(arrays, draw_key), update_key)


def finite(metrics: dict[str, Array], state: Any) -> Bool[Array, "agent"]:
    """Which agents' metrics and actors are free of NaN and infinities."""
    leaves = [*metrics.values(), *jax.tree.leaves(state.actor)]
    return jnp.stack([jnp.isfinite(x).reshape(len(x), -1).all(-1) for x in leaves]).all(0)


def chunk(algorithm: Algorithm, draw: Draw, length: int) -> Callable:
    """`length` updates of every seed as one compiled function of (arrays, keys, states).

    It returns the states, the mean metrics, and for every update which agents were still finite.
    """

    def one_seed(arrays: Any, key: PRNGKey, state: Any) -> tuple[Any, dict[str, Array], Array]:
        def body(state: Any, _: None) -> tuple[Any, tuple]:
            state, metrics = update_once(algorithm, draw, arrays, key, state)
            return state, (metrics, finite(metrics, state))

        state, (metrics, sound) = jax.lax.scan(body, state, length=length)
        return state, jax.tree.map(lambda x: jnp.mean(x, 0), metrics), sound

    return jax.jit(
        lambda arrays, keys, states: each(partial(one_seed, arrays))(keys, states), donate_argnums=2
    )


def keys_of(seeds: list[int]) -> tuple[Any, Any]:
    """Each seed's key for the initial parameters, and its key for the updates."""
    keys = jax.vmap(lambda seed: jax.random.split(jax.random.key(seed)))(jnp.asarray(seeds, jnp.uint32))
    return keys[:, 0], keys[:, 1]


def start(algorithm: Algorithm, seeds: list[int]) -> Any:
    """Every seed's initial state, stacked."""
    return jax.jit(jax.vmap(algorithm.init))(keys_of(seeds)[0])


def check(sound: Bool[Array, "seed update agent"], seeds: list[int], first: int) -> None:
    """Raise a `TrainingError` that names the first update, seed and agent that turned non-finite."""
    if bool(sound.all()):
        return
    broken = jnp.argwhere(~sound)
    seed, update, agent = broken[jnp.argmin(broken[:, 1])].tolist()
    raise TrainingError(
        f"a loss or parameter of agent {agent} turned non-finite at update {first + update + 1} "
        f"(seed {seeds[seed]}): lower the learning rate or the reward scale, or choose a normalisation"
    )


def fit(
    algorithm: Algorithm,
    draw: Draw,
    arrays: Any,
    seeds: list[int],
    updates: int,
    every: int,
    states: Any = None,
) -> Iterator[Progress]:
    """Learn for `updates` updates, and say where it stands before the first and after each `every`.

    `arrays` may be a function of the update at which a stretch begins, such as a `data.stream.Stream`.
    `states` continues an earlier fit; the result is the same as if it had never stopped.
    """
    arrays_at = arrays if callable(arrays) else lambda update: arrays
    if states is None:
        states = start(algorithm, seeds)
    keys, done = keys_of(seeds)[1], int(states.step[0, 0])
    yield Progress(done, states, {})
    compiled = {}
    while done < updates:
        length = min(every - done % every, updates - done)
        run = compiled.setdefault(length, chunk(algorithm, draw, length))
        states, metrics, sound = run(arrays_at(done), keys, jax.tree.map(jnp.copy, states))
        check(sound, seeds, done)
        done += length
        yield Progress(done, states, metrics)
