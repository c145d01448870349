"""What an algorithm is: pure functions, a state of plain arrays, and a frozen configuration."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, NamedTuple

from jaxtyping import Array, Float

from omarl.actions import ActionSet, Gradient
from omarl.batch import Batch, PRNGKey
from omarl.errors import RequestError
from omarl.nets.actors_critics import Actor, heads
from omarl.types import TeamSpec

ADDED = "added"


def added(default: Any) -> Any:
    """A field that was added after results had been recorded: see `identity`."""
    return field(default=default, metadata={ADDED: True})


Metrics = dict[str, Float[Array, "*agent"]]


class Algorithm(NamedTuple):
    """A learner for one team.

    `init(key)` returns a state whose field `actor` is the policy. `update(state, batch, key)` returns the
    next state and metrics per agent. `act(actor, obs, legal)` returns the greedy actions for a batch of
    observations, `explore(actor, obs, legal, key)` noisy ones for collecting data.
    """

    init: Callable[[PRNGKey], Any]
    update: Callable[[Any, Batch, PRNGKey], tuple[Any, Metrics]]
    act: Callable[[Actor, Array, Array], Array]
    explore: Callable[[Actor, Array, Array, PRNGKey], Array]


@dataclass(frozen=True, kw_only=True)
class ActorConfig:
    """The options of every learner: those of its actors and their optimiser."""

    batch_size: int = 1024
    """Joint transitions per update."""
    sampling: Literal["joint", "per-agent"] = "joint"
    """Whether all agents learn from the same transitions, or each agent draws its own (official code)."""
    learning_rate: float = 3e-3
    """Step size of Adam, for actors and critics alike."""
    hidden: tuple[int, ...] = (64, 64)
    """Width of each hidden layer."""
    normalisation: Literal["none", "batch", "layer"] = "layer"
    """What actors and critics normalise: nothing, their input by the batch's statistics, or hidden layers."""
    gradient_clip: float = 10.0
    """Largest norm of a gradient, per network and agent."""
    action_penalty: float = 0.0
    """Weight of the mean squared action (discrete: logit) in the actor's loss."""
    exploration: float = 0.1
    """Standard deviation of the noise on behaviour actions (discrete: share of random choices)."""

    def __post_init__(self) -> None:
        """Raise `RequestError` for sizes that no network or batch can have."""
        if min(self.batch_size, *self.hidden, 1) < 1:
            raise RequestError(
                f"batch_size {self.batch_size}, hidden {self.hidden}: expected whole numbers from 1 up"
            )
        if not 0.0 < self.learning_rate < float("inf"):
            raise RequestError(f"learning_rate {self.learning_rate}: expected a positive number")


@dataclass(frozen=True, kw_only=True)
class CriticConfig(ActorConfig):
    """The options that every learner with critics adds."""

    critic: Literal["decentralised", "centralised"] = "decentralised"
    """What an agent's critic sees: its own observation and action, or those of all agents."""
    discount: float = 0.95
    """Weight of the next step's value (gamma)."""
    polyak: float = 0.01
    """Share of the parameters that the target networks take over in every update (rho)."""
    actor_learning_rate: float | None = None
    """Step size of the actors' Adam; None means `learning_rate`."""
    actor_updates: int = 1
    """Steps of every actor for each step of the critics, on the same batch."""
    reward_scale: float = 1.0
    """Rewards are multiplied by this before learning; returns are always reported unscaled."""
    target_noise: float = 0.0
    """Standard deviation of the noise on target actions."""
    target_noise_clip: float = 0.5
    """Largest size of the noise on target actions."""
    policy_gradient: Gradient = field(default="sampled", metadata={ADDED: True})
    """How a policy over choices is improved: through a sample of it (Gumbel-softmax, straight-through), or by
    the values of all choices, weighed by its probabilities."""

    def __post_init__(self) -> None:
        """Raise `RequestError` if the actors would never take a step."""
        super().__post_init__()
        if self.actor_updates < 1:
            raise RequestError(f"actor_updates {self.actor_updates}: expected a whole number from 1 up")


def identity(config: ActorConfig) -> dict[str, Any]:
    """The fields by which configurations are told apart, as a dictionary.

    Fields that were added later and have their default are left out, so that a new option does not change
    the hashes of recorded results.
    """
    late = {f.name for f in fields(config) if ADDED in f.metadata and getattr(config, f.name) == f.default}
    return {name: value for name, value in asdict(config).items() if name not in late}


def with_values(config: ActorConfig, values: Mapping[str, Any]) -> Any:
    """The configuration with other numbers; these are not checked, because they may be traced by JAX."""
    changed = copy.copy(config)
    for name, value in values.items():
        object.__setattr__(changed, name, value)
    return changed


AlgorithmFactory = Callable[[Any, TeamSpec], Algorithm]
"""`factory(config, team)` returns the algorithm."""


def actor_functions(config: ActorConfig, actions: ActionSet) -> dict[str, Callable]:
    """The functions `act` and `explore` of every algorithm whose policy is an `Actor`."""

    def act(actor: Actor, obs: Array, legal: Array) -> Array:
        return actions.mode(heads(actor, obs), legal)

    def explore(actor: Actor, obs: Array, legal: Array, key: PRNGKey) -> Array:
        return actions.explore(heads(actor, obs), legal, key, config.exploration)

    return {"act": act, "explore": explore}
