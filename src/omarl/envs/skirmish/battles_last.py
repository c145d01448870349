"""Functions whose arrays have the battles on the last axis, called by code that maps over the first one."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def battles_last(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function for one battle, of arrays without that axis; `jax.vmap` of it is `function` itself.

    `function` takes and returns trees of arrays whose last axis are the battles. Mapped over episodes, all of
    them are computed in one call with the episodes innermost, where XLA can use the processor's vectors.
    """

    @jax.custom_batching.custom_vmap
    def of_one(*arguments: Any) -> Any:
        found = function(*jax.tree.map(lambda x: jnp.asarray(x)[..., None], arguments))
        return jax.tree.map(lambda x: x[..., 0], found)

    @of_one.def_vmap
    def of_many(count: int, mapped: Any, *arguments: Any) -> tuple[Any, Any]:
        def last(x: Any, along: bool) -> Any:
            if along:
                return jnp.moveaxis(x, 0, -1)
            return jnp.broadcast_to(jnp.asarray(x)[..., None], (*jnp.shape(x), count))

        found = function(*jax.tree.map(last, arguments, tuple(mapped)))
        return jax.tree.map(lambda x: jnp.moveaxis(x, -1, 0), found), jax.tree.map(lambda _: True, found)

    return of_one
