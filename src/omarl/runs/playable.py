"""The task that a dataset or a run names, where its policies can be played."""

from collections.abc import Mapping
from typing import Any

from omarl.envs.registry import TASKS, make_recorded, unconfirmed
from omarl.errors import SimulatorError


def unknown(name: str | None) -> bool:
    """Whether this is a name that means nothing here, such as that of somebody's own simulator."""
    return name is not None and ":" not in name and name not in TASKS


def recorded_task(name: str | None, parameters: Mapping[str, Any], confirmed: str | None = None) -> Any:
    """The task that a file names, or None where `unplayed` says why.

    Raises `SimulatorError` if its simulator is not here and the user named the task.
    """
    if unknown(name) and confirmed is None:
        return None
    try:
        return make_recorded(name, parameters, confirmed)
    except SimulatorError:
        if confirmed is not None:
            raise
        return None


def unplayed(name: str | None, parameters: Mapping[str, Any], confirmed: str | None) -> str:
    """Why nothing is played in the task that a file names, empty where it is."""
    if name is None:
        return "the data names no task"
    if unknown(name):
        return f"the data was recorded in {name!r}, which is no task of omarl's: {', '.join(sorted(TASKS))}"
    try:
        made = make_recorded(name, parameters, confirmed)
    except SimulatorError as error:
        return str(error)
    return unconfirmed(name, confirmed) if made is None else ""
