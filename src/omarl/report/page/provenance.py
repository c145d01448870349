"""The last section of the page: where its numbers come from. All text from files is escaped here."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from omarl.records.record import Record
from omarl.report import names
from omarl.report.draw.markup import html_table
from omarl.report.judge.cards import DatasetCard
from omarl.report.judge.groups import MethodRuns
from omarl.report.page.material import RecordedRun


def provenance_section(groups: Sequence[MethodRuns], runs: Sequence[RecordedRun]) -> str:
    """The datasets, the runs and their configurations as HTML."""
    cards = {run.dataset.hash: run.dataset for run in runs if run.dataset}
    return (
        "<h2>Where this comes from</h2>"
        + "".join(map(_card, cards.values()))
        + "<h3>Runs</h3>"
        + (_evaluated_runs(groups) if groups else "")
        + "".join(map(_configuration, runs))
    )


def _evaluated_runs(groups: Sequence[MethodRuns]) -> str:
    """A table of the runs that were evaluated, and the versions that made them."""
    made_by = _several(each.versions for each in _finals(groups))
    return f'{_run_table(groups)}<p class="note">Versions: {escape(made_by)}.</p>'


def _finals(groups: Sequence[MethodRuns]) -> list[Record]:
    return [record for each in groups for record in each.final]


def _card(card: DatasetCard) -> str:
    size, episodes = names.whole_number(card.rows), names.whole_number(card.episodes)
    facts = {
        "size": f"{size} joint transitions in {episodes} episodes",
        "mean return": f"{names.with_spread(card.return_mean, card.return_std)} (spread over episodes)",
        "made by": _plain(card.made_by),
        "checksum": card.hash,
    }
    items = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f"<h3>Dataset {escape(card.id)}</h3><dl>{items}</dl>"


def _plain(value: Any) -> str:
    """A JSON value in words, `name value, name value`; nested values stay JSON."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_inline(each)}" for name, each in value.items())
    return "" if value is None else _inline(value)


def _inline(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _run_table(groups: Sequence[MethodRuns]) -> str:
    head = ("dataset", "method", "seeds", "updates", "time", "device", "config")
    return html_table(head, "".join(map(_run_row, groups)), "words")


def _run_row(group: MethodRuns) -> str:
    final = group.final
    texts = (
        str(group.dataset),
        group.label,
        _seeds([record.seed for record in final]),
        _several(names.whole_number(record.updates) for record in final),
        names.duration(max(record.seconds for record in final)),
        _several(record.device for record in final),
        _several(record.config_hash[:12] for record in final),
    )
    return f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in texts)}</tr>"


def _seeds(seeds: Sequence[int]) -> str:
    """The seeds in words: `0 to 4` if there is no gap, else a list."""
    low, high = min(seeds), max(seeds)
    if len(seeds) > 2 and sorted(seeds) == list(range(low, high + 1)):
        return f"{low} to {high}"
    return ", ".join(map(str, seeds))


def _several(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


def _configuration(run: RecordedRun) -> str:
    text = json.dumps(run.config, indent=2, ensure_ascii=False)
    return (
        f"<details><summary>Configuration of {escape(run.name)}</summary><pre>{escape(text)}</pre></details>"
    )
