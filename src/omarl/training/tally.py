"""What the updates since the last evaluation measured, summed up inside compiled code.

Sums are taken update by update, so that their bits do not depend on how a stretch is cut into pieces.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.algos import Algorithm
from omarl.algos.base import Metrics
from omarl.batch import Batch


class Tally(NamedTuple):
    """Sums of every metric over so many updates, and where something turned non-finite.

    `fault` is the number of the first update after which one of the agent's metrics or parameters was NaN or
    infinite; 0 where all were finite.
    """

    sums: dict[str, Float[Array, "*member agent"]]
    updates: Int[Array, "*member"]
    fault: Int[Array, "*member agent"]

    @property
    def means(self) -> dict[str, Float[np.ndarray, "*member agent"]]:
        """The mean of every metric; none where nothing was updated."""
        updates = np.asarray(self.updates)[..., None]
        return {name: np.asarray(total) / updates for name, total in self.sums.items() if updates.all()}


def blank_tally(algorithm: Algorithm, batch: Batch) -> Tally:
    """The tally of no updates; `batch` is one of the learner's batches, or its shapes."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    state = jax.eval_shape(algorithm.init, key)
    _, metrics = jax.eval_shape(algorithm.update, state, batch, key)
    agents = batch.reward.shape[1]
    sums = {name: jnp.zeros(each.shape, each.dtype) for name, each in metrics.items()}
    return Tally(sums, jnp.zeros((), jnp.int32), jnp.zeros(agents, jnp.int32))


def counted(tally: Tally, metrics: Metrics, state: Any) -> Tally:
    """The tally with one more update, which gave these metrics and led to this state."""
    new_fault = ~finite(metrics, state) & (tally.fault == 0)
    return Tally(
        sums={name: tally.sums[name] + metrics[name] for name in tally.sums},
        updates=tally.updates + 1,
        fault=jnp.where(new_fault, state.step[0], tally.fault),
    )


def finite(metrics: Metrics, state: Any) -> Bool[Array, "agent"]:
    """Which agents' metrics and actors are free of NaN and infinities."""
    agents = len(next(iter(metrics.values())))

    def sound(leaf: Array) -> Bool[Array, "agent"]:
        rows = jnp.isfinite(leaf).reshape(len(leaf), -1).all(-1)
        return rows if len(leaf) == agents else jnp.broadcast_to(rows.all(), (agents,))

    return jnp.stack([sound(leaf) for leaf in (*metrics.values(), *jax.tree.leaves(state.actor))]).all(0)


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


def faults(tally: Tally, seeds: Sequence[int]) -> dict[int, Fault]:
    """The first fault of each member that has one, by the member's place; `seeds` are the members'."""
    found: dict[int, Fault] = {}
    for member, agent in np.argwhere(np.asarray(tally.fault)).tolist():
        fault = Fault(int(tally.fault[member, agent]), agent, seeds[member])
        found[member] = min(fault, found.get(member, fault))
    return found
