"""The tasks by name, as data: nothing of a task, and no JAX, is imported before the task is made."""

import shlex
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from omarl.errors import RequestError, choose
from omarl.types import TaskId


class Parameter(NamedTuple):
    """What kind of value a task's parameter takes, and which it has if it is not given."""

    kind: Any
    default: Any


class Factory(NamedTuple):
    """Where the function is that makes a task, as `module:function`, and the parameters that it takes.

    A parameter whose default is None does not belong to the task's name unless it is given.
    """

    place: str
    parameters: Mapping[str, Parameter] = {}

    def load(self) -> Callable[..., Any]:
        """The function, its module imported now."""
        module, _, function = self.place.partition(":")
        return getattr(import_module(module), function)


PREY: Mapping[str, Parameter] = {"prey": Parameter(str | Path | None, None)}
MAZE_PARAMETERS: Mapping[str, Parameter] = {
    "family": Parameter(str, "d4rl"),
    "reward": Parameter(str, "sparse"),
    "mujoco": Parameter(int, 3),
}
SMAC_PARAMETERS: Mapping[str, Parameter] = {"last_action_and_id": Parameter(bool, False)}
SKIRMISH_PARAMETERS: Mapping[str, Parameter] = {
    "units": Parameter(str | Path, "liberty"),
    "beams": Parameter(str, "cut"),
    "starts": Parameter(str, "block"),
    "last_action_and_id": Parameter(bool, False),
}
TASKS: Mapping[str, Factory] = {
    "spread": Factory("omarl.envs.particle.spread:Spread", {"agents": Parameter(int, 3)}),
    "line-spread": Factory(
        "omarl.envs.particle.line_spread:LineSpread",
        {"agents": Parameter(int, 2), "independent": Parameter(bool, False)},
    ),
    "tag": Factory("omarl.envs.particle.hunts:tag", PREY),
    "world": Factory("omarl.envs.particle.hunts:world", PREY),
    "halfcheetah-2x3": Factory("omarl.envs.host.halfcheetah:HalfCheetah", {"agent_obsk": Parameter(int, 0)}),
    "tag-full": Factory("omarl.envs.particle.tag:Tag"),
    "world-full": Factory("omarl.envs.particle.world:World"),
    "maze2d-umaze": Factory("omarl.envs.maze2d.task:UMaze", MAZE_PARAMETERS),
    "maze2d-medium": Factory("omarl.envs.maze2d.task:Medium", MAZE_PARAMETERS),
    "maze2d-large": Factory("omarl.envs.maze2d.task:Large", MAZE_PARAMETERS),
    "smac-2s3z": Factory("omarl.envs.host.smac.task:smac_2s3z", SMAC_PARAMETERS),
    "smac-3s5z": Factory("omarl.envs.host.smac.task:smac_3s5z", SMAC_PARAMETERS),
    "smac-1c3s5z": Factory("omarl.envs.host.smac.task:smac_1c3s5z", SMAC_PARAMETERS),
    "smac-2c_vs_64zg": Factory("omarl.envs.host.smac.task:smac_2c_vs_64zg", SMAC_PARAMETERS),
    "skirmish-2s3z": Factory("omarl.envs.skirmish.task:Skirmish2s3z", SKIRMISH_PARAMETERS),
    "skirmish-3s5z": Factory("omarl.envs.skirmish.task:Skirmish3s5z", SKIRMISH_PARAMETERS),
    "skirmish-1c3s5z": Factory("omarl.envs.skirmish.task:Skirmish1c3s5z", SKIRMISH_PARAMETERS),
    "skirmish-2c_vs_64zg": Factory("omarl.envs.skirmish.task:Skirmish2cVs64zg", SKIRMISH_PARAMETERS),
}
"""Every task of ours. To add one, list it here."""

BRIDGES: Mapping[str, Factory] = {
    "pettingzoo": Factory("omarl.envs.host.foreign:named"),
    "pettingzoo-aec": Factory("omarl.envs.host.foreign:named_turn_based"),
    "gymnasium": Factory("omarl.envs.host.foreign:named_gymnasium"),
}
"""What makes tasks of other people's environments, by the prefix of their names."""


def make(name: str, **parameters: Any) -> Any:
    """The task called `name`; `RequestError` for a name, a parameter or a value that it does not have.

    `pettingzoo:MODULE[:FUNCTION]` is somebody else's `ParallelEnv`, `pettingzoo-aec:MODULE[:FUNCTION]` a
    turn-based environment, `gymnasium:ID` one of a single agent (see `foreign.named` and its like). It
    imports a module, so such a name must be the user's own; for a name that was read from a file see
    `make_recorded`.
    """
    kind, colon, reference = name.partition(":")
    if colon:
        return choose("kind of environment", kind, BRIDGES).load()(reference, **parameters)
    return require_known(TaskId(name, parameters)).load()(**parameters)


def require_known(task: TaskId) -> Factory:
    """What makes the task; `RequestError` for a name or a parameter that does not exist, or a wrong value."""
    factory = choose("task", task.name, TASKS)
    known = factory.parameters
    for key, value in task.parameters:
        if key not in known:
            valid = f"choose one of {', '.join(sorted(known))}" if known else "it has none"
            raise RequestError(f"unknown parameter {key!r} of task {task.name!r}: {valid}")
        kind = known[key].kind
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise RequestError(
                f"{key}={value!r}: task {task.name!r} expects {getattr(kind, '__name__', kind)}"
            )
    return factory


def distinct(task: TaskId) -> TaskId:
    """The task with only those parameters that differ from their defaults: how datasets are called.

    Names that are not in `TASKS` keep all parameters, here and in `complete`.
    """
    defaults = _defaults(task)
    return TaskId(task.name, ((k, v) for k, v in task.parameters if k not in defaults or v != defaults[k]))


def dataset_id(task: TaskId, quality: str) -> str:
    """The id of the dataset that is collected of a task, which is also its path below `data/`.

    For instance `spread/expert-v0`, or `line-spread-agents=4/medium-v0` for a team of another size.
    """
    return f"{distinct(task).folder}/{quality}-v0"


def complete(task: TaskId) -> TaskId:
    """The task with all its parameters, as `make(...).spec.id` says them: how records call it."""
    filled = {key: value for key, value in _defaults(task).items() if value is not None}
    return TaskId(task.name, {**filled, **dict(distinct(task).parameters)})


def _defaults(task: TaskId) -> dict[str, Any]:
    """The default of each parameter that the task has."""
    known = TASKS[task.name].parameters if task.name in TASKS else {}
    return {key: parameter.default for key, parameter in known.items()}


def make_recorded(name: str | None, parameters: Mapping[str, Any], confirmed: str | None = None) -> Any:
    """The task that a dataset or a run names; None if it names none, or an environment not `confirmed`.

    Files may come from strangers, so a name that imports a module does so only if the user has given the same
    name. Raises `RequestError` if the user gave another.
    """
    if confirmed is not None and confirmed != name:
        raise RequestError(f"--task {confirmed}: the data was recorded in {name}, expected that name or none")
    if name is None or (":" in name and confirmed is None):
        return None
    return make(name, **parameters)


def unconfirmed(name: str | None, confirmed: str | None) -> str:
    """How to confirm the environment that a file names; empty where no confirmation is needed."""
    if name is None or ":" not in name or confirmed is not None:
        return ""
    return f"its environment {name!r} runs a module's code: add --task {shlex.quote(name)} to play it"
