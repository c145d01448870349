"""The tasks `tag` and `world` as their learners see them: the prey follows a frozen policy from a file."""

from pathlib import Path

from omarl.envs.opponents import FrozenOpponents
from omarl.envs.particle.tag import PREDATORS, Tag
from omarl.envs.particle.task import ParticleTask
from omarl.envs.particle.world import World
from omarl.errors import RequestError
from omarl.nets.policy_file import load_frozen_policy

SHIPPED_PREY = Path(__file__).parents[1] / "prey"


def tag(prey: str | Path | None = None) -> FrozenOpponents:
    """Predator-prey for the three predators."""
    return hunt("tag", Tag(), prey)


def world(prey: str | Path | None = None) -> FrozenOpponents:
    """World for the three predators."""
    return hunt("world", World(), prey)


def hunt(name: str, full: ParticleTask, prey: str | Path | None) -> FrozenOpponents:
    """The predators' part of the task `full`, its prey being the policy in the file `prey`.

    Without a file it is the prey that is shipped with the package. Raises `RequestError` if there is none.
    """
    team = full.spec.team
    act = load_frozen_policy(
        prey_file(name, prey),
        observation_size=team.observation_sizes[PREDATORS],
        action_size=team.action_sizes[PREDATORS],
    )
    parameters = {} if prey is None else {"prey": str(prey)}
    return FrozenOpponents(inner=full, act=act, learners=PREDATORS, name=name, parameters=parameters)


def prey_file(name: str, prey: str | Path | None) -> Path:
    """The file that the user named, otherwise the shipped one; `RequestError` if it does not exist."""
    path = Path(prey) if prey is not None else SHIPPED_PREY / f"{name}.safetensors"
    if not path.is_file():
        asked = (
            f"prey={str(prey)!r}: no such file" if prey is not None else f"no prey for {name!r} is installed"
        )
        raise RequestError(f"{asked}: pass prey=PATH with the safetensors file of a trained prey")
    return path
