"""Learning from a dataset: one compiled scan of updates between two evaluations, members side by side.

The members of a fit differ in their seed, and by `values`, arrays with the members on the leading axis, in
numbers of their configuration or in the rows that they draw from (see `experiments.together`). Whatever
shapes the compiled program is the same for all.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from omarl.algos import Algorithm
from omarl.batch import Batch, PRNGKey
from omarl.errors import TrainingError
from omarl.nets.kernels.blocks import each

Draw = Callable[[Any, PRNGKey], Batch]  # (arrays, key) -> batch


class Learner(NamedTuple):
    """An algorithm and where its batches come from."""

    algorithm: Algorithm
    draw: Draw


LearnerOf = Callable[[Any], Learner]
"""The learner of a member, from its part of `values`."""


class Progress(NamedTuple):
    """Where a fit stands: updates done, each member's state, and the metrics' means since the last progress.

    Metrics are `[member, agent]`; there are none before the first update.
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


def chunk(learner: LearnerOf, length: int) -> Callable:
    """`length` updates of every member as one compiled function of (arrays, values, keys, states).

    It returns the states, the mean metrics, and for every update which agents were still finite.
    """

    def one(arrays: Any, values: Any, key: PRNGKey, state: Any) -> tuple[Any, dict[str, Array], Array]:
        algorithm, draw = learner(values)

        def body(state: Any, _: None) -> tuple[Any, tuple]:
            state, metrics = update_once(algorithm, draw, arrays, key, state)
            return state, (metrics, finite(metrics, state))

        state, (metrics, sound) = jax.lax.scan(body, state, length=length)
        return state, jax.tree.map(lambda x: jnp.mean(x, 0), metrics), sound

    return jax.jit(
        lambda arrays, values, keys, states: each(partial(one, arrays))(values, keys, states),
        donate_argnums=3,
    )


def keys_of(seeds: Sequence[int]) -> tuple[Any, Any]:
    """Each seed's key for the initial parameters, and its key for the updates."""
    keys = jax.vmap(lambda seed: jax.random.split(jax.random.key(seed)))(jnp.asarray(seeds, jnp.uint32))
    return keys[:, 0], keys[:, 1]


def start(learner: LearnerOf, values: Any, seeds: Sequence[int]) -> Any:
    """Every member's initial state, stacked."""
    return jax.jit(jax.vmap(lambda values, key: learner(values).algorithm.init(key)))(
        values, keys_of(seeds)[0]
    )


def shapes(algorithm: Algorithm, members: int) -> Any:
    """What the states of so many members look like."""
    return jax.eval_shape(lambda: jax.vmap(algorithm.init)(keys_of(range(members))[0]))


class Fault(NamedTuple):
    """A loss or parameter that turned non-finite: at which update, of which agent, with which seed."""

    update: int
    agent: int
    seed: int

    def __str__(self) -> str:
        """What happened and what to do."""
        return (
            f"a loss or parameter of agent {self.agent} turned non-finite at update {self.update} "
            f"(seed {self.seed}): lower the learning rate or the reward scale, or choose a normalisation"
        )


def faults(sound: Bool[Array, "member update agent"], seeds: Sequence[int], first: int) -> dict[int, Fault]:
    """The first fault of each member that has one, after the first `first` updates."""
    found: dict[int, Fault] = {}
    for member, update, agent in np.argwhere(~np.asarray(sound)).tolist():
        found.setdefault(member, Fault(first + update + 1, agent, seeds[member]))
    return found


def stretches(
    learner: LearnerOf,
    values: Any,
    arrays: Any,
    seeds: Sequence[int],
    updates: int,
    every: int,
    states: Any = None,
) -> Iterator[tuple[Progress, dict[int, Fault]]]:
    """Like `fit` with a learner for each member, whose numbers are its part of `values`; never raises.

    Beside each progress are the faults since the last one, by member; the others go on.
    """
    arrays_at = arrays if callable(arrays) else lambda update: arrays
    if states is None:
        states = start(learner, values, seeds)
    keys, done = keys_of(seeds)[1], int(states.step[0, 0])
    yield Progress(done, states, {}), {}
    compiled = {}
    while done < updates:
        length = min(every - done % every, updates - done)
        run = compiled.setdefault(length, chunk(learner, length))
        states, metrics, sound = run(arrays_at(done), values, keys, jax.tree.map(jnp.copy, states))
        wrong = faults(sound, seeds, done)
        done += length
        yield Progress(done, states, metrics), wrong


def fit(
    algorithm: Algorithm,
    draw: Draw,
    arrays: Any,
    seeds: Sequence[int],
    updates: int,
    every: int,
    states: Any = None,
) -> Iterator[Progress]:
    """Learn for `updates` updates, and say where it stands before the first and after each `every`.

    `arrays` may be a function of the update at which a stretch begins, such as a `data.stream.Stream`.
    `states` continues an earlier fit; the result is the same as if it had never stopped. Raises a
    `TrainingError` that names the first update, seed and agent that turned non-finite.
    """
    learner = Learner(algorithm, draw)
    for progress, wrong in stretches(lambda _: learner, (), arrays, seeds, updates, every, states):
        if wrong:
            raise TrainingError(str(min(wrong.values())))
        yield progress
