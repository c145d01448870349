"""Where the numbers come from: the page's last section. Whatever comes from a file is escaped here."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from omarl.records.record import Record
from omarl.report import names
from omarl.report.groups import Group
from omarl.report.runs import DatasetCard, Run
from omarl.report.tables import plain_table


def section(groups: Sequence[Group], runs: Sequence[Run]) -> str:
    """Where the numbers come from: datasets, runs and their configurations."""
    cards = {run.dataset.hash: run.dataset for run in runs if run.dataset}
    return (
        "<h2>Where this comes from</h2>"
        + "".join(map(_card, cards.values()))
        + "<h3>Runs</h3>"
        + _run_table(groups)
        + f'<p class="note">Versions: {escape(_several(each.versions for each in _finals(groups)))}.</p>'
        + "".join(map(_configuration, runs))
    )


def _finals(groups: Sequence[Group]) -> list[Record]:
    return [record for each in groups for record in each.final]


def _card(card: DatasetCard) -> str:
    facts = {
        "size": f"{names.count(card.rows)} joint transitions in {names.count(card.episodes)} episodes",
        "mean return": f"{names.spread(card.return_mean, card.return_std)} (spread over episodes)",
        "made by": _plain(card.made_by),
        "checksum": card.hash,
    }
    items = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f"<h3>Dataset {escape(card.id)}</h3><dl>{items}</dl>"


def _plain(value: Any) -> str:
    """JSON in words: `name value, name value`, anything deeper as it is."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_inline(each)}" for name, each in value.items())
    return "" if value is None else _inline(value)


def _inline(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _run_table(groups: Sequence[Group]) -> str:
    head = ("dataset", "method", "seeds", "updates", "time", "device", "config")
    return plain_table(head, "".join(map(_run_row, groups)), "words")


def _run_row(group: Group) -> str:
    final = group.final
    texts = (
        str(group.cell),
        group.label,
        _seeds([record.seed for record in final]),
        _several(names.count(record.updates) for record in final),
        names.duration(max(record.seconds for record in final)),
        _several(record.device for record in final),
        _several(record.config_hash[:12] for record in final),
    )
    return f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in texts)}</tr>"


def _seeds(seeds: Sequence[int]) -> str:
    """`0 to 4` for seeds without a gap, else a list."""
    low, high = min(seeds), max(seeds)
    if len(seeds) > 2 and sorted(seeds) == list(range(low, high + 1)):
        return f"{low} to {high}"
    return ", ".join(map(str, seeds))


def _several(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


def _configuration(run: Run) -> str:
    text = json.dumps(run.config, indent=2, ensure_ascii=False)
    return (
        f"<details><summary>Configuration of {escape(run.name)}</summary><pre>{escape(text)}</pre></details>"
    )
