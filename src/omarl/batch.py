"""Types that every compiled function may use: keys, numbers of a configuration, batches of transitions."""

from typing import NamedTuple

from jaxtyping import Array, Bool, Float, Key

PRNGKey = Key[Array, ""]
Real = float | Float[Array, ""]
"""A number of a configuration; it is an array where runs that differ in it share one program."""


class Batch(NamedTuple):
    """Transitions drawn from a dataset or a replay buffer, all agents side by side.

    `legal` marks the entries of an action vector that may be used now: the padding of ragged teams is never
    legal, and a discrete task may forbid some choices. `has_next_action` is false where the recording ends
    before the next action; there `next_action` has no meaning.

    `alive` says which agents are there, `next_alive` which are there at the next observation; both are None
    if everybody always is. Where an agent is not there its numbers are zero and do not count. Where it is,
    `terminal` is its own end. If it is not there at the next observation without having ended, it has left,
    and what it would see next is unknown.
    """

    obs: Float[Array, "batch agent obs"]
    action: Float[Array, "batch agent act"]
    reward: Float[Array, "batch agent"]
    next_obs: Float[Array, "batch agent obs"]
    next_action: Float[Array, "batch agent act"]
    terminal: Bool[Array, "batch agent"]
    has_next_action: Bool[Array, "batch agent"]
    legal: Bool[Array, "batch agent act"]
    next_legal: Bool[Array, "batch agent act"]
    alive: Bool[Array, "batch agent"] | None = None
    next_alive: Bool[Array, "batch agent"] | None = None
