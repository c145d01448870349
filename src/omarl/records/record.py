"""Records: one row per evaluation of one run, appended to a CSV table and checked when it is read back.

A row that a crash cut short is dropped. The result of a run is its last evaluation, never its best.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import zip_longest
from operator import attrgetter
from pathlib import Path
from typing import Any

from omarl.errors import RequestError
from omarl.records.tables import append_rows, has_columns, rows_text

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
_IDENTITY = attrgetter(*RUN_FIELDS)
BEHAVIOUR, DATA = "behaviour", "data"
"""Algorithm and preset of a record of what a dataset itself returned, see `campaign.data_records`."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The evaluation of one run after `updates` updates, over `episodes` episodes.

    Returns are undiscounted and per episode; `return_std` is their standard deviation over episodes.
    `win_rate` is the fraction of the episodes that were won, None in a task that knows no wins. `score` is
    normalised by our own reference returns, `score_paper` by the paper's; either is None where nobody has
    measured them. `seconds` is the time spent on learning so far, without evaluation and compilation, which
    omarl 0.1 counted too. `versions` is one line such as `omarl 0.2.0, jax 0.10.2`.
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
    win_rate: float | None = None
    score: float | None
    score_paper: float | None
    episodes: int
    seconds: float
    device: str
    versions: str
    config_hash: str
    dataset_hash: str

    def __post_init__(self) -> None:
        """Raise `RequestError` for a value that a table cannot hold or a statistic cannot use."""
        for field in fields(self):
            _check(field.name, getattr(self, field.name))

    @property
    def identity(self) -> Identity:
        """The fields that tell this run from others."""
        return _IDENTITY(self)


COLUMNS = tuple(field.name for field in fields(Record))
LATER = ("win_rate",)
"""Columns that older tables do not have; there they are unknown."""
_AT_LEAST = {"updates": 0, "return_std": 0, "win_rate": 0, "episodes": 1, "seconds": 0}
_AT_MOST = {"win_rate": 1}


def _check(name: str, value: str | int | float | None) -> None:
    """Raise `RequestError` unless `value` may stand in the column `name`."""
    if isinstance(value, str) and not value.isprintable():
        raise RequestError(f"{name} must be one line of printable text, got {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError(f"{name} must be a finite number, got {value}")
    if name in _AT_LEAST and isinstance(value, int | float) and value < _AT_LEAST[name]:
        raise RequestError(f"{name} must be at least {_AT_LEAST[name]}, got {value}")
    if name in _AT_MOST and isinstance(value, int | float) and value > _AT_MOST[name]:
        raise RequestError(f"{name} must be at most {_AT_MOST[name]}, got {value}")


def append(path: Path, records: Sequence[Record]) -> None:
    """Add `records` to the table at `path`, see `tables.append_rows`; an older table keeps its columns."""
    older = tuple(name for name in COLUMNS if name not in LATER)
    columns = older if has_columns(path, older) else COLUMNS
    append_rows(path, columns, map(attrgetter(*columns), records))


def table_text(records: Iterable[Record]) -> str:
    """A whole table of these records, as `append` writes it."""
    return rows_text([COLUMNS, *map(astuple, records)])


def read_records(paths: Iterable[Path]) -> list[Record]:
    """Every record in the tables at `paths`; directories are searched with all that is below them.

    A file that is named, or is called `records.csv`, must be a table of records. Other CSV files in a
    directory are skipped unless they have all columns of a record but the `LATER` ones. Of two evaluations
    of one run after the same number of updates the later counts, because the run was interrupted in between.
    Raises `RequestError`, with file and line, for a table that is damaged.
    """
    found: dict[tuple[Identity, int], Record] = {}
    for table, required in _tables(paths).items():
        for record in _read_table(table, required):
            found[record.identity, record.updates] = record
    return list(found.values())


def _tables(paths: Iterable[Path]) -> dict[Path, bool]:
    """The tables to read, each with whether it must be a table of records."""
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
        text = io.StringIO(data[: data.rfind(b"\n") + 1].decode())
        lines = [line for line in csv.reader(text, strict=True) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        if not required:
            return []
        raise RequestError(f"{path} cannot be read as a table of records (CSV in UTF-8): {error}") from error
    header, rows = (lines[0], lines[1:]) if lines else (list(COLUMNS), [])
    missing = [name for name in COLUMNS if name not in (*header, *LATER)]
    if missing and required:
        raise RequestError(f"{path} is not a table of records: it lacks the columns {', '.join(missing)}")
    return [] if missing else _parse_rows(header, rows, path)


def _parse_rows(header: list[str], rows: list[list[str]], path: Path) -> list[Record]:
    """The records in the rows of a table, column by column, because most texts of a column are alike."""
    unknown = dict.fromkeys(LATER, ("",) * len(rows))
    texts_of = unknown | dict(zip_longest(header, zip_longest(*rows), fillvalue=(None,) * len(rows)))
    columns = []
    for field in fields(Record):
        texts = texts_of[field.name]
        values = {}
        for text in dict.fromkeys(texts):
            try:
                values[text] = _value(text, field.name, field.type)
            except RequestError as error:
                raise RequestError(f"{path}, line {texts.index(text) + 2}: {error}") from None
        columns.append(map(values.__getitem__, texts))
    return [_checked(row) for row in zip(*columns, strict=True)]


def _value(text: str | None, name: str, kind: object) -> str | int | float | None:
    """The cell of a column as the type that `Record` declares for it."""
    if text is None:
        raise RequestError(f"{name} is missing, the row is too short")
    if text == "" and kind == float | None:
        return None
    try:
        value = text if kind is str else int(text) if kind is int else float(text)
    except ValueError:
        raise RequestError(f"{name} must be a number, got {text[:40]!r}") from None
    _check(name, value)
    return value


def _checked(values: Iterable[Any]) -> Record:
    """The record with these values, which have passed `_check` already: they are most of its cost."""
    record = object.__new__(Record)
    record.__dict__.update(zip(COLUMNS, values, strict=True))
    return record


def last(records: Iterable[Record]) -> list[Record]:
    """The last evaluation of every run: the one after the most updates, never the best."""
    final: dict[Identity, Record] = {}
    for record in records:
        known = final.get(record.identity)
        if known is None or record.updates >= known.updates:
            final[record.identity] = record
    return list(final.values())
