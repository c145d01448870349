"""Records: one row per evaluation of one run, appended to a CSV table and read back without trust.

A row that a crash cut short is dropped. The score that counts is the last evaluation, never the best.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from omarl.errors import RequestError
from omarl.records import tables

RUN_FIELDS = (
    "experiment",
    "task",
    "quality",
    "algorithm",
    "critic",
    "preset",
    "seed",
    "config_hash",
    "dataset_hash",
)
Identity = tuple[str | int, ...]
BEHAVIOUR, DATA = "behaviour", "data"
"""Algorithm and preset of a record of what a dataset returned, see `experiments.behaviour`."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The evaluation of one run after `updates` updates, over `episodes` episodes.

    Returns are undiscounted and per episode, `return_std` is the spread over episodes. `score` is normalised
    by our own reference returns, `score_paper` by the paper's; either is None where nobody has measured them.
    `seconds` is the time spent so far on learning, `versions` one line such as `omarl 0.1.0, jax 0.10.2`.
    """

    experiment: str
    task: str
    quality: str
    algorithm: str
    critic: str
    preset: str
    seed: int
    updates: int
    return_mean: float
    return_std: float
    score: float | None
    score_paper: float | None
    episodes: int
    seconds: float
    device: str
    versions: str
    config_hash: str
    dataset_hash: str

    def __post_init__(self) -> None:
        """Refuse what a table cannot hold or a statistic cannot use."""
        for field in fields(self):
            _check(field.name, getattr(self, field.name))

    @property
    def identity(self) -> Identity:
        """What makes this run another run than the others."""
        return tuple(getattr(self, name) for name in RUN_FIELDS)


COLUMNS = tuple(field.name for field in fields(Record))
_AT_LEAST = {"updates": 0, "return_std": 0, "episodes": 1, "seconds": 0}


def _check(name: str, value: str | int | float | None) -> None:
    """Raise `RequestError` unless `value` may stand in the column `name`."""
    if isinstance(value, str) and not value.isprintable():
        raise RequestError(f"{name} must be one line of printable text, got {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError(f"{name} must be a finite number, got {value}")
    if name in _AT_LEAST and isinstance(value, int | float) and value < _AT_LEAST[name]:
        raise RequestError(f"{name} must be at least {_AT_LEAST[name]}, got {value}")


def append(path: Path, records: Sequence[Record]) -> None:
    """Add `records` to the table at `path`, see `tables.append`."""
    tables.append(path, COLUMNS, map(astuple, records))


def read(paths: Iterable[Path]) -> list[Record]:
    """Every record in the tables at `paths`; directories are searched through and through.

    A file that is named, or is called `records.csv`, must be a table of records; other CSV files in a
    directory are skipped unless their header is ours. Where a run was interrupted and went on, the later of
    two evaluations after the same number of updates counts.
    """
    found: dict[tuple[Identity, int], Record] = {}
    for table, required in _tables(paths).items():
        for record in _read_table(table, required):
            found[record.identity, record.updates] = record
    return list(found.values())


def _tables(paths: Iterable[Path]) -> dict[Path, bool]:
    """The tables to be read, each with whether it has to be one."""
    found: dict[Path, bool] = {}
    for path in paths:
        if not path.exists():
            raise RequestError(f"{path} does not exist: name a table of records or a directory with some")
        if path.is_dir():
            for table in sorted(path.rglob("*.csv")):
                found.setdefault(table.resolve(), table.name == "records.csv")
        else:
            found[path.resolve()] = True
    return found


def _read_table(path: Path, required: bool) -> list[Record]:
    """The records in one table; none if it is something else and not `required` to be one."""
    try:
        data = path.read_bytes()
        reader = csv.DictReader(io.StringIO(data[: data.rfind(b"\n") + 1].decode()), strict=True)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing and reader.fieldnames is not None and required:
            raise RequestError(f"{path} is not a table of records: it lacks the columns {', '.join(missing)}")
        return [] if missing else [_parse(row, f"{path}, line {reader.line_num}") for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        if not required:
            return []
        raise RequestError(f"{path} cannot be read as a table of records (CSV in UTF-8): {error}") from error


def _parse(row: dict[str, str], place: str) -> Record:
    """The record in one row of a table; `place` is named if it is none."""
    try:
        cells: dict[str, Any] = {field.name: _value(row, field.name, field.type) for field in fields(Record)}
        return Record(**cells)
    except RequestError as error:
        raise RequestError(f"{place}: {error}") from error


def _value(row: dict[str, str], name: str, kind: object) -> str | int | float | None:
    """The cell `name` of a row as the type that `Record` declares for it."""
    text = row[name]
    if text is None:
        raise RequestError(f"{name} is missing, the row is too short")
    if kind is str:
        return text
    if text == "" and kind == float | None:
        return None
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        raise RequestError(f"{name} must be a number, got {text[:40]!r}") from None


def last(records: Iterable[Record]) -> list[Record]:
    """The last evaluation of every run: the one after the most updates, never the best."""
    final: dict[Identity, Record] = {}
    for record in records:
        known = final.get(record.identity)
        if known is None or record.updates >= known.updates:
            final[record.identity] = record
    return list(final.values())
