"""The two losses that make a learner of `actor_critic`: what each is given, and what it returns.

Everything here belongs to one agent; the update is mapped over the agents' axis.
"""

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Array, Bool, Float

from omarl.actions import Candidates
from omarl.algos.losses import Scalar
from omarl.batch import Batch, PRNGKey, Real


class ContextAction(NamedTuple):
    """An agent's own action, and everything else that its critic sees."""

    context: Float[Array, "batch context"]
    own: Float[Array, "batch act"]


class Sample(NamedTuple):
    """One agent's columns of a batch, and the three pairs that its critics value.

    `now` is the recorded action. `policy` is the next action that the target policies would take, `data` the
    next action that was recorded.
    """

    batch: Batch
    now: ContextAction
    policy: ContextAction
    data: ContextAction


class CriticInputs(NamedTuple):
    """What a critic loss is given.

    `next_value(pair)` returns the values of the target critic's heads, `[head, batch]`. `greedy(obs, legal)`
    returns the actions that the agent's current policy takes at observations `[batch, obs]`.
    """

    sample: Sample
    next_value: Callable[[ContextAction], Array]
    greedy: Callable[[Array, Array], Array]
    key: PRNGKey


class CriticTargets(NamedTuple):
    """What a critic loss returns: the data from which every head's loss is computed.

    A head's loss is its squared distance from `target`, averaged over the rows where the target is `known`.
    Where there are `candidates`, `gap_weight` times the conservative gap is added: the mean soft maximum of Q
    over the candidates less the mean of Q at the recorded actions.
    """

    target: Float[Array, "batch"]
    known: Bool[Array, "batch"]
    candidates: Candidates | None = None
    gap_weight: Real = 0.0


class ActorInputs(NamedTuple):
    """What an actor loss is given.

    `value(own)` is the first head's value of the agent's own actions, while the other agents act as in the
    batch; it takes a `precision` as `actors_critics.value` does. `head` is the actor's output. `worth` are
    the values of the policy's actions, through which gradients flow, `greedy` the action that it would take.
    """

    value: Callable[..., Array]
    head: Float[Array, "batch act"]
    worth: Float[Array, "batch"]
    greedy: Float[Array, "batch act"]
    batch: Batch
    key: PRNGKey


Terms = tuple[Scalar, dict[str, Scalar]]
"""A loss, and metrics by name."""
CriticLoss = Callable[[CriticInputs], CriticTargets]
ActorLoss = Callable[[ActorInputs], Terms]
