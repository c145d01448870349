"""What every compiled function may use: keys, numbers of a configuration, and batches of transitions."""

from typing import NamedTuple

from jaxtyping import Array, Bool, Float, Key

PRNGKey = Key[Array, ""]
Real = float | Float[Array, ""]
"""A number of a configuration; an array where runs that differ in it are one program."""


class Batch(NamedTuple):
    """Transitions drawn from a dataset or a replay buffer, all agents side by side.

    `legal` marks the entries of an action vector that may be used: the padding of ragged teams is never
    legal, and a discrete task may forbid choices for the moment. `has_next_action` is false where the data
    ends before the next action was taken, so that `next_action` means nothing there.
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
