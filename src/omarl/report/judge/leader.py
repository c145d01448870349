"""Which method leads on a dataset, and whether the seeds decide that."""

from collections.abc import Sequence
from operator import attrgetter

from omarl.report.judge.contest import Outcome, compare
from omarl.report.judge.groups import MethodRuns


def final_return(group: MethodRuns) -> float:
    """The final return of a method, averaged over its runs."""
    return float(group.returns.mean())


def ranked(groups: Sequence[MethodRuns]) -> list[MethodRuns]:
    """The groups, best final mean return first."""
    return sorted(groups, key=final_return, reverse=True)


def against(first: MethodRuns, second: MethodRuns) -> Outcome:
    """The outcome of the comparison of two methods on one dataset, in returns."""
    return compare([(first.final, second.final)], attrgetter("return_mean"))


def is_decided(first: MethodRuns, second: MethodRuns) -> bool:
    """Whether the first method is above the second beyond chance."""
    return against(first, second).verdict == "reproduced"
