"""Kernels compiled from C++ (`native/`), where they were built and the processor can use them.

They compute most of a conservative learner's update: the mean soft maximum of a critic's head over many
actions together with its gradient, and the values of many actions. XLA's CPU backend calls them through its
foreign function interface. Everything has a form in JAX, which is used where there are no kernels, and with
which tests compare them.
"""

import ctypes
import os
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from omarl.errors import RequestError, choose
from omarl.nets.kernels.blocks import single_threaded, usable_cores
from omarl.versions import KERNELS, installed

LIBRARY = Path(__file__).with_name("native") / "kernels.so"
SETS = ("avx2", "avx512", "amx")
"""The sets of instructions for which kernels are built, each faster than the one before."""
VARIABLE = "OMARL_KERNELS"
"""The environment variable that chooses a set, or `none`; without it the fastest one is used."""
LANES = 16
"""The widths of hidden layers must be multiples of this."""


ToCome = jax.ShapeDtypeStruct
"""What an array is like that a kernel returns."""


class Head(NamedTuple):
    """A critic's head with two hidden layers, from the first layer's product with the agent's own action on.

    The leaves stand in the order in which the kernels read them. `norms` are the scale and offset of each
    hidden layer's normalisation, or empty.
    """

    own: Float[Array, "act first"]
    hidden: tuple[Float[Array, "first second"], Float[Array, "second"]]
    last: tuple[Float[Array, "second 1"], Float[Array, "1"]]
    norms: tuple[tuple[Float[Array, "width"], Float[Array, "width"]], ...]


class How(NamedTuple):
    """The set of instructions by its number, how many parts threads share, and what sizes do not tell."""

    set: int
    parts: int
    second: int
    normalised: bool


@cache
def library() -> ctypes.CDLL | None:
    """The library, its functions known to XLA; None if it cannot be loaded or is for a later jaxlib.

    An XLA does not start with functions that were compiled for a later one.
    """
    try:
        found = ctypes.CDLL(str(LIBRARY))
    except OSError:
        return None
    found.omarl_built_for.restype = ctypes.c_char_p
    if release(found.omarl_built_for().decode()) > release(installed(["jaxlib"])["jaxlib"]):
        return None
    for name in ("values", "soft_maximum", "squared_error", "transposed_product", "noise"):
        handler = jax.ffi.pycapsule(getattr(found, f"omarl_{name}"))
        jax.ffi.register_ffi_target(f"omarl_{name}", handler, platform="cpu")
    return found


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, by which versions are ordered."""
    return tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())


@cache
def usable() -> tuple[str, ...]:
    """The sets of instructions that are built and that this processor has."""
    found = library()
    return SETS[: found.omarl_usable_sets()] if found else ()


def instructions() -> str:
    """The set in use on a CPU, or `none`; `RequestError` if `OMARL_KERNELS` names one that is not usable."""
    named = os.environ.get(VARIABLE, "")
    if named == "none":
        return named
    if not named:
        return usable()[-1] if usable() else "none"
    choose(VARIABLE, named, dict.fromkeys((*SETS, "none")))
    if named not in usable():
        raise RequestError(f"{VARIABLE}={named}: here only {', '.join((*usable(), 'none'))} can be used")
    return named


def version() -> dict[str, str]:
    """The set in use on this device, as records say it beside versions: other kernels round otherwise."""
    return {KERNELS: instructions() if jax.default_backend() == "cpu" else "none"}


def kernels_here() -> str:
    """Which set is in use, how the kernels were compiled, or why they were not."""
    log = LIBRARY.with_suffix(".log")
    built = log.read_text().strip() if log.exists() else "not compiled, JAX does their work"
    if LIBRARY.exists() and not library():
        return f"none; {built}, here is {installed(['jaxlib'])['jaxlib']}: install omarl again"
    return f"{instructions()}; {built}"


def in_use() -> bool:
    """Whether kernels compute anything here."""
    return version()[KERNELS] != "none"


def set_in_use() -> int:
    """The number of the set in use, as the library counts them."""
    return SETS.index(instructions())


def parts() -> int:
    """Into how many parts a computation is divided: one for each thread."""
    return 1 if single_threaded() else usable_cores()


def takes(widths: tuple[int, ...]) -> bool:
    """Whether kernels compute a head with hidden layers of these widths."""
    return len(widths) == 2 and all(width % LANES == 0 for width in widths) and in_use()


def how(head: Head) -> How:
    """How the kernels compute a head here."""
    return How(set_in_use(), parts(), len(head.hidden[1]), bool(head.norms))


def call(name: str, results: ToCome | tuple[ToCome, ...], how: How, *arguments: Array) -> Any:
    """The results of a kernel, of the shapes of `results`."""
    numbers = {"set": np.int64(how.set), "parts": np.int64(how.parts), "second": np.int64(how.second)}
    function = jax.ffi.ffi_call(f"omarl_{name}", results, vmap_method="sequential")
    return function(*arguments, **numbers, normalised=how.normalised)


def like(*shape: int) -> ToCome:
    """An array of float32 to come."""
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def values_by_kernel(
    head: Head, shared: Float[Array, "batch first"], own: Float[Array, "samples batch act"]
) -> Float[Array, "samples batch"]:
    """The head's value of every own action. No gradient passes."""
    inputs = jax.lax.stop_gradient((shared, own, ravel_pytree(head)[0]))
    return call("values", like(*own.shape[:2]), how(head), *inputs)


def mean_soft_maximum_by_kernel(
    head: Head,
    shared: Float[Array, "batch first"],
    own: Float[Array, "samples batch act"],
    beside: Float[Array, "samples batch"],
) -> Float[Array, ""]:
    """The mean over the batch of `logsumexp(values - beside)`; only `head` and `shared` get a gradient."""
    fixed = jax.lax.stop_gradient((own, beside))
    return _mean_soft_maximum(how(head), shared, ravel_pytree(head)[0], *fixed)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _mean_soft_maximum(how: How, shared: Array, parameters: Array, own: Array, beside: Array) -> Array:
    return _forward(how, shared, parameters, own, beside)[0]


def _forward(
    how: How, shared: Array, parameters: Array, own: Array, beside: Array
) -> tuple[Array, list[Array]]:
    results = like(), like(*shared.shape), like(*parameters.shape)
    mean, *gradients = call("soft_maximum", results, how, shared, own, beside, parameters)
    return mean, gradients


def _backward(how: How, gradients: list[Array], cotangent: Array) -> tuple[Array | None, ...]:
    return *(cotangent * gradient for gradient in gradients), None, None


_mean_soft_maximum.defvjp(_forward, _backward)


def squared_error_by_kernel(
    head: Head,
    shared: Float[Array, "batch first"],
    own: Float[Array, "1 batch act"],
    target: Float[Array, "batch"],
    weight: Float[Array, "batch"],
    pull: Float[Array, ""],
) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
    """The sum of `weight * (values - target)**2` plus `pull` times the mean value, and each of the two alone.

    Only `head` and `shared` get a gradient, and only that of the first number.
    """
    fixed = jax.lax.stop_gradient((own, target, weight, pull))
    return _squared_error(how(head), shared, ravel_pytree(head)[0], *fixed)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _squared_error(how: How, shared: Array, parameters: Array, *fixed: Array) -> tuple[Array, Array, Array]:
    return _error_forward(how, shared, parameters, *fixed)[0]


def _error_forward(
    how: How, shared: Array, parameters: Array, *fixed: Array
) -> tuple[tuple[Array, Array, Array], list[Array]]:
    results = like(), like(), like(*shared.shape), like(*parameters.shape)
    error, mean, *gradients = call("squared_error", results, how, shared, *fixed, parameters)
    return (error + fixed[-1] * mean, error, mean), gradients


def _error_backward(
    how: How, gradients: list[Array], cotangents: tuple[Array, Array, Array]
) -> tuple[Array | None, ...]:
    return *(cotangents[0] * gradient for gradient in gradients), None, None, None, None


_squared_error.defvjp(_error_forward, _error_backward)


@jax.custom_vjp
def product_by_kernel(x: Float[Array, "rows fan_in"], weight: Float[Array, "fan_in fan_out"]) -> Array:
    """`x @ weight`, whose gradient for the weight is a kernel where its shape allows.

    XLA is three times slower at a product over the rows than at one along them.
    """
    return x @ weight


def _product_forward(x: Array, weight: Array) -> tuple[Array, tuple[Array, Array]]:
    return x @ weight, (x, weight)


def _product_backward(kept: tuple[Array, Array], g: Array) -> tuple[Array, Array]:
    x, weight = kept
    return g @ weight.T, transposed_product(x, g)


product_by_kernel.defvjp(_product_forward, _product_backward)


def transposed_product(x: Float[Array, "rows m"], g: Float[Array, "rows n"]) -> Float[Array, "m n"]:
    """`x.T @ g`."""
    if not in_use() or x.dtype != jnp.float32:
        return x.T @ g
    if g.shape[1] % LANES:
        return x.T @ g if x.shape[1] % LANES else transposed_product(g, x).T
    call = jax.ffi.ffi_call(
        "omarl_transposed_product", like(x.shape[1], g.shape[1]), vmap_method="sequential"
    )
    return call(x, g, set=np.int64(set_in_use()))
