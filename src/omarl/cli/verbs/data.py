"""`omarl data`: show, check, import, export and subsample datasets."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import tyro

from omarl.cli import options
from omarl.cli.draw import card
from omarl.data.card import summarise
from omarl.data.dataset import Dataset
from omarl.data.exports.official import to_official
from omarl.data.exports.parquet import to_parquet
from omarl.data.imports.formats import Format, import_from
from omarl.data.imports.known import KNOWN, NOT_READ
from omarl.data.imports.rows import Terminals
from omarl.data.store import load, save
from omarl.data.subsample import subsample
from omarl.data.validate import validate
from omarl.errors import RequestError
from omarl.versions import simulators, version_differences

UNLESS_LISTING = tyro.conf.arg(metavar="PATH", help_behavior_hint="(required, except with --list)")
FORMATS = "{" + ",".join(get_args(Format)) + "}"


@dataclass(frozen=True, kw_only=True)
class Info:
    """Show a dataset's card: sizes, returns, and how it was made."""

    dataset: tyro.conf.Positional[str]
    """A dataset's directory, or an id such as spread/medium-replay, which is looked for below ./data."""

    json: bool = False
    """Print the card as JSON."""

    def __call__(self) -> int:
        """Print the card; returns 0."""
        summary = summarise(load(self.dataset))
        found = simulators(summary.versions)
        if self.json:
            _print_json(asdict(summary) | {"simulators": found})
        else:
            card.print_drawings(card.card(summary))
            for line in version_differences(found):
                print(card.plain(line))
        return 0


@dataclass(frozen=True, kw_only=True)
class Validate:
    """Look for everything in a dataset that would harm learning; the exit code is 1 if there is an error."""

    dataset: tyro.conf.Positional[str]
    """A dataset's directory, or an id such as spread/medium-replay, which is looked for below ./data."""

    json: bool = False
    """Print the findings as a JSON list of objects with severity, what, where and remedy."""

    def __call__(self) -> int:
        """Print the findings; returns 1 if one of them is an error, otherwise 0."""
        found = validate(self.dataset)
        if self.json:
            _print_json([asdict(finding) for finding in found])
        else:
            card.print_drawings(card.draw_findings(found))
        return int(any(finding.severity == "error" for finding in found))


@dataclass(frozen=True, kw_only=True)
class ImportDataset:
    """Read a foreign dataset, such as a Parquet or CSV log, published data or a vault (see --list)."""

    source: Annotated[tyro.conf.Positional[Path | None], UNLESS_LISTING] = None
    """The folder or file to read, or a pattern of names of files."""

    out: Annotated[Path | None, UNLESS_LISTING] = None
    """The new dataset's directory."""

    list: bool = False
    """Say which formats are known, how each is recognised and where such data come from; nothing is read."""

    format: Annotated[Format | None, options.unset(FORMATS, "guessed")] = None
    """The format of the source; by default it is guessed from its name and content."""

    mapping: Annotated[Path | None, options.unset("PATH", "the names that export writes")] = None
    """TOML file that says which column of a table means what, and what actions mean."""

    id: Annotated[str | None, options.unset("STR", "made of the source's name")] = None
    """The dataset's id, for instance warehouse/night-shift-v0."""

    terminals: Terminals = "auto"
    """What to do with marks of true ends: keep them, drop them (all ends are time limits), or auto: drop them
    if all episodes have the same length and end with such a mark."""

    json: bool = False
    """Print what was written as JSON."""

    def __call__(self) -> int:
        """Write the dataset, or list the formats; returns 0."""
        if self.list:
            return _list_formats(self.json)
        if self.source is None or self.out is None:
            raise RequestError(
                "name what to read, and --out DIR for the dataset; --list tells what can be read"
            )
        found = import_from(self.source, self.format, self.id, self.terminals, self.mapping)
        for note in found.notes:
            _say(note)
        path = found.write(self.out)
        _say(f"look it over with `omarl data validate {path}`")
        return _written(path, self.json, found.notes)


@dataclass(frozen=True, kw_only=True)
class Export:
    """Write a dataset in a format that others read."""

    dataset: tyro.conf.Positional[str]
    """A dataset's directory, or an id such as spread/medium-replay, which is looked for below ./data."""

    out: Path
    """The new file (for parquet) or folder (for official)."""

    format: Literal["parquet", "official"] = "parquet"
    """parquet: one row per episode, step and agent; official: .npy files per agent as published."""

    json: bool = False
    """Print what was written as JSON."""

    def __call__(self) -> int:
        """Write the file or folder; returns 0."""
        dataset = load(self.dataset)
        notes = _not_in_official(dataset) if self.format == "official" else []
        for note in notes:
            _say(note)
        path = {"parquet": to_parquet, "official": to_official}[self.format](dataset, self.out)
        return _report(path, self.json, dataset.rows, dataset.episodes, notes)


@dataclass(frozen=True, kw_only=True)
class Subsample:
    """Write a smaller dataset with the same distribution: whole episodes, drawn at random."""

    dataset: tyro.conf.Positional[str]
    """A dataset's directory, or an id such as spread/replay, which is looked for below ./data."""

    out: Path
    """The new dataset's directory."""

    fraction: float
    """Share of the episodes to keep, above 0 and at most 1."""

    seed: int = 0
    """Seed of the draw, 0 or more."""

    json: bool = False
    """Print what was written as JSON."""

    def __call__(self) -> int:
        """Write the dataset; returns 0."""
        return _written(
            save(subsample(load(self.dataset), self.fraction, self.seed), self.out), self.json, []
        )


def _not_in_official(dataset: Dataset) -> list[str]:
    """What the layout of the published data has no place for."""
    lost = {
        "which actions were legal is not exported": dataset.legal is not None,
        "which agents were there is not exported": dataset.alive is not None,
        "the log's units of actions and observations are not exported": bool(dataset.metadata.units),
    }
    return [note for note, is_lost in lost.items() if is_lost]


def _list_formats(as_json: bool) -> int:
    """Print what is known of each format; returns 0."""
    if as_json:
        _print_json({name: known._asdict() for name, known in KNOWN.items()})
    else:
        card.print_drawings(card.draw_formats(KNOWN), NOT_READ)
    return 0


def _written(path: Path, as_json: bool, notes: Sequence[str]) -> int:
    """Print which dataset was written; returns 0."""
    dataset = load(path, verify=False)
    return _report(path, as_json, dataset.rows, dataset.episodes, notes)


def _report(path: Path, as_json: bool, rows: int, episodes: int, notes: Sequence[str]) -> int:
    """Print what was written; returns 0."""
    if as_json:
        _print_json({"path": str(path), "transitions": rows, "episodes": episodes, "notes": list(notes)})
    else:
        print(f"{path}: {rows} transitions in {episodes} episodes")
    return 0


def _print_json(value: Any) -> None:
    """Print a value to standard output as JSON."""
    print(json.dumps(value, indent=1, allow_nan=False))


def _say(message: str) -> None:
    """Print a message to standard error."""
    print(card.plain(message), file=sys.stderr)


DATA_VERBS = {
    "info": Info,
    "validate": Validate,
    "import": ImportDataset,
    "export": Export,
    "subsample": Subsample,
}


def data_command(arguments: Sequence[str]) -> int:
    """Carry out `omarl data`; returns the exit code."""
    return tyro.extras.subcommand_cli_from_dict(
        DATA_VERBS, prog="omarl data", args=list(arguments), config=options.PLAIN
    )()
