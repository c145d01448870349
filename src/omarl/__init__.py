"""Offline multi-agent reinforcement learning: coordinated policies from logged multi-agent data.

dataset = omarl.collect("spread", quality="medium-replay")   # or omarl.load(PATH)
omarl.train("spread/medium-replay", algo="omar", seeds=range(5), out="runs/omar")
policy = omarl.load_policy("runs/omar")                      # observations in, actions out
"""

from typing import TYPE_CHECKING, Any

from omarl.errors import RequestError, TrainingError

if TYPE_CHECKING:
    from omarl.api import collect, evaluate, load, load_policy, make, train, train_online

__all__ = [
    "RequestError",
    "TrainingError",
    "collect",
    "evaluate",
    "load",
    "load_policy",
    "make",
    "train",
    "train_online",
]


def __getattr__(name: str) -> Any:
    """A verb, imported when it is first asked for: `import omarl` alone loads nothing large."""
    if name not in __all__:
        raise AttributeError(f"module 'omarl' has no attribute {name!r}")
    from omarl import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """The public names."""
    return __all__
