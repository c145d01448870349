"""The tasks by name. A new task is added by listing it here."""

import inspect
import re
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from omarl.envs.opponents import FrozenOpponents
from omarl.envs.particle.line_spread import LineSpread
from omarl.envs.particle.spread import Spread
from omarl.envs.particle.tag import PREDATORS, Tag
from omarl.envs.particle.task import ParticleTask
from omarl.envs.particle.world import World
from omarl.errors import RequestError, choose
from omarl.nets.policy_file import load_frozen_policy

SHIPPED_PREY = Path(__file__).parent / "prey"


def prey_file(name: str, prey: str | Path | None) -> Path:
    """The prey that was asked for, else the one that is shipped with the package."""
    path = Path(prey) if prey is not None else SHIPPED_PREY / f"{name}.safetensors"
    if not path.is_file():
        asked = (
            f"prey={str(prey)!r}: no such file" if prey is not None else f"no prey for {name!r} is installed"
        )
        raise RequestError(f"{asked}: pass prey=PATH with the safetensors file of a trained prey")
    return path


def hunt(name: str, full: ParticleTask, prey: str | Path | None = None) -> FrozenOpponents:
    """The predators' task, in which the prey follows the policy in the file `prey`."""
    team = full.spec.team
    act = load_frozen_policy(
        prey_file(name, prey),
        observation_size=team.observation_sizes[PREDATORS],
        action_size=team.action_sizes[PREDATORS],
    )
    parameters = {} if prey is None else {"prey": str(prey)}
    return FrozenOpponents(inner=full, act=act, learners=PREDATORS, name=name, parameters=parameters)


TASKS: Mapping[str, Callable[..., Any]] = {
    "spread": Spread,
    "line-spread": LineSpread,
    "tag": partial(hunt, "tag", Tag()),
    "world": partial(hunt, "world", World()),
    "tag-full": Tag,
    "world-full": World,
}
"""What makes each task; its keyword arguments are the task's parameters."""

BRIDGES: Mapping[str, tuple[str, str]] = {"pettingzoo": ("omarl.envs.host.foreign", "named")}
"""Where the function is that makes tasks of other people's environments, by the prefix of their names."""


def check_parameters(
    name: str, parameters: Mapping[str, Any], known: Mapping[str, inspect.Parameter]
) -> None:
    """Refuse parameters that a task does not have, and values of the wrong kind."""
    for key, value in sorted(parameters.items()):
        if key not in known:
            valid = f"choose one of {', '.join(sorted(known))}" if known else "it has none"
            raise RequestError(f"unknown parameter {key!r} of task {name!r}: {valid}")
        kind = known[key].annotation
        if not isinstance(value, kind):
            raise RequestError(f"{key}={value!r}: task {name!r} expects {getattr(kind, '__name__', kind)}")


def make(name: str, **parameters: Any) -> Any:
    """The task called `name`; a `RequestError` for a name, a parameter or a value that it does not have.

    `pettingzoo:MODULE[:FUNCTION]` is somebody else's `ParallelEnv` (see `foreign.named`). It imports that
    module, so such a name must be the user's own; for one that was read from a file see `make_recorded`.
    """
    kind, colon, reference = name.partition(":")
    if colon:
        return bridge(kind)(reference, **parameters)
    factory = choose("task", name, TASKS)
    check_parameters(name, parameters, inspect.signature(factory).parameters)
    return factory(**parameters)


def bridge(kind: str) -> Callable[..., Any]:
    """What makes a task of an environment of this kind from a reference and its keyword arguments."""
    module, function = choose("kind of environment", kind, BRIDGES)
    return getattr(import_module(module), function)


def make_recorded(name: str | None, parameters: Mapping[str, Any], confirmed: str | None = None) -> Any:
    """The task that a dataset or a run names; None if it names none, or an environment not `confirmed`.

    Files may come from strangers: a name that would import a module does so only if the user has given the
    same name. `RequestError` if the user gave another.
    """
    if confirmed is not None and confirmed != name:
        raise RequestError(f"--task {confirmed}: the data was recorded in {name}, expected that name or none")
    if name is None or (":" in name and confirmed is None):
        return None
    return make(name, **parameters)


def unconfirmed(name: str | None, confirmed: str | None) -> str:
    """How to let the environment be played that a file names, empty where that is not needed."""
    if name is None or ":" not in name or confirmed is not None:
        return ""
    return f"its environment {name!r} runs a module's code: add --task {shlex.quote(name)} to play it"


def folder_name(name: str) -> str:
    """A task's name as one part of a path and of a dataset's id: `mpe2.simple_spread_v3`."""
    return re.sub(r"[^\w.+-]+", ".", name.partition(":")[2] or name, flags=re.ASCII).strip(".") or "own"
