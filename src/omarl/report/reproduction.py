"""The page on the paper's experiments, in Markdown: each beside what was measured, from records alone.

It is built from a directory such as `results/`: tables of records, tables of studies (`ID.csv`), and for some
experiments a text on what was found (`ID.md`). No dataset, run directory or training step is needed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from omarl.errors import RequestError
from omarl.files.writing import write_text
from omarl.paper.catalogue import REPORTED
from omarl.paper.studies import STUDIES
from omarl.report import across, comparison, figures, gains, names, studied, tables
from omarl.report.evidence import Evidence, gather
from omarl.report.pictures import pictured
from omarl.report.statistics import Strata, Verdict
from omarl.report.svg import standalone

LEAD = """# What was reproduced

Each experiment of the paper (Pan et al., "Plan Better Amid Conservatism", 2022) that was run so far, beside
the paper's numbers. `omarl report {source} --out {target}` generates this page from the committed records.

Returns are undiscounted, of the last policy, never the best, over {episodes} episodes: the mean ± standard
deviation over seeds, and the interquartile mean (IQM) with its 95 % interval by stratified bootstrap. A score
puts random play at 0 and the expert data at 100, by our own reference returns or by the paper's; *published*
is the paper's, by its own. A claim is *reproduced* if the 95 % interval of the difference lies above zero,
*not reproduced* if it lies below, and *undecided* otherwise or with too few seeds; the difference is taken
[dataset by dataset](reproduce.md#verdicts) where every seed has one of its own. P is the probability that a
run of the one beats a run of the other on data of the kind. The row *behaviour* is what the data returned; a
gain is worked out seed by seed.
"""


def build(directory: Path, out: Path) -> Path:
    """Write the page on the records in `directory` to `out`, its pictures to a directory beside it.

    Pictures are called as the page, `out/to/page/ID-....svg`; older ones there are replaced. Raises
    `RequestError` if there are no records of an experiment.
    """
    sections = [found for each in REPORTED if (found := gather(each, directory))]
    if not sections:
        raise RequestError(f"no records of the paper's experiments in {directory}: run `omarl reproduce`")
    computed = [name for name in STUDIES if (directory / f"{name}.csv").exists()]
    pictures = out.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        old.unlink()
    body = [lead(sections, directory, out), overview(sections, computed, directory)]
    for each in sections:
        body += [*text(each), *drawn(each, pictures)]
    for name in computed:
        body += study(name, directory, pictures)
    write_text(out, "\n".join(body))
    return out


def lead(sections: Iterable[Evidence], directory: Path, out: Path) -> str:
    """The first paragraphs."""
    episodes = sorted({record.episodes for each in sections for record in each.final})
    return LEAD.format(source=directory, target=out, episodes=" or ".join(map(names.count, episodes)))


def overview(sections: Iterable[Evidence], computed: Iterable[str], directory: Path) -> str:
    """The table of experiments."""
    rows = [
        (
            f"[{each.experiment.id}](#{each.experiment.id})",
            each.experiment.claim,
            summary([*(one.outcome.verdict for one in each.judged), *(one.verdict for one in each.found)]),
            str(len(each.final)),
            f"{each.hours:.1f}",
        )
        for each in sections
    ]
    for name in computed:
        verdicts = summary(one.verdict for one in studied.judged(name, studied.table(name, directory)))
        rows.append((f"[{name}](#{name})", STUDIES[name].claim, verdicts, "–", "–"))
    return tables.markdown_table(("experiment", "what the paper claims", "verdicts", "runs", "hours"), rows)


def summary(verdicts: Iterable[Verdict]) -> str:
    """How many verdicts there are of each kind."""
    counts = Counter(verdicts)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "–"


def text(each: Evidence) -> list[str]:
    """An experiment in words and tables."""
    experiment = each.experiment
    devices = ", ".join(sorted({record.device for record in each.final}))
    versions = "; ".join(sorted({record.versions for record in each.final}))
    parts = [
        f"## {experiment.id}\n",
        f"The claim: {experiment.claim}.\n",
        f"`omarl reproduce {experiment.id}`: {len(each.final)} runs, {each.hours:.1f} hours of learning "
        f"({devices}; {versions}).\n",
        each.note,
        comparison.markdown(each.everything),
    ]
    if each.gained:
        parts.append(gains.markdown(each.gained))
    parts += [standings(preset, scores) for preset, scores in each.across.items()]
    verdicts = [*map(comparison.verdict_row, each.judged), *map(gains.verdict_row, each.found)]
    if verdicts:
        parts.append(tables.markdown_table(comparison.VERDICT_HEADER, verdicts, left=6))
    return parts


def standings(preset: str, scores: Mapping[str, Strata]) -> str:
    """The methods over all datasets of an experiment, with one preset."""
    ranked = across.ranking(scores)
    head = (f"over all datasets, {preset}", "score, IQM [95 %]", f"P(beaten by {ranked[0].label})")
    return tables.markdown_table(head, ranked, left=1)


def drawn(each: Evidence, pictures: Path) -> list[str]:
    """The figures of an experiment, written to `pictures`, as references to them."""
    images = []
    for name, title, svg in pictured(each):
        (pictures / f"{name}.svg").write_text(svg, encoding="utf-8")
        images.append(f"![{title}]({pictures.name}/{name}.svg)\n")
    return images


def study(name: str, directory: Path, pictures: Path) -> list[str]:
    """A study in words, its table, the verdicts, and its picture if it has one."""
    found, note, chosen = studied.table(name, directory), directory / f"{name}.md", STUDIES[name]
    told = [[*map(short, row.values())] for row in found if next(iter(row.values())) != chosen.drawn]
    body = [
        f"## {name}\n",
        f"The claim: {chosen.claim}.\n",
        f"`omarl reproduce {name}`\n",
        note.read_text(encoding="utf-8") if note.exists() else "",
        tables.markdown_table([*found[0]], told),
        tables.markdown_table(studied.HEADER, studied.judged(name, found)),
    ]
    if not chosen.drawn:
        return body
    svg = figures.landscape(found, title=f"{name}: {chosen.claim}", prefix=name)
    (pictures / f"{name}.svg").write_text(standalone(svg), encoding="utf-8")
    return [*body, f"![{chosen.claim}]({pictures.name}/{name}.svg)\n"]


def short(value: str) -> str:
    """A table's cell, numbers with three digits."""
    try:
        return value if value.isdigit() else f"{float(value):.3g}"
    except ValueError:
        return value
