"""What makes other people's environments, and the versions that they stand on."""

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from omarl.envs.host.hints import hint
from omarl.envs.host.wrappers import OneAgent
from omarl.errors import RequestError
from omarl.versions import installed

ENGINES = ("mujoco",)
"""Simulators that environments import."""


@dataclass(frozen=True)
class Maker:
    """Makes an environment by calling a function of a module, which is imported then and not before."""

    module: str
    function: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __call__(self) -> Any:
        """A new environment; `RequestError` if the module has an AEC environment only."""
        module = importlib.import_module(self.module)
        if self.function == "parallel_env" and not hasattr(module, self.function) and hasattr(module, "env"):
            raise RequestError(
                f"{self.module} has no parallel_env, but a turn-based env: call the task "
                f"pettingzoo-aec:{self.module}"
            )
        return getattr(module, self.function)(**self.parameters)


@dataclass(frozen=True)
class RegisteredEnv:
    """Makes an environment that is registered with Gymnasium by its id, or by MODULE:ID."""

    id: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __call__(self) -> Any:
        """A new environment; what it returns is checked by us."""
        gymnasium = importlib.import_module("gymnasium")
        return gymnasium.make(self.id, disable_env_checker=True, **self.parameters)


def first_env(make: Callable[[], Any], name: str, parameters: Mapping[str, Any]) -> Any:
    """An environment; `RequestError` if it cannot be made."""
    try:
        return make()
    except RequestError:
        raise
    except Exception as error:
        expected = EXPECTED.get(name.partition(":")[0], EXPECTED["pettingzoo"])
        raise RequestError(
            f"cannot make {name}: {type(error).__name__}: {' '.join(str(error).split())}; expected "
            f"{expected}, with its own keyword arguments{hint(name, parameters)}"
        ) from error


EXPECTED = {
    "pettingzoo": "MODULE[:FUNCTION] that can be imported here and returns a ParallelEnv",
    "pettingzoo-aec": "MODULE[:FUNCTION] that can be imported here and returns an AEC environment",
    "gymnasium": "the id of a registered environment, such as CartPole-v1, or MODULE:ID",
}
"""What follows each prefix of a name."""


def stands_on(name: str, env: Any) -> dict[str, str]:
    """The versions on which the environment called `name`, which has been made, depends, by package.

    They are those of PettingZoo or Gymnasium, of the package that its module belongs to, and of each known
    engine that is imported by now.
    """
    library, _, place = name.partition(":")
    module = type(env.unwrapped).__module__ if isinstance(env, OneAgent) else place.split(":")[0]
    engines = {engine: sys.modules[engine].__version__ for engine in ENGINES if engine in sys.modules}
    return installed((library.removesuffix("-aec"), module.split(".")[0])) | engines
