"""The pictures of an experiment, made from its records as the paper has them."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import replace

from omarl.paper.experiment import Experiment
from omarl.report.draw.along import lines_along, two_sided
from omarl.report.draw.curves import learning_curves
from omarl.report.draw.profiles import profiles
from omarl.report.draw.svg import standalone
from omarl.report.judge.evidence import Evidence
from omarl.report.judge.groups import group_records, method_labels
from omarl.report.judge.results import Result

Picture = tuple[str, str, str]
"""The name of a picture, its title, and its SVG."""


def pictured(each: Evidence) -> Iterable[Picture]:
    """The pictures of an experiment: gains and scores along what is varied, or profiles and curves."""
    if each.experiment.along:
        yield from _gains(each)
        yield from _varied(each.experiment, each.results)
    else:
        yield from _profiles(each)
        yield from _curves(each)


def _gains(each: Evidence) -> Iterable[Picture]:
    """Gains along what is varied, and side by side the gains that claims compare at each value."""
    for by, draw, name in (("slope", lines_along, "gain"), ("level", two_sided, "gains")):
        claims = [claim for claim in each.experiment.comparisons if claim.by == by]
        meant = {gain.label for claim in claims for gain in (claim.more, claim.less) if gain}
        points = [(point.label, point.value, point.percents) for point in each.gained if point.label in meant]
        if points:
            along, name = claims[0].along, f"{each.experiment.id}-{name}"
            title = f"{each.experiment.id}: how much more is returned, along {along}"
            yield name, title, standalone(draw(points, along, title=title, prefix=name, measure="gain, %"))


def _profiles(each: Evidence) -> Iterable[Picture]:
    """Performance profiles over all datasets, for each preset."""
    for preset, scores in each.across.items():
        name = f"{each.experiment.id}-profiles-{preset}"
        svg = profiles(scores, list(scores), prefix=name)
        yield name, f"Performance profiles over all datasets, {preset}", standalone(svg)


def _curves(each: Evidence) -> Iterable[Picture]:
    """Learning curves for each dataset and preset, with the return of the behaviour policy."""
    for (place, preset), members in _parted(each.results):
        groups = [
            replace(each, label=result.title) for result in members for each in group_records(result.records)
        ]
        level = [value for data in each.data if data.dataset == place for value in data.returns.values()]
        name = f"{each.experiment.id}-{place.replace('/', '-')}-{preset}"
        behaviour = statistics.fmean(level) if level else None
        drawn = learning_curves(groups, method_labels(groups), prefix=name, behaviour=behaviour)
        yield name, f"Learning curves on {place}, {preset}", standalone(drawn)


def _varied(experiment: Experiment, results: Sequence[Result]) -> Iterable[Picture]:
    """A figure for each option, kind of data and preset; methods without the option are constant levels."""
    plain = [each for each in results if all(each.cell.value(option) is None for option in experiment.along)]
    levels = {place: _levels(members) for place, members in _parted(plain, by_kind=True)}
    for option in experiment.along:
        having = [each for each in results if each.cell.value(option) is not None]
        for (place, preset), members in _parted(having, by_kind=True):
            name = f"{experiment.id}-{option}-{place.replace('/', '-')}-{preset}"
            title = f"Scores on {place} along {option}, {preset}"
            points = [
                (each.method, float(each.cell.value(option)), scores)
                for each in members
                if (scores := each.scores) is not None
            ]
            known = levels.get((place, preset), {})
            if points:
                svg = lines_along(points, option, title=title, prefix=name, levels=known)
                yield name, title, standalone(svg)


def _levels(results: Iterable[Result]) -> dict[str, float]:
    """The mean scores of methods."""
    return {each.method: float(each.scores.mean()) for each in results if each.scores is not None}


def _parted(
    results: Iterable[Result], by_kind: bool = False
) -> Iterable[tuple[tuple[str, str], list[Result]]]:
    """Results by dataset and preset; `by_kind` ignores the parameters of the task and the fraction."""
    parts: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        place = f"{result.cell.task}/{result.cell.quality}" if by_kind else result.dataset
        parts.setdefault((place, result.preset), []).append(result)
    return parts.items()
