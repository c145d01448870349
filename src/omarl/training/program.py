"""A function that is compiled apart from its first call, so that the time of compiling is known."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

import jax

COMPILING = threading.Lock()
"""Held while a program is compiled, so that the seconds of two programs never overlap."""


class Program:
    """A compiled function of arrays, made anew for arguments of other shapes.

    `compiling` counts the seconds that were spent on tracing and compiling.
    """

    def __init__(self, function: Callable[..., Any], donate: tuple[int, ...] = ()) -> None:
        """`donate` are the places of the arguments whose memory the result takes over."""
        self.compiling = 0.0
        self._function = jax.jit(function, donate_argnums=donate)
        self._made: dict[Hashable, Any] = {}

    def __call__(self, *arguments: Any) -> Any:
        """The function's result, when all of it is there."""
        shapes = tuple(map(_shape, jax.tree.leaves(arguments)))
        if shapes not in self._made:
            with COMPILING:
                begin = time.perf_counter()
                self._made[shapes] = self._function.lower(*arguments).compile()
                self.compiling += time.perf_counter() - begin
        return jax.block_until_ready(self._made[shapes](*arguments))


def _shape(leaf: Any) -> Hashable:
    return leaf.shape, leaf.dtype, getattr(leaf, "weak_type", False)
