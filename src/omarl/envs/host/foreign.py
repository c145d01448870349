"""Other people's environments as tasks: any PettingZoo `ParallelEnv` whose actions are Box or Discrete.

Such a task is stepped on the host (see `protocol.HostTask`): many copies at once, in worker processes.
Learners see what they see everywhere: Box actions come from [-1, 1] by an affine map, choices are one-hot,
observations are flattened, short vectors are padded with zeros.
"""

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from omarl.envs.host.adapter import Adapter, adapted
from omarl.envs.host.hints import hint
from omarl.envs.host.processes import InProcesses
from omarl.envs.protocol import TaskSpec
from omarl.errors import RequestError
from omarl.types import ActionKind, TeamSpec
from omarl.versions import installed

HORIZON = 1000
COPIES = 20
"""Episodes that are stepped together; as many as a round of online learning has."""
ENGINES = ("mujoco",)
"""Simulators that environments import."""


@dataclass(frozen=True)
class Maker:
    """Makes an environment by calling a function of a module, which is imported then and not before."""

    module: str
    function: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __call__(self) -> Any:
        """A new environment."""
        return getattr(importlib.import_module(self.module), self.function)(**self.parameters)


class ForeignTask(InProcesses):
    """A `ParallelEnv` as a task on the host.

    At most `copies` episodes are stepped side by side; each depends on its seed and the actions alone, and so
    do all results, whatever the number of `workers`.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        name: str,
        parameters: Mapping[str, Any],
        horizon: int = HORIZON,
        copies: int = COPIES,
        workers: int | None = None,
    ) -> None:
        """Make one environment to read its spaces; `RequestError` if that fails or they do not fit."""
        for what, value in {"horizon": horizon, "copies": copies}.items():
            if not isinstance(value, int) or value < 1:
                raise RequestError(f"{what}={value!r} of {name}: expected a whole number from 1 up")
        env = first_env(make, name, parameters)
        adapter = Adapter(env, horizon)
        team = TeamSpec(
            observation_sizes=adapter.observation_sizes,
            action_sizes=adapter.action_sizes,
            action_kind=cast(ActionKind, adapter.kind),
        )
        env.close()
        said = dict(parameters) | ({} if horizon == HORIZON else {"horizon": horizon})
        self.spec = TaskSpec(
            name=name, parameters=said, team=team, horizon=horizon, simulator=stands_on(name)
        )
        cores = os.cpu_count() or 1
        super().__init__(partial(adapted, make, horizon), copies, cores if workers is None else workers)


def first_env(make: Callable[[], Any], name: str, parameters: Mapping[str, Any]) -> Any:
    """An environment; `RequestError` if it cannot be made."""
    try:
        return make()
    except Exception as error:
        raise RequestError(
            f"cannot make {name}: {type(error).__name__}: {error}; expected MODULE[:FUNCTION] that can be "
            f"imported here and returns a ParallelEnv, with its own keyword arguments{hint(name, parameters)}"
        ) from error


def stands_on(name: str) -> dict[str, str]:
    """The versions on which the environment called `name`, which has been made, depends, by package.

    They are those of PettingZoo, of the package that its module belongs to, and of each known engine that is
    imported by now.
    """
    package = name.partition(":")[2].split(":")[0].split(".")[0]
    engines = {engine: sys.modules[engine].__version__ for engine in ENGINES if engine in sys.modules}
    return installed(("pettingzoo", package)) | engines


def named(reference: str, horizon: int = HORIZON, **parameters: Any) -> ForeignTask:
    """The environment that `MODULE:FUNCTION` returns; FUNCTION is `parallel_env` unless given.

    Importing the module runs its code: a reference must come from whoever gives the command.
    """
    module, _, function = reference.partition(":")
    make = Maker(module, function or "parallel_env", parameters)
    return ForeignTask(make, f"pettingzoo:{reference}", parameters, horizon)


def wrap(
    make: Callable[..., Any],
    *,
    horizon: int = HORIZON,
    copies: int = COPIES,
    workers: int | None = None,
    **parameters: Any,
) -> ForeignTask:
    """Your own environment as a task: `make(**parameters)` returns a fresh `ParallelEnv`.

    If `make` is a function at the top of a module, the task's name says where, and whoever can import the
    module can make the task again; other callables need `workers=0`.
    """
    place = getattr(make, "__module__", ""), getattr(make, "__qualname__", type(make).__name__)
    name = ":".join(("pettingzoo", *place))
    return ForeignTask(partial(make, **parameters), name, parameters, horizon, copies, workers)
