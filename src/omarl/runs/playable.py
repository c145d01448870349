"""The task that a dataset or a run names, where its policies can be played."""

from collections.abc import Mapping
from typing import Any

from omarl.envs.registry import TASKS, make_recorded, unconfirmed


def unknown(name: str | None) -> bool:
    """Whether this is a name that means nothing here, such as that of somebody's own simulator."""
    return name is not None and ":" not in name and name not in TASKS


def recorded_task(name: str | None, parameters: Mapping[str, Any], confirmed: str | None = None) -> Any:
    """The task that a file names; None if it names none, no task of ours, or an unconfirmed environment."""
    if unknown(name) and confirmed is None:
        return None
    return make_recorded(name, parameters, confirmed)


def unplayed(name: str | None, confirmed: str | None) -> str:
    """Why nothing is played in the task that a file names, empty where it is."""
    if name is None:
        return "the data names no task"
    if unknown(name):
        return f"the data was recorded in {name!r}, which is no task of omarl's: {', '.join(sorted(TASKS))}"
    return unconfirmed(name, confirmed)
