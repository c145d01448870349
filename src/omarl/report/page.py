"""The report: one HTML file that holds everything it shows and loads nothing."""

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from omarl.errors import RequestError
from omarl.report import player, provenance, sections, tables
from omarl.report.groups import cells, group, labels
from omarl.report.headline import headline
from omarl.report.runs import Material, gather


def build(paths: Iterable[Path], out: Path) -> Path:
    """Write the report on everything in `paths` to `out`; returns the file that was written.

    `out` is a file that ends in .html, or a directory that gets a `report.html`. An older report is replaced,
    at once and as a whole.
    """
    return write(gather(paths), out)


def write(material: Material, out: Path) -> Path:
    """Write the report on `material` to `out`, as `build` does."""
    target = out if out.suffix.lower() == ".html" else out / "report.html"
    text = page(material)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, text)
    except OSError as error:
        raise RequestError(f"{target} cannot be written: {error.strerror}; choose another --out") from error
    return target


def _replace(target: Path, text: str) -> None:
    """Put `text` at `target`, through a temporary file beside it."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".report-", suffix=".html")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def page(material: Material) -> str:
    """The whole page on `material`."""
    groups = group(material.records)
    title, lead = headline(groups, material.datasets)
    script = _asset("player.js")
    return Template(_asset("page.html")).substitute(
        title=escape(title),
        lead=escape(lead).replace(" ± ", "&nbsp;±&nbsp;").replace(" %", "&nbsp;%"),
        style=_asset("page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        body="\n".join(_body(material)),
    )


def _asset(name: str) -> str:
    return (files("omarl.report") / "assets" / name).read_text(encoding="utf-8")


def _body(material: Material) -> list[str]:
    """The sections of the page in order."""
    groups = group(material.records)
    order, by_cell, datasets = labels(groups), cells(groups), material.datasets
    body = [tables.html(tables.rows(groups, datasets), order), f'<p class="note">{sections.READING}</p>']
    body.append(sections.across(by_cell, order))
    for n, (cell, members) in enumerate(by_cell.items()):
        body.append(sections.dataset(cell, members, order, datasets.get(cell), n))
        body.append(player.episodes([run for run in material.runs if cell in run.cells], members, order, n))
    return [*body, provenance.section(groups, material.runs)]
