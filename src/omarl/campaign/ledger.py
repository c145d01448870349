"""The ledger of recorded runs, found by what they were and not by where they lie; and tables of results."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omarl.files.writing import write_text
from omarl.records.record import Record, read_records, table_text

Ledger = Mapping[tuple[str, int, int], Sequence[Record]]
"""The evaluations of all runs, interrupted ones too, by configuration hash, seed and episodes evaluated."""


def read_ledger(places: Iterable[Path]) -> Ledger:
    """All records in the tables below those of `places` that exist."""
    found: dict[tuple[str, int, int], list[Record]] = {}
    for record in read_records([place for place in places if place.exists()]):
        found.setdefault((record.config_hash, record.seed, record.episodes), []).append(record)
    return found


def update_table(table: Path, fresh: Sequence[Record]) -> None:
    """Put the records of finished runs into an experiment's table, in one step.

    They replace what the table says of the same cells, presets and seeds; the rest stays. Rows are sorted, so
    that a new run changes few lines.
    """
    replaced = {_label(record) for record in fresh}
    old = read_records([table]) if table.exists() else []
    rows = sorted([*fresh, *(record for record in old if _label(record) not in replaced)], key=_order)
    if rows:
        table.parent.mkdir(parents=True, exist_ok=True)
        write_text(table, table_text(rows))


def _label(record: Record) -> tuple[Any, ...]:
    return record.task, record.quality, record.algorithm, record.critic, record.preset, record.seed


def _order(record: Record) -> tuple[Any, ...]:
    return *_label(record), record.updates
