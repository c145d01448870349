"""Import of the published data: per agent `obs_i`, `acs_i`, `rews_i`, `next_obs_i`, `dones_i`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Metadata
from omarl.data.episodes import CHUNK_ROWS, Episodes
from omarl.data.imports.acting import settle_actions
from omarl.data.imports.mapping import Columns, read_action_mapping
from omarl.data.imports.precision import refuse_merging
from omarl.data.imports.reading import ActionReading, converted
from omarl.data.imports.rows import (
    Import,
    Rows,
    Terminals,
    default_id,
    differ,
    lengths_note,
    pad,
    settle_ends,
    spans,
    to_episodes,
)
from omarl.data.imports.survey import survey
from omarl.data.npy import open_numbers
from omarl.data.units import made_units
from omarl.errors import RequestError
from omarl.types import ActionKind, TeamSpec

OFFICIAL_FIELDS = ("obs", "acs", "rews", "next_obs", "dones")


class AgentArrays(NamedTuple):
    """One agent's arrays as memory maps with two axes, their rows in time order."""

    obs: np.ndarray
    acs: np.ndarray
    rews: np.ndarray
    next_obs: np.ndarray
    dones: np.ndarray


def from_official(
    folder: str | Path,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | None = None,
) -> Import:
    """The dataset in a folder such as `seed_0_data`; `mapping` is a TOML file with the meaning of actions.

    An episode ends where the next observation is not that of the next row. Without a mapping actions are in
    [-1, 1], one-hot, or the numbers of choices.
    """
    path, columns = Path(folder), read_action_mapping(mapping)
    members = _members(path)
    dones = np.logical_or.reduce([np.asarray(member.dones[:, 0]) != 0 for member in members])
    end = _ends(members) | dones
    _refuse_imprecise(members)
    kind, readings, said = _actions(members, columns)
    terminal, notes = settle_ends(dones, end, terminals)
    team = TeamSpec(
        observation_sizes=tuple(member.obs.shape[1] for member in members),
        action_sizes=tuple(reading.size for reading in readings),
        action_kind=kind,
    )
    made_by = {"function": "import", "format": "official", "source": path.name}
    units = made_units([reading.units for reading in readings], [])
    about: dict[str, Any] = {"made_by": made_by, "licence": "unknown", "units": units}
    metadata = Metadata(id=id or columns.id or default_id(path), team=team, **about)
    episodes = _episodes(members, readings, team, terminal, end)
    return Import(metadata, episodes, [*said, lengths_note(end), *notes])


def _actions(
    members: list[AgentArrays], columns: Columns
) -> tuple[ActionKind, list[ActionReading], list[str]]:
    """The kind of action, how each agent's actions are read, and notes for the user."""
    widest = max(member.acs.shape[1] for member in members)
    names = tuple(f"column {k} of acs" for k in range(widest))
    surveys = [
        survey(str(i), names[: acs.shape[1]], _parts(acs), typed=acs.dtype.kind != "f")
        for i, acs in enumerate(member.acs for member in members)
    ]
    return settle_actions(surveys, columns, names)


def _parts(values: np.ndarray) -> Iterator[np.ndarray]:
    """An array in parts of some rows."""
    return (values[low : low + CHUNK_ROWS] for low in range(0, len(values), CHUNK_ROWS))


def _refuse_imprecise(members: list[AgentArrays]) -> None:
    """Raise `RequestError` if single precision would lose what observations or rewards tell."""
    for i, member in enumerate(members):
        refuse_merging(member.obs, f"obs_{i}")
        refuse_merging(member.rews, f"rews_{i}")


def _members(path: Path) -> list[AgentArrays]:
    """The agents' arrays, beginning with agent 0; all must have the same number of rows."""
    count = _agents(path)
    members = [
        AgentArrays(*(_columns(path / f"{name}_{i}.npy") for name in OFFICIAL_FIELDS)) for i in range(count)
    ]
    rows = len(members[0].obs)
    for i, member in enumerate(members):
        for name, value in zip(OFFICIAL_FIELDS, member, strict=True):
            if len(value) != rows:
                raise RequestError(f"{path}/{name}_{i}.npy has {len(value)} rows, expected {rows} as obs_0")
        if member.obs.shape != member.next_obs.shape:
            raise RequestError(f"{path}: obs_{i} is {member.obs.shape}, next_obs_{i} {member.next_obs.shape}")
        if member.rews.shape[1] != 1 or member.dones.shape[1] != 1:
            raise RequestError(f"{path}: rews_{i} and dones_{i} must have one column")
    return members


def _agents(path: Path) -> int:
    """The number of agents, which any file has; raises `RequestError` if one of their files is missing."""
    names = {file.stem: file for file in path.glob("*_*.npy")}
    found = [re.fullmatch(rf"(?:{'|'.join(OFFICIAL_FIELDS)})_(\d{{1,5}})", name) for name in names]
    count = max((int(match[1]) for match in found if match), default=-1) + 1
    if count == 0:
        raise RequestError(f"{path} holds no obs_0.npy: expected obs_i, acs_i, rews_i, next_obs_i, dones_i")
    missing = [
        f"{name}_{i}.npy" for i in range(count) for name in OFFICIAL_FIELDS if f"{name}_{i}" not in names
    ]
    if missing:
        raise RequestError(
            f"{path} lacks {', '.join(missing)[:200]}: there are files of {count} agents, numbered from 0, "
            "and each needs all of them: copy the folder again"
        )
    return count


def _columns(path: Path) -> np.ndarray:
    """The array in a file, or where a link leads, with a second axis even if it is a single column."""
    value = open_numbers(path.resolve() if path.exists() else path)
    if value.ndim not in (1, 2):
        raise RequestError(f"{path} has shape {value.shape}, expected (rows, columns)")
    return value.reshape(len(value), -1)


def _ends(members: list[AgentArrays]) -> Bool[np.ndarray, "rows"]:
    """Rows after which any agent's next observation is not its observation in the next row."""
    rows = len(members[0].obs)
    end = np.zeros(rows, bool)
    end[-1] = True
    for low in range(0, rows - 1, CHUNK_ROWS):
        high = min(low + CHUNK_ROWS, rows - 1)
        for member in members:
            end[low:high] |= differ(member.next_obs[low:high], member.obs[low + 1 : high + 1])
    return end


def _episodes(
    members: list[AgentArrays],
    readings: list[ActionReading],
    team: TeamSpec,
    terminal: np.ndarray,
    end: np.ndarray,
) -> Iterator[Episodes]:
    """The episodes in chunks."""
    for rows in spans(end):
        at = np.arange(rows.start, rows.stop)
        acs = (np.asarray(member.acs[rows], np.float64) for member in members)
        actions = [converted(reading, a, at) for reading, a in zip(readings, acs, strict=True)]
        yield to_episodes(
            Rows(
                obs=pad([member.obs[rows] for member in members], team.observation_size),
                action=pad(actions, team.action_size),
                reward=np.concatenate([member.rews[rows] for member in members], 1).astype(np.float32),
                next_obs=pad([member.next_obs[rows] for member in members], team.observation_size),
                terminal=terminal[rows],
                end=end[rows],
            )
        )
