"""Which runs are finished, by what they were and not where they lie; and an experiment's table."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from omarl.records.record import Record, append, read_records


class Key(NamedTuple):
    """What makes two runs the same: configuration, data, seed, and how they were evaluated."""

    config_hash: str
    dataset_hash: str
    seed: int
    episodes: int


Ledger = Mapping[Key, Sequence[Record]]
"""The evaluations of every known run, interrupted ones among them."""


def index(places: Iterable[Path]) -> Ledger:
    """All records in the tables below those of `places` that exist."""
    found: dict[Key, list[Record]] = {}
    for record in read_records([place for place in places if place.exists()]):
        key = Key(record.config_hash, record.dataset_hash, record.seed, record.episodes)
        found.setdefault(key, []).append(record)
    return found


def publish(table: Path, fresh: Sequence[Record]) -> None:
    """Put the records of finished runs into an experiment's table, whole or not at all.

    They replace what the table says of the same cells, presets and seeds; the rest stays. Rows are sorted, so
    that a new run changes few lines.
    """
    replaced = {_label(record) for record in fresh}
    old = read_records([table]) if table.exists() else []
    rows = sorted([*fresh, *(record for record in old if _label(record) not in replaced)], key=_order)
    if not rows:
        return
    unfinished = table.with_name(f".{table.name}.{os.getpid()}")
    try:
        append(unfinished, rows)
        os.replace(unfinished, table)
    finally:
        unfinished.unlink(missing_ok=True)


def _label(record: Record) -> tuple[Any, ...]:
    return record.task, record.quality, record.algorithm, record.critic, record.preset, record.seed


def _order(record: Record) -> tuple[Any, ...]:
    return *_label(record), record.updates
