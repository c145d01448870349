"""Zeroth-order searches over a critic, for the actions that OMAR pulls its actors towards.

A search first draws its noise for the whole batch (`draw`). Then it is a deterministic function:
`improve(values, draws, proposal)` returns the best of the last candidates and the proposal, so its result is
never worse than the proposal under `values`.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from omarl.actions import Find, Values, best
from omarl.batch import PRNGKey, Real
from omarl.nets.kernels.broadcast import slice_mean, slice_sum
from omarl.nets.kernels.noise import normal, uniform

Gaussian = tuple[Array, Array]
"""Mean and standard deviation of the candidates, `[batch, act]` each."""


class Search(NamedTuple):
    """A way to find a good action in the box [-1, 1]^d with `budget` candidates."""

    budget: int
    draw: Callable[[PRNGKey, tuple[int, ...]], Array]
    improve: Callable[[Values, Array, Array], Array]


def finder(search: Search) -> Find:
    """The search as one function, which draws the noise and improves the proposal."""

    def find(values: Values, proposal: Array, legal: Array, key: PRNGKey) -> Array:
        return search.improve(values, search.draw(key, proposal.shape), proposal)

    return find


def with_proposal(values: Values, candidates: Array, proposal: Array) -> Array:
    """The best of the candidates and the proposal."""
    candidates = jnp.concatenate([proposal[None], candidates])
    return best(candidates, values(candidates))


def refining(
    iterations: int,
    samples: int,
    refit: Callable[[Array, Array], Gaussian],
    mean: Real,
    std: Real,
) -> Search:
    """A search that draws candidates from a Gaussian, clips them to the box, and refits the Gaussian."""

    def draw(key: PRNGKey, shape: tuple[int, ...]) -> Array:
        return normal(key, (iterations, samples, *shape))

    def candidates(gaussian: Gaussian, noise: Array) -> Array:
        centre, spread = gaussian
        return jnp.clip(centre[None] + spread[None] * noise, -1.0, 1.0)

    def improve(values: Values, draws: Array, proposal: Array) -> Array:
        def refine(gaussian: Gaussian, noise: Array) -> tuple[Gaussian, None]:
            tried = candidates(gaussian, noise)
            return refit(tried, values(tried)), None

        gaussian = jnp.full_like(proposal, mean), jnp.full_like(proposal, std)
        # This is a loop because in unrolled rounds XLA computes the noise again for everything that uses it.
        gaussian, _ = jax.lax.scan(refine, gaussian, draws[:-1])
        return with_proposal(values, candidates(gaussian, draws[-1]), proposal)

    return Search(iterations * samples, draw, improve)


def soft(iterations: int, samples: int, mean: Real, std: Real, temperature: Real = 1.0) -> Search:
    """The paper's search (Eq. 3): candidates are drawn around their softmax-weighted mean."""

    def refit(candidates: Array, values: Array) -> Gaussian:
        weight = jax.nn.softmax(values / temperature, axis=0)[..., None]
        centre = slice_sum(weight * candidates)
        return centre, jnp.sqrt(slice_mean((candidates - centre[None]) ** 2))

    return refining(iterations, samples, refit, mean, std)


def cem(iterations: int, samples: int, elites: int, mean: Real, std: Real) -> Search:
    """The cross-entropy method, which draws candidates around the elites' mean (Rubinstein & Kroese 2013)."""

    def refit(candidates: Array, values: Array) -> Gaussian:
        _, rank = jax.lax.top_k(jnp.moveaxis(values, 0, -1), elites)
        elite = jnp.take_along_axis(candidates, jnp.moveaxis(rank, -1, 0)[..., None], 0)
        centre = slice_mean(elite)
        return centre, jnp.sqrt(slice_mean((elite - centre[None]) ** 2))

    return refining(iterations, samples, refit, mean, std)


def random_shooting(samples: int) -> Search:
    """The best of uniform candidates (the paper's OMAR (random), Table 4)."""

    def draw(key: PRNGKey, shape: tuple[int, ...]) -> Array:
        return 2.0 * uniform(key, (samples, *shape)) - 1.0

    return Search(samples, draw, with_proposal)
