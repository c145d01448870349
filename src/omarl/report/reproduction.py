"""The page on the paper's experiments, in Markdown: each beside what was measured, from records alone.

It is built from a directory such as `results/`: tables of records, tables of studies (`ID.csv`), and for some
experiments a text on what was found (`ID.md`). No dataset, run directory or training step is needed.
"""

import csv
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from omarl.errors import RequestError
from omarl.experiments.catalogue import EXPERIMENTS, REPORTED
from omarl.experiments.experiment import Experiment
from omarl.experiments.records import Record, last, read
from omarl.experiments.studies import STUDIES
from omarl.report import comparison, figures, gains, names, tables
from omarl.report.claims import Judgement
from omarl.report.comparison import Result, judgements, of_data, recorded
from omarl.report.groups import group, labels
from omarl.report.svg import standalone
from omarl.training import checkpoint

LEAD = """# What was reproduced

Each experiment of the paper (Pan et al., "Plan Better Amid Conservatism", 2022) that was run so far, beside
the paper's numbers. `omarl report {source} --out {target}` generates this page from the committed records.

Returns are undiscounted, of the last policy, never the best, over {episodes} episodes: the mean ± standard
deviation over seeds, and the interquartile mean (IQM) with its 95 % interval by stratified bootstrap. A score
puts random play at 0 and the expert data at 100, by our own reference returns or by the paper's; *published*
is the paper's, by its own. A claim is *reproduced* if the 95 % interval of the difference of interquartile
means lies above zero, *not reproduced* if it lies below, and *undecided* otherwise or with fewer than four
seeds a side.
"""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One experiment: what was recorded of it, the verdicts on its claims, and a text on what was found.

    `results` are the learners', `data` what the data returned.
    """

    experiment: Experiment
    results: tuple[Result, ...]
    data: tuple[Result, ...]
    judged: tuple[Judgement, ...]
    gained: tuple[gains.Point, ...]
    found: tuple[gains.Finding, ...]
    note: str

    @property
    def everything(self) -> tuple[Result, ...]:
        """The learners' results, and what their data returned."""
        return *self.results, *self.data

    @property
    def final(self) -> list[Record]:
        """The last evaluation of every run."""
        return last(record for result in self.results for record in result.records)

    @property
    def hours(self) -> float:
        """The time that its runs spent on learning, added up."""
        return sum(record.seconds for record in self.final) / 3600


def build(directory: Path, out: Path) -> Path:
    """Write the page on the records in `directory` to `out`, its pictures to a directory beside it.

    Pictures are called as the page, `out/to/page/ID-....svg`; older ones there are replaced. Raises
    `RequestError` if there are no records of an experiment.
    """
    sections = [found for each in REPORTED if (found := section(each, directory))]
    if not sections:
        raise RequestError(f"no records of the paper's experiments in {directory}: run `omarl reproduce`")
    studies = [name for name in STUDIES if (directory / f"{name}.csv").exists()]
    pictures = out.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        old.unlink()
    body = [lead(sections, directory, out), overview(sections, studies)]
    for each in sections:
        body += [*text(each), *drawn(each, pictures)]
    for name in studies:
        body += study(name, directory, pictures)
    checkpoint.write_text(out, "\n".join(body))
    return out


def section(experiment: Experiment, directory: Path) -> Section | None:
    """What `directory` holds of an experiment; None if that is nothing."""
    table, note = directory / f"{experiment.id}.csv", directory / f"{experiment.id}.md"
    if not table.exists():
        return None
    results = recorded(experiment, read([table]))
    needed = [*first(experiment, results), *beside(experiment, directory)]
    return Section(
        experiment=experiment,
        results=tuple(result for result in results if not of_data(result)),
        data=tuple(result for result in results if of_data(result)),
        judged=tuple(judgements(results, experiment.orderings)),
        gained=tuple(gains.followed(experiment, needed)),
        found=tuple(gains.findings(experiment, needed)),
        note=note.read_text(encoding="utf-8") if note.exists() else "",
    )


def beside(experiment: Experiment, directory: Path) -> list[Result]:
    """Results of the other experiments that the claims of this one need, as far as they are there."""
    tables = {name: directory / f"{name}.csv" for name in experiment.beside}
    return [
        result
        for name, table in tables.items()
        if table.exists()
        for result in first(EXPERIMENTS[name], recorded(EXPERIMENTS[name], read([table])))
    ]


def first(experiment: Experiment, results: Iterable[Result]) -> list[Result]:
    """The learners with the first preset that an experiment is run with, and their data."""
    return [result for result in results if result.preset == experiment.presets[0] or of_data(result)]


def lead(sections: Iterable[Section], directory: Path, out: Path) -> str:
    """The first paragraphs."""
    episodes = sorted({record.episodes for each in sections for record in each.final})
    return LEAD.format(source=directory, target=out, episodes=" or ".join(map(names.count, episodes)))


def overview(sections: Iterable[Section], studies: Iterable[str]) -> str:
    """The table of experiments."""
    rows = [
        (
            f"[{each.experiment.id}](#{each.experiment.id})",
            each.experiment.claim,
            summary([*each.judged, *each.found]),
            str(len(each.final)),
            f"{each.hours:.1f}",
        )
        for each in sections
    ]
    rows += [(f"[{name}](#{name})", STUDIES[name].claim, "–", "–", "–") for name in studies]
    return tables.markdown_table(("experiment", "what the paper claims", "verdicts", "runs", "hours"), rows)


def summary(judged: Iterable[Judgement | gains.Finding]) -> str:
    """How many verdicts there are of each kind."""
    counts = Counter(each.verdict for each in judged)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "–"


def text(each: Section) -> list[str]:
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
    verdicts = [*map(comparison.verdict_row, each.judged), *map(gains.verdict_row, each.found)]
    if verdicts:
        parts.append(tables.markdown_table(comparison.VERDICT_HEADER, verdicts, left=6))
    return parts


def drawn(each: Section, pictures: Path) -> list[str]:
    """The figures of an experiment, written to `pictures`, as references to them."""
    images = []
    for name, title, svg in pictured(each):
        (pictures / f"{name}.svg").write_text(svg, encoding="utf-8")
        images.append(f"![{title}]({pictures.name}/{name}.svg)\n")
    return images


def pictured(each: Section) -> Iterable[tuple[str, str, str]]:
    """Name, title and picture: gains, or results along what is varied, or else learning curves."""
    if each.gained:
        yield gain(each)
    elif each.experiment.along:
        yield from varied(each.experiment, each.results)
    else:
        yield from curves(each)


def gain(each: Section) -> tuple[str, str, str]:
    """The figure of gains along what is varied, opposed to each other where a claim is about their levels."""
    name, along = f"{each.experiment.id}-gain", each.gained[0].along
    title = f"{each.experiment.id}: how much more is returned, along {along}"
    points = [(point.label, point.value, point.percents) for point in each.gained]
    levels = any(claim.by == "level" for claim in each.experiment.comparisons)
    draw = figures.opposed if levels else figures.along
    return name, title, standalone(draw(points, along, title=title, prefix=name, measure="gain, %"))


def curves(each: Section) -> Iterable[tuple[str, str, str]]:
    """Learning curves for each dataset and preset, beside what the data returned."""
    for (place, preset), members in parted(each.results):
        groups = group(record for result in members for record in result.records)
        level = [value for data in each.data if data.dataset == place for value in data.returns.values()]
        name = f"{each.experiment.id}-{place.replace('/', '-')}-{preset}"
        behaviour = statistics.fmean(level) if level else None
        drawn = figures.curves(groups, labels(groups), prefix=name, behaviour=behaviour)
        yield name, f"Learning curves on {place}, {preset}", standalone(drawn)


def varied(experiment: Experiment, results: Sequence[Result]) -> Iterable[tuple[str, str, str]]:
    """A figure for each thing that is varied, kind of data and preset."""
    for option in experiment.along:
        having = [result for result in results if result.cell.value(option) is not None]
        for (place, preset), members in parted(having, by_kind=True):
            name = f"{experiment.id}-{option}-{place.replace('/', '-')}-{preset}"
            points = [
                (result.method, float(result.cell.value(option)), each.scores)
                for result in members
                for each in group(result.records)
                if each.scores is not None
            ]
            title = f"Scores on {place} along {option}, {preset}"
            yield name, title, standalone(figures.along(points, option, title=title, prefix=name))


def parted(
    results: Iterable[Result], by_kind: bool = False
) -> Iterable[tuple[tuple[str, str], list[Result]]]:
    """Results by dataset and preset; with `by_kind` regardless of the task's parameters and the fraction."""
    parts: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        place = f"{result.cell.task}/{result.cell.quality}" if by_kind else result.dataset
        parts.setdefault((place, result.preset), []).append(result)
    return parts.items()


def study(name: str, directory: Path, pictures: Path) -> list[str]:
    """A study in words, its table, and its picture if it has one."""
    with (directory / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    note, chosen = directory / f"{name}.md", STUDIES[name]
    told = [[*map(short, row)] for row in rows if row[0] != chosen.drawn]
    body = [
        f"## {name}\n",
        f"The claim: {chosen.claim}.\n",
        f"`omarl reproduce {name}`\n",
        note.read_text(encoding="utf-8") if note.exists() else "",
        tables.markdown_table(head, told),
    ]
    if not chosen.drawn:
        return body
    svg = figures.landscape(rows, title=f"{name}: {chosen.claim}", prefix=name)
    (pictures / f"{name}.svg").write_text(standalone(svg), encoding="utf-8")
    return [*body, f"![{chosen.claim}]({pictures.name}/{name}.svg)\n"]


def short(value: str) -> str:
    """A table's cell, numbers with three digits."""
    try:
        return value if value.isdigit() else f"{float(value):.3g}"
    except ValueError:
        return value
