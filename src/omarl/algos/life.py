"""Learning from the rows in which an agent is there, and from no others.

An agent's sample of a batch is filled up with its own rows, each as often as the others or once more. So no
loss, statistic or metric has to know that there were other rows. Which rows a batch has is drawn at random,
so what is repeated is random too.
"""

from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from omarl.batch import Batch

_Tree = TypeVar("_Tree")


def own_rows(tree: _Tree, alive: Bool[Array, "batch"] | None) -> _Tree:
    """A tree of arrays `[batch, ...]` of one agent with its own rows in the place of those without it."""
    if alive is None:
        return tree
    own = jnp.argsort(~alive, stable=True)
    chosen = own[jnp.arange(len(alive)) % jnp.maximum(jnp.sum(alive), 1)]
    return jax.tree.map(lambda field: field[chosen], tree)


def if_there(alive: Bool[Array, "batch"] | None, old: Any, updated: tuple[Any, dict]) -> tuple[Any, dict]:
    """One agent's state and metrics after an update, if the batch has any row of it.

    Otherwise it keeps its `old` state, only the number of the step counts on, and its metrics are zero.
    """
    if alive is None:
        return updated
    state, metrics = updated
    waiting = old._replace(step=state.step), jax.tree.map(jnp.zeros_like, metrics)
    return jax.tree.map(lambda new, kept: jnp.where(jnp.any(alive), new, kept), updated, waiting)


def known_ends(batch: Batch) -> Bool[Array, "batch"]:
    """Where one agent's value of the next step is known: it ended there, or it is there at the next step."""
    if batch.next_alive is None:
        return jnp.ones_like(batch.terminal)
    return batch.terminal | batch.next_alive
