"""Learning from recordings: any number of updates in one compiled function, members side by side.

Members differ in their seed, and by `values`, arrays with the members on the leading axis, in numbers of
their configuration or in the rows that they draw from. What shapes the compiled program is the same for all.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from omarl.algos import Algorithm
from omarl.batch import Batch, PRNGKey
from omarl.nets.kernels.blocks import each
from omarl.training.tally import Tally, blank_tally, counted

Draw = Callable[[Any, PRNGKey], Batch]  # (arrays, key) -> batch


class Learner(NamedTuple):
    """An algorithm and where its batches come from."""

    algorithm: Algorithm
    draw: Draw


LearnerOf = Callable[[Any], Learner]
"""The learner of a member, from its part of `values`."""


def update_once(algorithm: Algorithm, draw: Draw, arrays: Any, key: PRNGKey, state: Any) -> tuple[Any, Any]:
    """One update; its randomness depends on the run's key and the step, not on how steps are grouped."""
    draw_key, update_key = jax.random.split(jax.random.fold_in(key, state.step[0]))
    return algorithm.update(state, draw(arrays, draw_key), update_key)


def updates(learner: LearnerOf) -> Callable[..., tuple[Any, Tally]]:
    """A function of (arrays, count, values, keys, states, tallies) that makes `count` updates of each member.

    It returns the states and tallies afterwards. The number of updates does not shape the program.
    """

    def of_member(
        arrays: Any, count: Int[Array, ""], values: Any, key: PRNGKey, state: Any, tally: Tally
    ) -> tuple[Any, Tally]:
        algorithm, draw = learner(values)

        def body(_: Array, carry: tuple[Any, Tally]) -> tuple[Any, Tally]:
            state, metrics = update_once(algorithm, draw, arrays, key, carry[0])
            return state, counted(carry[1], metrics, state)

        return jax.lax.fori_loop(0, count, body, (state, tally))

    def of_all(arrays: Any, count: Array, values: Any, keys: Array, states: Any, tallies: Tally) -> tuple:
        return each(partial(of_member, arrays, count))(values, keys, states, tallies)

    return of_all


def keys_of(seeds: Sequence[int]) -> tuple[Any, Any]:
    """Each seed's key for the initial parameters, and its key for the updates."""
    keys = jax.vmap(lambda seed: jax.random.split(jax.random.key(seed)))(jnp.asarray(seeds, jnp.uint32))
    return keys[:, 0], keys[:, 1]


def initial_states(learner: LearnerOf, values: Any, seeds: Sequence[int]) -> Any:
    """Every member's initial state, stacked."""
    return jax.jit(jax.vmap(lambda values, key: learner(values).algorithm.init(key)))(
        values, keys_of(seeds)[0]
    )


def state_shapes(algorithm: Algorithm, members: int) -> Any:
    """What the states of so many members look like."""
    return jax.eval_shape(lambda: jax.vmap(algorithm.init)(keys_of(range(members))[0]))


def initial_tallies(learner: LearnerOf, values: Any, arrays: Any, members: int) -> Tally:
    """Every member's tally before the first update, stacked."""
    algorithm, draw = learner(jax.tree.map(lambda x: x[0], values))
    batch = jax.eval_shape(draw, arrays, jax.eval_shape(lambda: jax.random.key(0)))
    return jax.tree.map(lambda x: jnp.stack([x] * members), blank_tally(algorithm, batch))
