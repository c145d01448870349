"""Other people's environments as tasks: PettingZoo's and Gymnasium's, whose actions are Box or Discrete.

Such a task is stepped on the host (see `protocol.HostTask`): many copies at once, in worker processes.
Learners see what they see everywhere: Box actions come from [-1, 1] by an affine map, choices are one-hot,
observations are flattened, short vectors are padded with zeros.
"""

import logging
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import numpy as np
from jaxtyping import Bool, Float

from omarl.envs.host.adapter import Adapter, HostResult, adapted
from omarl.envs.host.makers import Maker, RegisteredEnv, first_env, stands_on
from omarl.envs.host.processes import InProcesses
from omarl.envs.host.spaces import lookalikes
from omarl.envs.host.workers import unsendable
from omarl.envs.host.wrappers import OneAgent
from omarl.envs.protocol import TaskSpec
from omarl.errors import RequestError
from omarl.types import ActionKind, TeamSpec

HORIZON = 1000
"""Steps after which an episode is cut, unless a task is given another horizon or its environment has one."""
COPIES = 20
"""Episodes that are stepped together; as many as a round of online learning has."""
log = logging.getLogger(__name__)


class ForeignTask(InProcesses):
    """An environment of somebody else's as a task on the host.

    An episode is cut after `horizon` steps. Without a horizon it is cut after the limit that the environment
    itself has, or after `HORIZON` steps, which is said when it first happens. At most `copies` episodes are
    stepped side by side; each depends on its seed and the actions alone, and so do all results, whatever the
    number of `workers`.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        name: str,
        parameters: Mapping[str, Any],
        horizon: int | None = None,
        copies: int = COPIES,
        workers: int | None = None,
    ) -> None:
        """Make one environment to read its spaces; `RequestError` if that fails or they do not fit.

        Without a number of `workers` there is one for each core, or none if `make` cannot be sent to them.
        """
        for what, value in {"horizon": HORIZON if horizon is None else horizon, "copies": copies}.items():
            if not isinstance(value, int) or value < 1:
                raise RequestError(f"{what}={value!r} of {name}: expected a whole number from 1 up")
        env = first_env(make, name, parameters)
        adapter = Adapter(env, HORIZON)
        team = TeamSpec(
            observation_sizes=adapter.observation_sizes,
            action_sizes=adapter.action_sizes,
            action_kind=cast(ActionKind, adapter.kind),
        )
        own_limit = adapter.env.limit if isinstance(adapter.env, OneAgent) else None
        usual = own_limit or HORIZON
        last = usual if horizon is None else horizon
        self.spec = TaskSpec(
            name=name,
            parameters=dict(parameters) | ({} if last == usual else {"horizon": last}),
            team=team,
            horizon=last,
            simulator=stands_on(name, adapter.env),
        )
        tell_lookalikes(name, adapter)
        env.close()
        self._tell_cap = horizon is None and own_limit is None
        made = partial(adapted, make, last)
        super().__init__(made, copies, processes_for(made, name) if workers is None else workers)

    def step(
        self, actions: Float[np.ndarray, "copies agent act"], alive: Bool[np.ndarray, "copies"]
    ) -> HostResult:
        """What comes of the actions; the first episode that the usual cap ends is told."""
        told = super().step(actions, alive)
        if self._tell_cap and told.capped is not None and told.capped.any():
            self._tell_cap = False
            log.warning(
                f"{self.spec.name}: episodes are cut after {self.spec.horizon:,} steps, our cap, though the "
                "environment would go on; --task.horizon N sets another"
            )
        return told


def tell_lookalikes(name: str, adapter: Adapter) -> None:
    """Say which parts of observations look like masks of the choices but are taken as seen."""
    if adapter.kind != "discrete":
        return
    for member in adapter.members:
        for part in lookalikes(member.sight.space, member.hand.size):
            log.warning(
                f"{name}: {part!r} in the observations of {member.name!r} looks like a mask of its choices, "
                "but is taken as seen; a mask is a part at the top that is called action_mask"
            )


def processes_for(make: Callable[[], Any], name: str) -> int:
    """One process for each core; none, which is said, if what makes the environment cannot be sent there."""
    why = unsendable(make)
    if why:
        log.warning(
            f"{name} is played in one process, because others cannot make it ({why}): define it at the top "
            "of a module to use more"
        )
    return 0 if why else os.cpu_count() or 1


def named_turn_based(reference: str, horizon: int | None = None, **parameters: Any) -> ForeignTask:
    """The turn-based environment that `MODULE:FUNCTION` returns; FUNCTION is `env` unless given.

    A step is a move of one agent; those who wait have only their first choice. Importing the module runs its
    code.
    """
    module, _, function = reference.partition(":")
    make = Maker(module, function or "env", parameters)
    return ForeignTask(make, f"pettingzoo-aec:{reference}", parameters, horizon)


def named_gymnasium(reference: str, horizon: int | None = None, **parameters: Any) -> ForeignTask:
    """The environment that `gymnasium.make(reference)` returns, as a team of one agent.

    Its own limit of steps is the task's horizon unless another is given. Making it runs its module's code.
    """
    return ForeignTask(RegisteredEnv(reference, parameters), f"gymnasium:{reference}", parameters, horizon)


def named(reference: str, horizon: int | None = None, **parameters: Any) -> ForeignTask:
    """The environment that `MODULE:FUNCTION` returns; FUNCTION is `parallel_env` unless given.

    Importing the module runs its code: a reference must come from whoever gives the command.
    """
    module, _, function = reference.partition(":")
    make = Maker(module, function or "parallel_env", parameters)
    return ForeignTask(make, f"pettingzoo:{reference}", parameters, horizon)


def wrap(
    make: Callable[..., Any],
    *,
    horizon: int | None = None,
    copies: int = COPIES,
    workers: int | None = None,
    **parameters: Any,
) -> ForeignTask:
    """Your own environment as a task: `make(**parameters)` returns a fresh environment.

    If `make` is a function at the top of a module, the task's name says where, and whoever can import the
    module can make the task again; other callables are played in one process.
    """
    place = getattr(make, "__module__", ""), getattr(make, "__qualname__", type(make).__name__)
    name = ":".join(("pettingzoo", *place))
    return ForeignTask(partial(make, **parameters), name, parameters, horizon, copies, workers)
