"""Action sets: continuous and discrete actions as values with the same few operations.

A network's last layer returns one number per entry of an action vector, the `head`. The action set turns it
into an action, adds exploration, draws candidates and searches among them, and measures how far a head is
from an action. `legal` marks the entries that exist and may be used now (see `Batch.legal`). Random keys are
arguments, so everything here is a deterministic function.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from omarl.batch import PRNGKey, Real
from omarl.errors import RequestError
from omarl.nets.kernels.noise import normal, uniform
from omarl.types import TeamSpec

Actions = Float[Array, "*batch act"]
Legal = Bool[Array, "*batch act"]


Values = Callable[[Array], Array]
"""`values(candidates)` returns the values `[samples batch]` of candidates `[samples batch act]`."""
Find = Callable[[Values, Array, Array, PRNGKey], Array]
"""A search: `find(values, proposal, legal, key)` returns actions worth at least as much as the proposal."""


class Candidates(NamedTuple):
    """Actions to be scored at each observation, and the log density with which they were drawn.

    A candidate with an infinite log density does not count.
    """

    actions: Float[Array, "samples batch act"]
    log_density: Float[Array, "samples batch"]


def best(candidates: Float[Array, "samples batch act"], values: Float[Array, "samples batch"]) -> Actions:
    """The candidate with the highest value at each observation."""
    winner = jnp.argmax(values, 0)[None, ..., None]
    return jnp.take_along_axis(candidates, winner, 0)[0]


def gumbel(key: PRNGKey, shape: tuple[int, ...]) -> Float[Array, "..."]:
    """Standard Gumbel noise: the argmax of logits plus this noise is a sample of their softmax."""
    return -jnp.log(-jnp.log(jnp.maximum(uniform(key, shape), 1e-12)))


class ActionSet(ABC):
    """The operations that differ between continuous and discrete actions."""

    @abstractmethod
    def mode(self, head: Actions, legal: Legal) -> Actions:
        """The greedy action."""

    @abstractmethod
    def relaxed(self, head: Actions, legal: Legal, key: PRNGKey) -> Actions:
        """An action through which gradients flow to the head, for the actor's losses."""

    def worth(self, values: Values, head: Actions, legal: Legal, key: PRNGKey) -> Float[Array, "batch"]:
        """The values of the policy's actions, through which gradients flow to the head."""
        return values(self.relaxed(head, legal, key))

    @abstractmethod
    def explore(self, head: Actions, legal: Legal, key: PRNGKey, scale: Real) -> Actions:
        """A behaviour action around the policy's action; `scale` is the size of the deviation."""

    @abstractmethod
    def smooth(self, action: Actions, legal: Legal, key: PRNGKey, scale: Real, clip: Real) -> Actions:
        """A target action with clipped noise (Fujimoto et al. 2018, Eq. 15)."""

    @abstractmethod
    def candidates(self, key: PRNGKey, count: int, legal: Legal) -> Candidates:
        """`count` actions drawn uniformly from the legal ones, or every choice if there are no more."""

    @abstractmethod
    def around(self, action: Actions, legal: Legal, key: PRNGKey, count: int, scale: Real) -> Candidates:
        """`count` actions around each action, `scale` away from it; none where `candidates` cover all."""

    @abstractmethod
    def search(self, refine: Find, budget: int) -> Find:
        """The search for a good action in this set: by `refine`, or by scoring `budget` candidates."""

    @abstractmethod
    def imitation(self, head: Actions, action: Actions, legal: Legal) -> Float[Array, "*batch"]:
        """The distance of the head from an action: mean squared error, or cross-entropy in nats."""

    @abstractmethod
    def penalty(self, head: Actions, legal: Legal) -> Float[Array, "*batch"]:
        """Mean square of the action, or of the logits; penalised so that they stay small (official code)."""


def masked_mean(values: Actions, legal: Legal) -> Float[Array, "*batch"]:
    """Mean over the entries of each action vector that exist."""
    return jnp.sum(values * legal, -1) / jnp.sum(legal, -1)


@dataclass(frozen=True)
class Box(ActionSet):
    """Continuous actions in [-1, 1]^d: the head is squashed by tanh."""

    def mode(self, head: Actions, legal: Legal) -> Actions:
        """The squashed head."""
        return jnp.tanh(head) * legal

    def relaxed(self, head: Actions, legal: Legal, key: PRNGKey) -> Actions:
        """The mode, which is differentiable."""
        return self.mode(head, legal)

    def explore(self, head: Actions, legal: Legal, key: PRNGKey, scale: Real) -> Actions:
        """The mode with Gaussian noise of standard deviation `scale`, clipped to the box."""
        return jnp.clip(jnp.tanh(head) + scale * normal(key, head.shape), -1.0, 1.0) * legal

    def smooth(self, action: Actions, legal: Legal, key: PRNGKey, scale: Real, clip: Real) -> Actions:
        """The action with Gaussian noise of standard deviation `scale`, the noise clipped at `clip`."""
        noise = jnp.clip(scale * normal(key, action.shape), -clip, clip)
        return jnp.clip(action + noise, -1.0, 1.0) * legal

    def candidates(self, key: PRNGKey, count: int, legal: Legal) -> Candidates:
        """Uniform draws, of log density -log 2 per entry."""
        actions = 2.0 * uniform(key, (count, *legal.shape)) - 1.0
        log_density = -jnp.log(2.0) * jnp.sum(legal, -1)
        return Candidates(actions * legal[None], jnp.broadcast_to(log_density, (count, *legal.shape[:-1])))

    def around(self, action: Actions, legal: Legal, key: PRNGKey, count: int, scale: Real) -> Candidates:
        """Gaussian draws of standard deviation `scale`, clipped to the box; the density is that before it."""
        noise = normal(key, (count, *action.shape))
        log_density = -0.5 * noise**2 - jnp.log(scale) - 0.5 * math.log(2.0 * math.pi)
        actions = jnp.clip(action[None] + scale * noise, -1.0, 1.0)
        return Candidates(actions * legal[None], jnp.sum(log_density * legal[None], -1))

    def search(self, refine: Find, budget: int) -> Find:
        """The search by `refine`, in which entries that do not exist have no effect."""

        def find(values: Values, proposal: Array, legal: Array, key: PRNGKey) -> Array:
            return refine(lambda a: values(a * legal[None]), proposal, legal, key) * legal

        return find

    def imitation(self, head: Actions, action: Actions, legal: Legal) -> Float[Array, "*batch"]:
        """Mean squared error between the mode and the action."""
        return masked_mean((jnp.tanh(head) - action) ** 2, legal)

    def penalty(self, head: Actions, legal: Legal) -> Float[Array, "*batch"]:
        """Mean square of the action."""
        return masked_mean(jnp.tanh(head) ** 2, legal)


@dataclass(frozen=True)
class OneHot(ActionSet):
    """Discrete choices as one-hot vectors: the head is logits, sampled by Gumbel-softmax.

    The straight-through estimator (Jang et al. 2017) acts with the one-hot vector and differentiates the
    softmax. An illegal choice always has probability zero.
    """

    temperature: float = 1.0

    def logits(self, head: Actions, legal: Legal) -> Actions:
        """The head, with a very low logit for illegal choices."""
        return jnp.where(legal, head, -1e9)

    def mode(self, head: Actions, legal: Legal) -> Actions:
        """The most probable legal choice."""
        return jax.nn.one_hot(jnp.argmax(self.logits(head, legal), -1), head.shape[-1])

    def relaxed(self, head: Actions, legal: Legal, key: PRNGKey) -> Actions:
        """A straight-through Gumbel-softmax sample."""
        soft = jax.nn.softmax((self.logits(head, legal) + gumbel(key, head.shape)) / self.temperature)
        hard = jax.nn.one_hot(jnp.argmax(soft, -1), head.shape[-1])
        return soft + jax.lax.stop_gradient(hard - soft)

    def explore(self, head: Actions, legal: Legal, key: PRNGKey, scale: Real) -> Actions:
        """A uniformly random legal choice with probability `scale`, otherwise a sample of the policy."""
        choose, policy, other = jax.random.split(key, 3)
        random = self.uniform(other, 1, legal)[0]
        explore = uniform(choose, (*head.shape[:-1], 1)) < scale
        return jnp.where(explore, random, self.relaxed(head, legal, policy))

    def smooth(self, action: Actions, legal: Legal, key: PRNGKey, scale: Real, clip: Real) -> Actions:
        """The action itself, because there is nothing between two choices."""
        return action

    def candidates(self, key: PRNGKey, count: int, legal: Legal) -> Candidates:
        """Every choice if there are at most `count`, otherwise uniform draws from the legal ones."""
        choices = legal.shape[-1]
        if choices <= count:
            actions = jnp.broadcast_to(jnp.eye(choices)[:, None], (choices, *legal.shape))
            return Candidates(actions, jnp.where(jnp.moveaxis(legal, -1, 0), 0.0, jnp.inf))
        log_density = -jnp.log(jnp.sum(legal, -1).astype(jnp.float32))
        return Candidates(
            self.uniform(key, count, legal), jnp.broadcast_to(log_density, (count, *legal.shape[:-1]))
        )

    def uniform(self, key: PRNGKey, count: int, legal: Legal) -> Float[Array, "samples *batch act"]:
        """`count` choices at each observation, every legal one equally likely."""
        noise = jnp.where(legal[None], uniform(key, (count, *legal.shape)), -1.0)
        return jax.nn.one_hot(jnp.argmax(noise, -1), legal.shape[-1])

    def around(self, action: Actions, legal: Legal, key: PRNGKey, count: int, scale: Real) -> Candidates:
        """None: every choice, or a uniform draw of them, is scored already."""
        return Candidates(jnp.zeros((0, *action.shape)), jnp.zeros((0, *action.shape[:-1])))

    def search(self, refine: Find, budget: int) -> Find:
        """The search that scores all choices if there are at most `budget`, otherwise so many random ones."""

        def find(values: Values, proposal: Array, legal: Array, key: PRNGKey) -> Array:
            drawn = self.candidates(key, budget, legal)
            score = jnp.where(jnp.isinf(drawn.log_density), -jnp.inf, values(drawn.actions))
            score = jnp.concatenate([values(proposal[None]), score])
            return best(jnp.concatenate([proposal[None], drawn.actions]), score)

        return find

    def imitation(self, head: Actions, action: Actions, legal: Legal) -> Float[Array, "*batch"]:
        """Cross-entropy of the policy with the chosen action, in nats."""
        return -jnp.sum(jax.nn.log_softmax(self.logits(head, legal)) * action, -1)

    def penalty(self, head: Actions, legal: Legal) -> Float[Array, "*batch"]:
        """Mean square of the logits."""
        return masked_mean(head**2, legal)


@dataclass(frozen=True)
class Weighed(OneHot):
    """Discrete choices whose policy is worth the mean of the values of all choices, by its probabilities.

    So the gradient has no noise of sampling, for as many evaluations of Q as there are choices.
    """

    def worth(self, values: Values, head: Actions, legal: Legal, key: PRNGKey) -> Float[Array, "batch"]:
        """The expected value; the values themselves are constants for the gradient."""
        choices = head.shape[-1]
        every = jnp.broadcast_to(jnp.eye(choices)[:, None], (choices, *head.shape))
        found = jnp.moveaxis(jax.lax.stop_gradient(values(every)), 0, -1)
        return jnp.sum(jax.nn.softmax(self.logits(head, legal)) * jnp.where(legal, found, 0.0), -1)


Gradient = Literal["sampled", "weighed"]
ACTION_SETS: dict[tuple[str, Gradient], ActionSet] = {
    ("continuous", "sampled"): Box(),
    ("discrete", "sampled"): OneHot(),
    ("discrete", "weighed"): Weighed(),
}


def action_set(team: TeamSpec, gradient: Gradient = "sampled") -> ActionSet:
    """The action set of a team; `RequestError` if it does not know this way to the policy's gradient."""
    if (team.action_kind, gradient) not in ACTION_SETS:
        raise RequestError(f"policy_gradient {gradient!r}: {team.action_kind} actions are always 'sampled'")
    return ACTION_SETS[team.action_kind, gradient]
