"""The page on the paper's experiments in Markdown: each claim beside what was measured, from records alone.

It is made from a directory such as `results/`: tables of records and of studies (`ID.csv`), and texts on what
was found (`ID.md`). It needs no dataset, no run directory and no training.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from omarl.errors import RequestError
from omarl.files.writing import write_text
from omarl.paper.catalogue import REPORTED
from omarl.paper.studies import STUDIES
from omarl.report import names
from omarl.report.draw.comparison import (
    VERDICT_HEADER,
    claim_row,
    comparison_markdown,
    gain_row,
    gains_markdown,
)
from omarl.report.draw.landscape import critic_landscape
from omarl.report.draw.markup import markdown_table
from omarl.report.draw.svg import standalone
from omarl.report.judge.across import standings
from omarl.report.judge.evidence import Evidence, evidence_of
from omarl.report.judge.statistics import Strata, Verdict
from omarl.report.judge.studied import read_study, study_verdicts
from omarl.report.paper_page.pictures import pictured

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
gain is worked out seed by seed. Hours and seconds are those of learning; runs that omarl 0.1 recorded count
evaluation and compiling too.
"""
STUDY_HEADER = ("claim", "verdict", "measured")


def write_reproduction(directory: Path, out: Path) -> Path:
    """Write the page on the records in `directory` to `out` and return it.

    Its pictures go to a directory beside it, `out/to/page/ID-....svg`, where older ones are removed. Raises
    `RequestError` if there are no records of an experiment.
    """
    sections = [found for each in REPORTED if (found := evidence_of(each, directory))]
    if not sections:
        raise RequestError(f"no records of the paper's experiments in {directory}: run `omarl reproduce`")
    computed = [name for name in STUDIES if (directory / f"{name}.csv").exists()]
    pictures = out.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        old.unlink()
    body = [lead(sections, directory, out), overview_table(sections, computed, directory)]
    for each in sections:
        body += experiment_section(each)
        body += (place_picture(*picture, pictures) for picture in pictured(each))
    for name in computed:
        body += study_section(name, directory, pictures)
    write_text(out, "\n".join(body))
    return out


def lead(sections: Iterable[Evidence], directory: Path, out: Path) -> str:
    """The first paragraphs."""
    episodes = sorted({record.episodes for each in sections for record in each.final})
    return LEAD.format(source=directory, target=out, episodes=" or ".join(map(names.whole_number, episodes)))


def overview_table(sections: Iterable[Evidence], computed: Iterable[str], directory: Path) -> str:
    """The table of experiments and studies."""
    rows = [
        (
            f"[{each.experiment.id}](#{each.experiment.id})",
            each.experiment.claim,
            verdict_counts(
                [*(one.outcome.verdict for one in each.judged), *(one.verdict for one in each.found)]
            ),
            str(len(each.final)),
            f"{each.hours:.1f}",
        )
        for each in sections
    ]
    for name in computed:
        verdicts = verdict_counts(one.verdict for one in study_verdicts(name, read_study(name, directory)))
        rows.append((f"[{name}](#{name})", STUDIES[name].claim, verdicts, "–", "–"))
    return markdown_table(("experiment", "what the paper claims", "verdicts", "runs", "hours"), rows)


def verdict_counts(verdicts: Iterable[Verdict]) -> str:
    """The number of verdicts of each kind, in words."""
    counts = Counter(verdicts)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "–"


def experiment_section(each: Evidence) -> list[str]:
    """An experiment in words and tables."""
    experiment = each.experiment
    devices = ", ".join(sorted({record.device for record in each.final}))
    versions = "; ".join(sorted({record.versions for record in each.final}))
    parts = [
        f"## {experiment.id}\n",
        f"The claim: {experiment.claim}.\n",
        f"`omarl reproduce {experiment.id}`: {len(each.final)} runs, {each.hours:.1f} hours "
        f"({devices}; {versions}).\n",
        each.note,
        comparison_markdown(each.everything),
    ]
    if each.gained:
        parts.append(gains_markdown(each.gained))
    parts += [ranking_table(preset, scores) for preset, scores in each.across.items()]
    verdicts = [*map(claim_row, each.judged), *map(gain_row, each.found)]
    if verdicts:
        parts.append(markdown_table(VERDICT_HEADER, verdicts, left=6))
    return parts


def ranking_table(preset: str, scores: Mapping[str, Strata]) -> str:
    """The ranking of the methods over all datasets of an experiment, with one preset."""
    ranked = standings(scores)
    head = (f"over all datasets, {preset}", "score, IQM [95 %]", f"P(beaten by {ranked[0].label})")
    return markdown_table(head, ranked, left=1)


def place_picture(name: str, title: str, svg: str, pictures: Path) -> str:
    """Write a picture to the directory `pictures` and return the reference to it."""
    write_text(pictures / f"{name}.svg", svg)
    return f"![{title}]({pictures.name}/{name}.svg)\n"


def study_section(name: str, directory: Path, pictures: Path) -> list[str]:
    """A study in words, its table, the verdicts, and its picture if it has one."""
    found, note, chosen = read_study(name, directory), directory / f"{name}.md", STUDIES[name]
    told = [[*map(short, row.values())] for row in found if next(iter(row.values())) != chosen.drawn]
    body = [
        f"## {name}\n",
        f"The claim: {chosen.claim}.\n",
        f"`omarl reproduce {name}`\n",
        note.read_text(encoding="utf-8") if note.exists() else "",
        markdown_table([*found[0]], told),
        markdown_table(STUDY_HEADER, study_verdicts(name, found)),
    ]
    if not chosen.drawn:
        return body
    svg = critic_landscape(found, title=f"{name}: {chosen.claim}", prefix=name)
    return [*body, place_picture(name, chosen.claim, standalone(svg), pictures)]


def short(value: str) -> str:
    """A cell of a study's table; numbers have three digits."""
    try:
        return value if value.isdigit() else f"{float(value):.3g}"
    except ValueError:
        return value
