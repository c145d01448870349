"""`dataset.json`: the description of a dataset's directory, and strict checks when it is read."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from omarl.data.dataset import Metadata
from omarl.data.episodes import DTYPES, OPTIONAL_FIELDS, check_life, shapes
from omarl.data.life import LIFE
from omarl.data.units import check_units
from omarl.errors import RequestError
from omarl.files import strict_json
from omarl.types import TeamSpec

NAME = "dataset.json"
FORMAT = "omarl-dataset"
VERSION = 1
ID_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=-]*(/[A-Za-z0-9_][A-Za-z0-9_.+=-]*)*")
OPTIONAL_MEMBERS = ("columns", "units")  # members that earlier datasets lack
SHA256 = re.compile(r"[0-9a-f]{64}")
COLUMN_NAMES = frozenset(("observation", "action"))
_T = TypeVar("_T")


@dataclass(frozen=True)
class FileRecord:
    """One array's file: data type in numpy's notation, shape, and the sha256 of all its bytes."""

    dtype: str
    shape: tuple[int, ...]
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The content of `dataset.json`; `files` maps a field to the record of its file `FIELD.npy`."""

    metadata: Metadata
    rows: int
    episodes: int
    files: Mapping[str, FileRecord]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the dataset in `folder`; raises `RequestError` for a wrong type, name or size."""
    path = folder / NAME
    value = strict_json.read(path)
    try:
        return _parse(value)
    except RequestError as error:
        raise RequestError(f"{path}: {error}") from None


def dumps(manifest: Manifest) -> str:
    """The text of `dataset.json`; raises `RequestError` if the metadata cannot be kept as JSON."""
    try:
        about = {"metadata": metadata_json(manifest.metadata)}
        value = {"format": FORMAT, "version": VERSION, **asdict(manifest), **about}
        text = json.dumps(value, indent=1, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise RequestError(
            f"metadata is not JSON-safe: {error}; use numbers, text, lists and dicts"
        ) from None
    _parse(strict_json.parse(text.encode(), "metadata"))
    return text


def require_storable(metadata: Metadata) -> None:
    """Raise `RequestError` if the metadata cannot be kept: before anything is recorded for it."""
    try:
        text = json.dumps(metadata_json(metadata), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RequestError(
            f"metadata is not JSON-safe: {error}; use numbers, text, lists and dicts"
        ) from None
    parse_metadata(strict_json.parse(text.encode(), "metadata"))


def fingerprint(folder: Path) -> str:
    """A hash of the dataset's arrays, 16 hexadecimal digits."""
    text = "".join(
        f"{name}:{record.sha256}\n" for name, record in sorted(read_manifest(folder).files.items())
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def metadata_json(metadata: Metadata) -> dict[str, Any]:
    """The metadata as a JSON object, without names of columns and units if there are none."""
    return {name: value for name, value in asdict(metadata).items() if value or name not in OPTIONAL_MEMBERS}


def parse_metadata(value: Any) -> Metadata:
    """The metadata in a JSON object; raises `RequestError` for wrong or unknown members."""
    found = _members(value, METADATA.keys(), {"id", "team"}, "metadata")
    metadata = Metadata(**{name: METADATA[name](member) for name, member in found.items()})
    check_units(metadata.units, metadata.team)
    return metadata


def _parse(value: Any) -> Manifest:
    """The manifest in a JSON object; its shapes must agree with the team and the counts."""
    names = {"format", "version", "metadata", "rows", "episodes", "files"}
    found = _members(value, names, names, NAME)
    if (found["format"], found["version"]) != (FORMAT, VERSION):
        raise RequestError(
            f"format {found['format']!r} version {found['version']!r}, expected {FORMAT!r} version "
            f"{VERSION}: read it with the version of omarl that wrote it"
        )
    rows, episodes = _count(found["rows"], "rows"), _count(found["episodes"], "episodes")
    metadata = parse_metadata(found["metadata"])
    files = _files(found["files"], shapes(metadata.team, rows, episodes))
    return Manifest(metadata, rows, episodes, files)


def _files(value: Any, expected: Mapping[str, tuple[int, ...]]) -> dict[str, FileRecord]:
    """The record of each array's file; those of optional fields may be absent."""
    found = _members(value, set(DTYPES), set(DTYPES) - OPTIONAL_FIELDS, "files")
    check_life(found.keys() & set(LIFE))
    return {name: _file(found[name], name, expected[name]) for name in DTYPES if name in found}


def _file(value: Any, name: str, shape: tuple[int, ...]) -> FileRecord:
    """One file's record; its type and shape must be those of the field."""
    parts = {"dtype", "shape", "sha256"}
    found = _members(value, parts, parts, name)
    if found["dtype"] != DTYPES[name] or _sizes(found["shape"], f"shape of {name}") != shape:
        raise RequestError(
            f"{name} is said to be {str(found['dtype'])[:40]} of shape {str(found['shape'])[:80]}, "
            f"expected {DTYPES[name]} of shape {shape} for this team"
        )
    if not SHA256.fullmatch(_typed(found["sha256"], str, "sha256")):
        raise RequestError(f"sha256 of {name} is {found['sha256'][:80]!r}, expected 64 hexadecimal digits")
    return FileRecord(found["dtype"], shape, found["sha256"])


def _team(value: Any) -> TeamSpec:
    """The team in a JSON object."""
    names = {"observation_sizes", "action_sizes", "action_kind"}
    found = _members(value, names, names, "team")
    if found["action_kind"] not in ("continuous", "discrete"):
        raise RequestError(f"action_kind is {found['action_kind']!r}, expected 'continuous' or 'discrete'")
    sizes = {name: _sizes(found[name], name) for name in ("observation_sizes", "action_sizes")}
    return TeamSpec(**sizes, action_kind=found["action_kind"])


def _identifier(value: Any) -> str:
    """An id such as `spread/medium-replay-v0`; it becomes a path and so must not contain `..`."""
    if not ID_PATTERN.fullmatch(_typed(value, str, "id")) or len(value) > 200 or ".." in value:
        raise RequestError(f"id is {value[:200]!r}, expected letters, digits and ._+=- in parts joined by /")
    return value


def _members(value: Any, known: Set[str], required: Set[str], where: str) -> dict[str, Any]:
    """The object; it must have all required members and no unknown ones."""
    found = _typed(value, dict, where)
    for name in sorted(required - found.keys()):
        raise RequestError(f"{where} lacks {name!r}")
    for name in sorted(found.keys() - known):
        raise RequestError(f"{where} has an unknown member {name[:80]!r}, expected only {sorted(known)}")
    return found


def _typed(value: Any, kind: type[_T], where: str) -> _T:
    """The value; it must be of exactly this type (a truth value is not a number)."""
    if type(value) is not kind:
        raise RequestError(f"{where} is {str(value)[:80]!r}, expected {kind.__name__}")
    return value


def _count(value: Any, where: str) -> int:
    """A count from 1 to 2^48."""
    if not 1 <= _typed(value, int, where) < 2**48:
        raise RequestError(f"{where} is {value}, expected 1 to 2^48")
    return value


def _sizes(value: Any, where: str) -> tuple[int, ...]:
    """A list of positive whole numbers as a tuple."""
    return tuple(_count(size, where) for size in _typed(value, list, where))


def _optional_text(value: Any) -> str | None:
    """A text, or null."""
    return None if value is None else _typed(value, str, "task or quality")


def _object(value: Any) -> dict[str, Any]:
    """An object with any members."""
    return _typed(value, dict, "task_parameters, made_by or units")


def _references(value: Any) -> dict[str, dict[str, float]]:
    """Tables of reference returns, by their names."""
    tables = {name: _typed(table, dict, "references") for name, table in _object(value).items()}
    return {name: {key: _number(entry) for key, entry in table.items()} for name, table in tables.items()}


def _number(value: Any) -> float:
    """A number, whole or not."""
    return float(value) if type(value) is int else _typed(value, float, "reference return")


def _columns(value: Any) -> dict[str, list[Any]]:
    """The names of agents and columns."""
    found = _members(value, {"agents", *COLUMN_NAMES}, set(), "columns")
    made: dict[str, list[Any]] = {}
    for name, entries in found.items():
        lists = _typed(entries, list, name)
        if name == "agents":
            made[name] = [_typed(entry, str, name) for entry in lists]
        else:
            made[name] = [[_typed(entry, str, name) for entry in _typed(part, list, name)] for part in lists]
    return made


def _versions(value: Any) -> dict[str, str]:
    """Versions as texts, by the name of the software."""
    return {name: _typed(version, str, "versions") for name, version in _object(value).items()}


METADATA: Mapping[str, Callable[[Any], Any]] = {
    "id": _identifier,
    "team": _team,
    "task": _optional_text,
    "task_parameters": _object,
    "quality": _optional_text,
    "references": _references,
    "made_by": _object,
    "versions": _versions,
    "columns": _columns,
    "licence": lambda value: _typed(value, str, "licence"),
    "units": _object,
}
