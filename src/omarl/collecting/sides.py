"""One learner made of several: members of a team who learn against each other, each side in its own way."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from omarl.algos import Algorithm
from omarl.algos.base import Metrics
from omarl.batch import Batch, PRNGKey
from omarl.types import TeamSpec


class Side(NamedTuple):
    """Some members of a team, who learn by one algorithm."""

    members: slice
    team: TeamSpec
    algorithm: Algorithm


class Sides(NamedTuple):
    """The states of all sides."""

    states: tuple[Any, ...]

    @property
    def actor(self) -> tuple[Any, ...]:
        """Each side's policy."""
        return tuple(state.actor for state in self.states)

    @property
    def step(self) -> Array:
        """Number of updates, for each member of the first side."""
        return self.states[0].step


def share(batch: Batch, side: Side) -> Batch:
    """One side's columns of a batch, its observations without the padding that others need."""
    own = jax.tree.map(lambda x: x[:, side.members], batch)
    seen = side.team.observation_size
    return own._replace(obs=own.obs[..., :seen], next_obs=own.next_obs[..., :seen])


def opposed(sides: tuple[Side, ...]) -> Algorithm:
    """A learner for a whole team whose sides, in order and of one action size, learn on their own."""

    def init(key: PRNGKey) -> Sides:
        keys = jax.random.split(key, len(sides))
        return Sides(tuple(side.algorithm.init(k) for side, k in zip(sides, keys, strict=True)))

    def update(state: Sides, batch: Batch, key: PRNGKey) -> tuple[Sides, Metrics]:
        keys = jax.random.split(key, len(sides))
        stepped = [
            side.algorithm.update(own, share(batch, side), k)
            for side, own, k in zip(sides, state.states, keys, strict=True)
        ]
        states, metrics = zip(*stepped, strict=True)
        return Sides(states), {name: jnp.concatenate([each[name] for each in metrics]) for name in metrics[0]}

    def views(obs: Array, legal: Array) -> list[tuple[Array, Array]]:
        return [(obs[:, s.members, : s.team.observation_size], legal[:, s.members]) for s in sides]

    def act(actor: tuple[Any, ...], obs: Array, legal: Array) -> Array:
        each = zip(sides, actor, views(obs, legal), strict=True)
        return jnp.concatenate([side.algorithm.act(own, *view) for side, own, view in each], axis=1)

    def explore(actor: tuple[Any, ...], obs: Array, legal: Array, key: PRNGKey) -> Array:
        each = zip(sides, actor, views(obs, legal), jax.random.split(key, len(sides)), strict=True)
        return jnp.concatenate([side.algorithm.explore(own, *view, k) for side, own, view, k in each], axis=1)

    return Algorithm(init, update, act, explore)
