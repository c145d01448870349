"""Export as Parquet in long form, with one row per episode, step and agent."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Dataset
from omarl.data.episodes import Episodes, before, chunks
from omarl.data.imports.tables.columns import METADATA_KEY
from omarl.data.manifest import metadata_json
from omarl.errors import RequestError
from omarl.files.writing import aside, publish, refuse_existing
from omarl.types import TeamSpec


def to_parquet(dataset: Dataset, path: str | Path) -> Path:
    """The new file at `path`, written in chunks, completely or not at all.

    Columns are `episode`, `step`, `agent`, `obs_k`, `action_k` (or `action`, the number of a choice),
    `legal_k` if it is known which choices were legal, `reward`, `terminal`, `truncated`. The row after an
    episode's last action has the last observation and no action. Entries beyond an agent's own sizes are
    null. An agent has no row where it is not there, and `terminal` is its own end. Raises `RequestError` if
    `path` exists, or if an agent is nowhere there.
    """
    import pyarrow.parquet

    out = Path(path)
    refuse_existing(out)
    _refuse_without_rows(dataset)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = aside(out)
    try:
        tables = _tables(dataset)
        head = next(tables)
        with pyarrow.parquet.ParquetWriter(part, head.schema, compression="zstd") as writer:
            writer.write_table(head)
            for table in tables:
                writer.write_table(table)
        publish(part, out)
    finally:
        part.unlink(missing_ok=True)
    return out


def _refuse_without_rows(dataset: Dataset) -> None:
    """Raise `RequestError` if an agent is never there: the file could not tell that the team has it."""
    if dataset.alive is None:
        return
    nowhere = np.flatnonzero(~np.asarray(dataset.alive).any(0))
    if len(nowhere):
        raise RequestError(
            f"agent {nowhere[0]} is never there in {dataset.metadata.id}, so that no row could tell of it: "
            "export a dataset that has every agent"
        )


def _tables(dataset: Dataset):
    """The dataset as Arrow tables of some whole episodes each, with its metadata in their schema."""
    about = {METADATA_KEY: json.dumps(metadata_json(dataset.metadata), allow_nan=False)}
    episode = 0
    for part in chunks(dataset):
        yield _table(part, dataset.metadata.team, episode).replace_schema_metadata(about)
        episode += len(part.obs) - len(part.action)


def _table(part: Episodes, team: TeamSpec, first_episode: int) -> Any:
    """Some whole episodes as one table, the first of them numbered `first_episode`."""
    import pyarrow

    moments, agents = len(part.obs), team.agents
    index = before(part)
    idle = np.ones(moments, bool)
    idle[index] = False
    episode = np.cumsum(idle) - idle
    begin = np.concatenate([[0], np.flatnonzero(idle)[:-1] + 1])
    moment = {"episode": first_episode + episode, "step": np.arange(moments) - begin[episode]}
    columns = {name: pyarrow.array(np.repeat(value, agents)) for name, value in moment.items()}
    columns["agent"] = pyarrow.array(np.tile(np.arange(agents), moments))
    obs = _block(part.obs, np.zeros(moments, bool), team.observation_sizes)
    columns |= {f"obs_{k}": column for k, column in enumerate(obs)}
    columns |= _actions(part, team, index, idle)
    if part.legal is not None:
        legal = _block(part.legal, np.zeros(moments, bool), team.action_sizes)
        columns |= {f"legal_{k}": column for k, column in enumerate(legal)}
    columns["reward"] = _block(_spread(part.reward[..., None], index, moments), idle, (1,) * agents)[0]
    for name, flag in _own_ends(part).items():
        columns[name] = pyarrow.array(_spread(flag, index, moments).reshape(-1))
    table = pyarrow.table(columns)
    return table if part.alive is None else table.filter(pyarrow.array(np.asarray(part.alive).reshape(-1)))


def _own_ends(part: Episodes) -> dict[str, Bool[np.ndarray, "rows agent"]]:
    """Each agent's true ends and time limits."""
    none = np.zeros(part.reward.shape, bool)
    died = none if part.died is None else np.asarray(part.died)
    terminal, truncated = (np.asarray(flag)[:, None] for flag in (part.terminal, part.truncated))
    return {"terminal": terminal | died, "truncated": (truncated | none) & ~died}


def _actions(part: Episodes, team: TeamSpec, index: np.ndarray, idle: np.ndarray) -> dict[str, Any]:
    """The action columns: vectors, or the number of the choice."""
    if team.action_kind == "discrete":
        choice = part.action.argmax(-1).astype(np.int32)[..., None]
        return {"action": _block(_spread(choice, index, len(idle)), idle, (1,) * team.agents)[0]}
    found = _block(_spread(part.action, index, len(idle)), idle, team.action_sizes)
    return {f"action_{k}": column for k, column in enumerate(found)}


def _spread(values: np.ndarray, index: np.ndarray, moments: int) -> np.ndarray:
    """The rows at their moments, and zeros elsewhere."""
    out = np.zeros((moments, *values.shape[1:]), values.dtype)
    out[index] = values
    return out


def _block(values: np.ndarray, idle: np.ndarray, sizes: tuple[int, ...]) -> list[Any]:
    """Each column of `moments agent columns` as an Arrow array; entries are null if idle or beyond a size."""
    import pyarrow

    beyond = np.arange(values.shape[-1]) >= np.asarray(sizes)[:, None]
    null = np.broadcast_to(idle[:, None, None] | beyond, values.shape).reshape(-1, values.shape[-1])
    flat = np.asarray(values).reshape(-1, values.shape[-1])
    return [
        pyarrow.array(np.ascontiguousarray(flat[:, k]), mask=np.ascontiguousarray(null[:, k]))
        for k in range(flat.shape[1])
    ]
