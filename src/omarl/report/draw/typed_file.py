"""What `episode.json` says of discs of several types: their shapes, what they have left, and their shots.

Other episodes and files of earlier versions have nothing of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from omarl.errors import RequestError

MOST_CORNERS = 12


def typed(found: Mapping[str, Any], frames: int, team: int, place: str) -> dict[str, Any]:
    """The fields of a `Trajectory` on types, checked; raises `RequestError` if one is malformed."""
    none = (-1,) * team
    return {
        "types": tuple(map(str, _each(found, "types", team, lambda one: isinstance(one, str), place))),
        "corners": tuple(_each(found, "corners", team, _can_be_corners, place)),
        "gauges": _gauges(found.get("gauges", [[]] * frames), frames, team, place),
        "aims": _aims(found.get("aims", [none] * frames), frames, team, place),
    }


def _each(
    found: Mapping[str, Any], name: str, team: int, good: Callable[[Any], bool], place: str
) -> list[Any]:
    """One value for each disc, or none at all."""
    values = found.get(name, [])
    if not isinstance(values, list) or len(values) not in (0, team) or not all(map(good, values)):
        raise RequestError(f"{place}: {name} must say one for each of {team} agents, got {str(values)[:60]}")
    return values


def _can_be_corners(value: Any) -> bool:
    return type(value) is int and (value == 0 or 3 <= value <= MOST_CORNERS)


def _gauges(found: Any, frames: int, team: int, place: str) -> np.ndarray:
    """The gauges, which may be none."""
    values = _numbers(found)
    if values is not None and values.shape == (frames, 0):
        return np.zeros((frames, 0, team))
    fits = values is not None and values.ndim == 3 and (len(values), values.shape[2]) == (frames, team)
    if values is None or not fits or not ((values >= 0) & (values <= 1)).all():
        raise RequestError(f"{place}: gauges must be numbers from 0 to 1, {frames} frames of {team} agents")
    return values


def _aims(found: Any, frames: int, team: int, place: str) -> np.ndarray:
    values = _numbers(found)
    fits = values is not None and values.shape == (frames, team)
    if values is None or not fits or not ((values == values.round()) & (values < team)).all():
        raise RequestError(f"{place}: aims must be numbers of agents, {frames} frames of {team} agents")
    return values.astype(int)


def _numbers(found: Any) -> np.ndarray | None:
    """The value as an array of finite numbers; None if it is not one."""
    try:
        values = np.array(found, np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return values if np.isfinite(values).all() else None
