"""The report: one HTML file that holds everything it shows and loads nothing else."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from omarl.errors import RequestError
from omarl.files.writing import write_text
from omarl.report.draw.losses import losses_section
from omarl.report.draw.player import player
from omarl.report.draw.rows import result_rows
from omarl.report.draw.tables import results_html
from omarl.report.judge.groups import by_dataset, group_records, method_labels
from omarl.report.page.episodes import shown_episodes
from omarl.report.page.headline import headline, without_evaluation
from omarl.report.page.material import Material, read_material
from omarl.report.page.provenance import provenance_section
from omarl.report.page.sections import READING, across_section, dataset_section


def write_report(paths: Iterable[Path], out: Path) -> Path:
    """Write the report on everything in `paths` to `out`, as `write_page` does, and return the file."""
    return write_page(read_material(paths), out)


def write_page(material: Material, out: Path) -> Path:
    """Write the report on `material` and return the file; an older one is replaced in one step.

    `out` is a file that ends in .html, or a directory that gets a `report.html`. Raises `RequestError` if
    nothing can be written there.
    """
    target = out if out.suffix.lower() == ".html" else out / "report.html"
    text = page(material)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, text)
    except OSError as error:
        raise RequestError(f"{target} cannot be written: {error.strerror}; choose another --out") from error
    return target


def page(material: Material) -> str:
    """The whole page on `material` as HTML."""
    groups = group_records(material.records)
    title, lead = headline(groups, material.datasets) if groups else without_evaluation(material.unevaluated)
    script = _asset("units.js") + _asset("player.js")
    return Template(_asset("page.html")).substitute(
        title=escape(title),
        lead=escape(lead).replace(" ± ", "&nbsp;±&nbsp;").replace(" %", "&nbsp;%"),
        style=_asset("page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        body="\n".join(_body(material)),
    )


def _asset(name: str) -> str:
    return (files("omarl.report.page") / "assets" / name).read_text(encoding="utf-8")


def _body(material: Material) -> list[str]:
    """The sections of the page in order."""
    groups = group_records(material.records)
    order, members, datasets = method_labels(groups), by_dataset(groups), material.datasets
    body = (
        [results_html(result_rows(groups, datasets), order), f'<p class="note">{READING}</p>']
        if groups
        else []
    )
    body.append(losses_section(material.unevaluated))
    body.append(across_section(groups, order))
    for n, (key, rivals) in enumerate(members.items()):
        body.append(dataset_section(key, rivals, order, datasets.get(key), n))
        runs = [run for run in material.runs if key in run.trained_on]
        body.append(player(shown_episodes(runs, rivals), order, n))
    return [*body, provenance_section(groups, material.runs)]
