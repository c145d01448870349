"""A dataset's card in the terminal: a table, and a histogram of its returns."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from omarl.data.card import Summary
from omarl.data.findings import Finding
from omarl.data.imports.known import Known

BAR = 40
SEVERITY_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def print_drawings(*drawn: Any) -> None:
    """Print tables and texts to standard output."""
    Console(highlight=False).print(*drawn, sep="\n")


def card(summary: Summary) -> Group:
    """A dataset's whole card, ready to print."""
    table = Table(title=Text(summary.id), show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _lines(summary):
        table.add_row(name, Text(plain(value)))
    return Group(table, Text("\nreturns of the episodes"), histogram(summary))


def histogram(summary: Summary) -> Text:
    """One bar per range of returns, with the number of episodes in that range."""
    counts, edges = summary.histogram_counts, summary.histogram_edges
    most = max(counts)
    rows = [
        f"{low:>10.4g} to {high:<10.4g} {'█' * -(-BAR * count // most):<{BAR}} {count}"
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    return Text("\n".join(rows), no_wrap=True)


def draw_findings(found: Sequence[Finding]) -> Table | Text:
    """Findings as a table, the most severe first."""
    if not found:
        return Text("nothing found: the dataset is in order")
    table = Table("", "what", "where", "what to do", show_lines=True)
    for finding in sorted(found, key=lambda f: list(SEVERITY_COLOURS).index(f.severity)):
        cells = (finding.what, finding.where, finding.remedy)
        table.add_row(
            Text(finding.severity, SEVERITY_COLOURS[finding.severity]), *(Text(plain(c)) for c in cells)
        )
    return table


def draw_formats(known: Mapping[str, Known]) -> Table:
    """The known formats as a table."""
    table = Table("--format", "what it is", show_lines=True)
    for name, about in known.items():
        lines = [about.holds, f"recognised by: {about.looks}", f"comes from: {about.source}"]
        lines += [f"needs: omarl[{about.extra}]"] if about.extra else []
        table.add_row(Text(name), Text("\n".join(lines)))
    return table


def plain(text: str) -> str:
    """The text without control characters, because it may come from an untrusted file."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _lines(s: Summary) -> list[tuple[str, str]]:
    """Name and value of each row of the table."""
    length, returns = s.length, s.returns
    quantiles = ", ".join(f"{name[1:]} %: {v:.4g}" for name, v in returns.items() if name.startswith("q"))
    ranges = zip(s.reward_range, s.action_range, strict=True)
    return [
        ("task, quality", f"{s.task or 'unknown'}, {s.quality or 'unknown'}"),
        ("transitions", f"{s.transitions:,} in {s.episodes:,} episodes ({s.bytes / 1e6:,.1f} MB)"),
        ("episode length", f"{length['min']:g} to {length['max']:g} steps, mean {length['mean']:.4g}"),
        ("ends", f"{s.ends_terminal:,} terminal, {s.ends_truncated:,} by time limit"),
        (
            "agents",
            f"{s.agents}: observations {s.observation_sizes}, {s.action_kind} actions {s.action_sizes}",
        ),
        ("return", "{mean:.4g} ± {std:.4g}, {min:.4g} to {max:.4g}".format(**returns)),
        ("quantiles", quantiles),
        *((f"score ({name})", f"{score:.1f}") for name, score in s.scores.items()),
        *(
            (f"agent {i}", f"rewards {r[0]:.4g} to {r[1]:.4g}, actions {a[0]:.4g} to {a[1]:.4g}")
            for i, (r, a) in enumerate(ranges)
        ),
        *_columns(s),
        ("made by", json.dumps(s.made_by)),
        ("versions", json.dumps(s.versions)),
        ("licence", s.licence),
    ]


def _columns(s: Summary) -> list[tuple[str, str]]:
    """For each agent the names of its columns and what they were in the source, as far as that is known."""
    named: dict[str, Sequence[Any]] = {
        name: s.columns[name] for name in ("observation", "action") if name in s.columns
    }
    actions: Sequence[Mapping[str, Any]] = s.units.get("actions", ())
    named |= {name: [entry.get(name) for entry in actions] for name in ("low", "high", "choices")}
    named["subtracted from the observation"] = s.units.get("observation_offsets", ())
    agents = s.columns.get("agents") or range(s.agents)
    rows = [
        (
            f"columns of {agent}",
            [f"{name}: {_listed(value[i])}" for name, value in named.items() if value and value[i]],
        )
        for i, agent in enumerate(agents)
    ]
    return [(agent, "; ".join(parts)) for agent, parts in rows if parts]


def _listed(values: Sequence[str | float]) -> str:
    """Names or numbers in one line."""
    return ", ".join(value if isinstance(value, str) else f"{value:.10g}" for value in values)
