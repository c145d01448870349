"""The units of a log that was imported, and the way back to them.

A dataset holds actions in [-1, 1] or one-hot, and observations in single precision. `Metadata.units` says
what they were in the log, with one entry per agent:

- `actions`: `{"low": [...], "high": [...]}` are the bounds of each action column, `{"choices": [...]}` are
  the numbers or names of the choices in the order of the one-hot vector. An empty entry means that the log's
  actions are the dataset's.
- `observation_offsets`: numbers that were subtracted from the agent's observation columns.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from omarl.errors import RequestError
from omarl.types import TeamSpec

Units = Mapping[str, Any]
MEMBERS = ("actions", "observation_offsets")


def made_units(actions: Sequence[Mapping[str, Any]], offsets: Sequence[np.ndarray]) -> dict[str, Any]:
    """The units of a dataset, without the members that would say nothing."""
    found: dict[str, Any] = {}
    if any(actions):
        found["actions"] = [dict(entry) for entry in actions]
    if any(np.any(offset != 0) for offset in offsets):
        found["observation_offsets"] = [offset.tolist() for offset in offsets]
    return found


def numbered(team: TeamSpec) -> dict[str, Any]:
    """The units of a log in which choices are counted from 0."""
    return made_units([{"choices": list(range(size))} for size in team.action_sizes], [])


def check_units(units: Units, team: TeamSpec) -> None:
    """Raise `RequestError` unless these are units of this team's actions and observations."""
    unknown = units.keys() - set(MEMBERS)
    if unknown:
        raise RequestError(f"units has an unknown member {min(unknown)[:80]!r}, expected {list(MEMBERS)}")
    for name, fits in (("actions", _action_fits), ("observation_offsets", _offset_fits)):
        entries = units.get(name)
        if entries is None:
            continue
        if not isinstance(entries, list | tuple) or len(entries) != team.agents:
            raise RequestError(f"units: {name} is {str(entries)[:80]!r}, expected one entry per agent")
        for agent, entry in enumerate(entries):
            if not fits(entry, team, agent):
                raise RequestError(
                    f"units: {name} of agent {agent} is {str(entry)[:80]!r}, which does not fit"
                )


def without_offsets(obs: Any, units: Units) -> Float[np.ndarray, "*batch agent obs"]:
    """Observations in the log's units as a dataset holds them, in single precision."""
    values = np.asarray(obs, np.float64)
    offsets = np.zeros(values.shape[-2:])
    for agent, offset in enumerate(units.get("observation_offsets", ())):
        offsets[agent, : len(offset)] = offset
    return (values - offsets).astype(np.float32)


def in_own_units(action: Any, units: Units) -> Shaped[np.ndarray, "..."]:
    """Actions of a dataset `[..., agent, act]` as the log had them.

    Continuous actions keep their shape, in double precision; entries that an agent does not have are zero.
    Choices are `[..., agent]`, their numbers or names.
    """
    entries, values = units["actions"], np.asarray(action, np.float64)
    if all("choices" in entry for entry in entries):
        return _chosen(values, [entry["choices"] for entry in entries])
    out = values.copy()
    for agent, entry in enumerate(entries):
        if "low" in entry:
            low, high = np.asarray(entry["low"]), np.asarray(entry["high"])
            inside = np.clip(values[..., agent, : len(low)], -1, 1)
            out[..., agent, : len(low)] = low + (inside + 1) / 2 * (high - low)
    return out


def _chosen(values: np.ndarray, choices: Sequence[Sequence[Any]]) -> np.ndarray:
    """The chosen number or name of each agent."""
    words = {isinstance(choice, str) for options in choices for choice in options}
    kind = object if len(words) > 1 else None
    best = [values[..., agent, : len(options)].argmax(-1) for agent, options in enumerate(choices)]
    found = [np.asarray(options, kind)[index] for options, index in zip(choices, best, strict=True)]
    return np.stack(found, -1)


def _action_fits(entry: object, team: TeamSpec, agent: int) -> bool:
    """Whether an entry holds bounds or choices, as many as the agent's action has numbers."""
    size = team.action_sizes[agent]
    if not isinstance(entry, Mapping):
        return False
    if set(entry) == {"low", "high"}:
        sides = [_numbers(entry[side], size) for side in ("low", "high")]
        return team.action_kind == "continuous" and all(sides)
    if set(entry) == {"choices"}:
        choices = entry["choices"]
        plain = isinstance(choices, list | tuple) and all(
            isinstance(choice, str) or _numbers([choice], 1) for choice in choices
        )
        return team.action_kind == "discrete" and plain and len(choices) == size == len(set(choices))
    return not entry


def _offset_fits(entry: object, team: TeamSpec, agent: int) -> bool:
    """Whether an entry holds one number for each of the agent's observations."""
    return _numbers(entry, team.observation_sizes[agent])


def _numbers(value: object, size: int) -> bool:
    """Whether this is a list of so many finite numbers."""
    return (
        isinstance(value, list | tuple)
        and len(value) == size
        and all(type(number) in (int, float) and bool(np.isfinite(number)) for number in value)
    )
